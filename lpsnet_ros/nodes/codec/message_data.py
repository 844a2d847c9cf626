"""The one place that touches the ``data`` of a message.

rclpy gives an ``array.array``; from Lyrical on it may be a ``rosidl_buffer.Buffer``, which offers
the buffer protocol as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image

from lpsnet_ros.nodes.codec.refusal import FrameRefused


def data_of(message: Image | CompressedImage) -> NDArray[np.uint8]:
    """Return a message's data as a flat view, without a copy."""
    return np.frombuffer(message.data, np.uint8)


def rows_of(message: Image, rows: int, row_bytes: int) -> NDArray[np.uint8]:
    """Return an image's data as a view (rows, step).

    Args:
        message: any raw image.
        rows: how many rows its pixels take.
        row_bytes: how many bytes of a row are pixels; the rest is padding.

    Raises:
        FrameRefused: the step or the data is too short for the pixels.

    """
    values, step = data_of(message), message.step
    if step < row_bytes:
        raise FrameRefused(
            'bad step',
            f'{step} bytes a row; {message.width} {message.encoding} pixels need {row_bytes}',
        )
    if len(values) < step * rows:
        raise FrameRefused(
            'short data', f'{len(values)} bytes; {rows} rows of {step} need {step * rows}'
        )
    return values[: rows * step].reshape(rows, step)


def fill_data(message: Image | CompressedImage, values: NDArray[np.uint8]) -> None:
    """Copy a C-contiguous array into a fresh message.

    The only fast way to fill a uint8[]: assigning an array or memoryview takes 500 times longer.
    """
    message.data.frombytes(memoryview(values).cast('B'))
