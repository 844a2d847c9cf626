"""Between sensor_msgs/Image and numpy, without copies where there need be none."""

from __future__ import annotations

import sys

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header

MAX_SIDE = 16384
_CHANNELS = {'bgr8': 3, 'rgb8': 3, 'bgra8': 4, 'rgba8': 4, 'mono8': 1}
_TO_BGR = {
    'rgb8': cv2.COLOR_RGB2BGR,
    'bgra8': cv2.COLOR_BGRA2BGR,
    'rgba8': cv2.COLOR_RGBA2BGR,
    'mono8': cv2.COLOR_GRAY2BGR,
}


class FrameRefused(ValueError):
    """A frame that can't be decoded.

    Args:
        kind: short name of what is wrong, the same for all frames with that fault.
        detail: what was found and what was expected.

    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f'{kind}: {detail}')
        self.kind = kind


def decode(message: Image) -> NDArray[np.uint8]:
    """Return a message's picture as uint8 (H,W,3) BGR; a view of its data where it is bgr8.

    Raises:
        FrameRefused: unknown encoding, or sizes that do not fit each other.

    """
    pixels = _pixels(message)
    if message.encoding in _TO_BGR:
        return cv2.cvtColor(pixels, _TO_BGR[message.encoding])
    return pixels


def _pixels(message: Image) -> NDArray[np.uint8]:
    height, width, step = message.height, message.width, message.step
    channels = _CHANNELS.get(message.encoding)
    if channels is None:
        raise FrameRefused(
            'unknown encoding', f'{message.encoding!r}; known are {", ".join(_CHANNELS)}'
        )
    if not 0 < height <= MAX_SIDE or not 0 < width <= MAX_SIDE:
        raise FrameRefused('bad size', f'{width}x{height}; each side must be 1..{MAX_SIDE}')
    if step < width * channels:
        raise FrameRefused(
            'bad step',
            f'{step} bytes a row; {width} {message.encoding} pixels need {width * channels}',
        )
    if len(message.data) < step * height:
        raise FrameRefused(
            'short data',
            f'{len(message.data)} bytes; {height} rows of {step} need {step * height}',
        )
    rows = np.frombuffer(message.data, np.uint8, step * height).reshape(height, step)
    return rows[:, : width * channels].reshape(height, width, channels)


def encode(picture: NDArray[np.uint8], encoding: str, header: Header) -> Image:
    """Return a message with a copy of a uint8 picture, (H,W) or (H,W,C)."""
    picture = np.ascontiguousarray(picture)
    message = Image(
        header=header,
        height=picture.shape[0],
        width=picture.shape[1],
        encoding=encoding,
        is_bigendian=sys.byteorder == 'big',
        step=picture.nbytes // picture.shape[0],
    )
    # The only fast way to fill a uint8[]: assigning an array or memoryview takes 500 times longer.
    message.data.frombytes(memoryview(picture).cast('B'))
    return message
