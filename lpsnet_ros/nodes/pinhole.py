"""A plausible calibration for frames whose camera is not known."""

from __future__ import annotations

import math

from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

FIELD_OF_VIEW_DEG = 60.0


def pinhole_info(width: int, height: int, header: Header) -> CameraInfo:
    """Return an ideal pinhole camera: 60 degrees wide, square pixels, centred, no distortion."""
    focal = width / 2 / math.tan(math.radians(FIELD_OF_VIEW_DEG) / 2)
    centre_x, centre_y = width / 2, height / 2
    return CameraInfo(
        header=header,
        width=width,
        height=height,
        distortion_model='plumb_bob',
        d=[0.0] * 5,
        k=[focal, 0.0, centre_x, 0.0, focal, centre_y, 0.0, 0.0, 1.0],
        r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[focal, 0.0, centre_x, 0.0, 0.0, focal, centre_y, 0.0, 0.0, 0.0, 1.0, 0.0],
    )
