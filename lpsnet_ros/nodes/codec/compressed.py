"""sensor_msgs/CompressedImage to a picture and back."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header

from lpsnet_ros.nodes.codec.message_data import data_of, fill_data
from lpsnet_ros.nodes.codec.picture_file import inspect
from lpsnet_ros.nodes.codec.refusal import FrameRefused, check_size

# A picture turned by its EXIF tag would no longer lie on its camera_info.
_READ = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


def decode_compressed(message: CompressedImage) -> NDArray[np.uint8]:
    """Return a message's picture as uint8 (H,W,3) BGR.

    The data tells JPEG from PNG and holds its colours; of ``format``, which drivers fill as they
    like, only depth is believed. Sixteen bits a sample are brought to eight, alpha is left out.
    A JPEG that is damaged in its middle can not be told from a sound one.

    Raises:
        FrameRefused: no JPEG or PNG, truncated, damaged, or of an impossible size.

    """
    if 'compressedDepth' in message.format:
        raise FrameRefused(
            'unknown format',
            f'{message.format!r} is a depth map, not a picture: subscribe the colour topic',
        )
    values = data_of(message)
    if not len(values):
        raise FrameRefused('short data', f'0 bytes of {message.format!r}')
    file = inspect(values.tobytes())
    check_size(file.width, file.height)
    if not file.complete:
        raise FrameRefused(
            'short data', f'{len(values)} bytes of {message.format!r} without the end mark'
        )
    return _read(values, message.format)


def _read(values: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
    try:
        picture = cv2.imdecode(values, _READ)
    except cv2.error as error:
        raise FrameRefused('bad data', f'{name!r}: {error.err}') from error
    if picture is None:
        raise FrameRefused('bad data', f'{len(values)} bytes of {name!r} are damaged')
    return picture


def encode_jpeg(picture: NDArray[np.uint8], header: Header) -> CompressedImage:
    """Return a message with a uint8 (H,W,3) BGR picture as JPEG, as image_transport makes it."""
    values = cv2.imencode('.jpg', picture)[1]
    message = CompressedImage(header=header, format='bgr8; jpeg compressed bgr8')
    fill_data(message, values)
    return message
