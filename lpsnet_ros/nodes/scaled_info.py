"""CameraInfo of a mask that is smaller than its frame."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from sensor_msgs.msg import CameraInfo

Size = tuple[int, int]


def scaled_info(info: CameraInfo, frame_size: Size, mask_size: Size) -> CameraInfo:
    """Return the info of the same camera for masks of another size than the frames.

    K and P scale about the picture's corner, pixel centres lying at integer coordinates; the
    distortion is of normalised coordinates and stays.

    Args:
        info: of the frames.
        frame_size, mask_size: (height, width).

    """
    if mask_size == frame_size:
        return info
    down, across = (mask / frame for mask, frame in zip(mask_size, frame_size))
    scaled = copy.copy(info)
    scaled.height, scaled.width = round(info.height * down), round(info.width * across)
    scaled.k = _scaled(info.k, 3, across, down)
    scaled.p = _scaled(info.p, 4, across, down)
    scaled.roi = copy.copy(info.roi)
    scaled.roi.x_offset, scaled.roi.width = (
        round(v * across) for v in (info.roi.x_offset, info.roi.width)
    )
    scaled.roi.y_offset, scaled.roi.height = (
        round(v * down) for v in (info.roi.y_offset, info.roi.height)
    )
    return scaled


def _scaled(matrix: Iterable[float], columns: int, across: float, down: float) -> list[float]:
    values = [float(v) for v in matrix]
    if not any(values):
        return values  # An uncalibrated camera.
    for row, factor in enumerate((across, down)):
        begin, end = row * columns, (row + 1) * columns
        values[begin:end] = [v * factor for v in values[begin:end]]
        values[begin + 2] += (factor - 1) / 2  # Pixel 0 reaches from -0.5 to 0.5.
    return values
