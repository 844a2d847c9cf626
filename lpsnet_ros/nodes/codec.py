"""Between sensor_msgs/Image and numpy, without copies where there need be none."""

from __future__ import annotations

import sys
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header

MAX_SIDE = 16384


class _Layout(NamedTuple):
    """How an encoding lays out pixels.

    Args:
        samples: a pixel's samples in its row.
        to_bgr: OpenCV's conversion; None where the pixels are BGR already.
        sample_bytes: 1 or 2.
        half_rows: rows of data for two rows of pixels; 3 where colour follows in half the size.
        even: the sides that must be even: width, height.

    """

    samples: int
    to_bgr: int | None
    sample_bytes: int = 1
    half_rows: int = 2
    even: tuple[bool, bool] = (False, False)


_BGR = _Layout(3, None)
_MONO = _Layout(1, cv2.COLOR_GRAY2BGR)
_UYVY = _Layout(2, cv2.COLOR_YUV2BGR_UYVY, even=(True, False))
_YUYV = _Layout(2, cv2.COLOR_YUV2BGR_YUY2, even=(True, False))
# The names of sensor_msgs/image_encodings.hpp. OpenCV names a Bayer pattern by its second row.
_LAYOUTS = {
    'bgr8': _BGR,
    '8UC3': _BGR,
    'rgb8': _Layout(3, cv2.COLOR_RGB2BGR),
    'bgra8': _Layout(4, cv2.COLOR_BGRA2BGR),
    'rgba8': _Layout(4, cv2.COLOR_RGBA2BGR),
    'mono8': _MONO,
    '8UC1': _MONO,
    'mono16': _MONO._replace(sample_bytes=2),
    '16UC1': _MONO._replace(sample_bytes=2),
    'bayer_rggb8': _Layout(1, cv2.COLOR_BayerBG2BGR),
    'bayer_bggr8': _Layout(1, cv2.COLOR_BayerRG2BGR),
    'bayer_gbrg8': _Layout(1, cv2.COLOR_BayerGR2BGR),
    'bayer_grbg8': _Layout(1, cv2.COLOR_BayerGB2BGR),
    'yuv422': _UYVY,
    'uyvy': _UYVY,
    'yuv422_yuy2': _YUYV,
    'yuyv': _YUYV,
    'nv12': _Layout(1, cv2.COLOR_YUV2BGR_NV12, half_rows=3, even=(True, True)),
    'nv21': _Layout(1, cv2.COLOR_YUV2BGR_NV21, half_rows=3, even=(True, True)),
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

    Sixteen bits a sample are brought to eight by their full range.

    Raises:
        FrameRefused: unknown encoding, or sizes that do not fit each other.

    """
    layout = _LAYOUTS.get(message.encoding)
    if layout is None:
        raise FrameRefused(
            'unknown encoding', f'{message.encoding!r}; known are {", ".join(_LAYOUTS)}'
        )
    samples = _samples(message, layout)
    return samples if layout.to_bgr is None else cv2.cvtColor(samples, layout.to_bgr)


def _samples(message: Image, layout: _Layout) -> NDArray[np.uint8]:
    _check_size(message, layout)
    width, step = message.width, message.step
    rows = message.height * layout.half_rows // 2
    row_bytes = width * layout.samples * layout.sample_bytes
    if step < row_bytes:
        raise FrameRefused(
            'bad step',
            f'{step} bytes a row; {width} {message.encoding} pixels need {row_bytes}',
        )
    if len(message.data) < step * rows:
        raise FrameRefused(
            'short data', f'{len(message.data)} bytes; {rows} rows of {step} need {step * rows}'
        )
    used = np.frombuffer(message.data, np.uint8, step * rows).reshape(rows, step)[:, :row_bytes]
    if layout.sample_bytes == 2:
        wide = used.view('>u2' if message.is_bigendian else '<u2')
        used = (wide // 257).astype(np.uint8)
    return used.reshape(rows, width, layout.samples)


def _check_size(message: Image, layout: _Layout) -> None:
    height, width = message.height, message.width
    if not 0 < height <= MAX_SIDE or not 0 < width <= MAX_SIDE:
        raise FrameRefused('bad size', f'{width}x{height}; each side must be 1..{MAX_SIDE}')
    if any(must and side % 2 for must, side in zip(layout.even, (width, height))):
        raise FrameRefused('bad size', f'{width}x{height}; {message.encoding} needs even sides')


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
