"""sensor_msgs/Image to a picture and back."""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.nodes.codec.message_data import fill_data, rows_of
from lpsnet_ros.nodes.codec.other_encodings import decode_by_cv_bridge
from lpsnet_ros.nodes.codec.refusal import FrameRefused, check_size


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
_BGRA = _Layout(4, cv2.COLOR_BGRA2BGR)
_MONO = _Layout(1, cv2.COLOR_GRAY2BGR)
# OpenCV names a Bayer pattern by its second row.
_EIGHT_BITS = {
    'bgr8': _BGR,
    'rgb8': _Layout(3, cv2.COLOR_RGB2BGR),
    'bgra8': _BGRA,
    'rgba8': _Layout(4, cv2.COLOR_RGBA2BGR),
    'mono8': _MONO,
    'bayer_rggb8': _Layout(1, cv2.COLOR_BayerBG2BGR),
    'bayer_bggr8': _Layout(1, cv2.COLOR_BayerRG2BGR),
    'bayer_gbrg8': _Layout(1, cv2.COLOR_BayerGR2BGR),
    'bayer_grbg8': _Layout(1, cv2.COLOR_BayerGB2BGR),
    '8UC1': _MONO,
    '8UC3': _BGR,
    '8UC4': _BGRA,
}
_SIXTEEN_BITS = {
    name.replace('8', '16'): layout._replace(sample_bytes=2)
    for name, layout in _EIGHT_BITS.items()
}
_UYVY = _Layout(2, cv2.COLOR_YUV2BGR_UYVY, even=(True, False))
_YUYV = _Layout(2, cv2.COLOR_YUV2BGR_YUY2, even=(True, False))
_YUV = {
    'yuv422': _UYVY,
    'uyvy': _UYVY,
    'yuv422_yuy2': _YUYV,
    'yuyv': _YUYV,
    'nv12': _Layout(1, cv2.COLOR_YUV2BGR_NV12, half_rows=3, even=(True, True)),
    'nv21': _Layout(1, cv2.COLOR_YUV2BGR_NV21, half_rows=3, even=(True, True)),
}
# The names of sensor_msgs/image_encodings.hpp, and nv12.
_LAYOUTS = _EIGHT_BITS | _SIXTEEN_BITS | _YUV
_NV24 = 'nv24'
_DECODED_HERE = (*_LAYOUTS, _NV24)
_MERE_NUMBERS = re.compile(r'(8|16|32|64)[USF]C?\d*')
# Limited-range BT.601, as OpenCV has it for the other YUV encodings.
_YUV_TO_BGR = np.array([[1.164, 2.018, 0.0], [1.164, -0.391, -0.813], [1.164, 0.0, 1.596]])
_YUV_ZERO = np.array([16.0, 128.0, 128.0])


def decode_raw(message: Image) -> NDArray[np.uint8]:
    """Return a message's picture as uint8 (H,W,3) BGR; a view of its data where it is bgr8.

    Sixteen bits a sample are brought to eight by their full range, alpha is left out, and YUV is
    taken as limited-range BT.601.

    Raises:
        FrameRefused: unknown encoding, or sizes that do not fit each other.

    """
    encoding = message.encoding
    check_size(message.width, message.height)
    if encoding == _NV24:
        return _decode_nv24(message)
    layout = _LAYOUTS.get(encoding)
    if layout is not None:
        samples = _samples(message, layout)
        return samples if layout.to_bgr is None else cv2.cvtColor(samples, layout.to_bgr)
    if not encoding or _MERE_NUMBERS.fullmatch(encoding):
        raise FrameRefused(
            'unknown encoding',
            f'{encoding!r} does not say which colours it holds; '
            f'known are {", ".join(_DECODED_HERE)}',
        )
    return decode_by_cv_bridge(message, _DECODED_HERE)


def _samples(message: Image, layout: _Layout) -> NDArray[np.uint8]:
    width, height = message.width, message.height
    if any(must and side % 2 for must, side in zip(layout.even, (width, height))):
        raise FrameRefused('bad size', f'{width}x{height}; {message.encoding} needs even sides')
    rows = height * layout.half_rows // 2
    row_bytes = width * layout.samples * layout.sample_bytes
    used = rows_of(message, rows, row_bytes)[:, :row_bytes]
    if layout.sample_bytes == 2:
        # numpy before 1.23 takes no padded rows here.
        wide = np.ascontiguousarray(used).view('>u2' if message.is_bigendian else '<u2')
        used = (wide // 257).astype(np.uint8)
    return used.reshape(rows, width, layout.samples)


def _decode_nv24(message: Image) -> NDArray[np.uint8]:
    """Decode luma rows followed by as many rows, of twice the step, of U and V in turn."""
    width, height = message.width, message.height
    rows = rows_of(message, 3 * height, width)
    luma = rows[:height, :width]
    chroma = rows[height:].reshape(height, 2 * message.step)[:, : 2 * width]
    yuv = cv2.merge([luma, chroma.reshape(height, width, 2)])
    offset = -_YUV_TO_BGR @ _YUV_ZERO
    return cv2.transform(yuv, np.column_stack([_YUV_TO_BGR, offset]))


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
    fill_data(message, picture)
    return message
