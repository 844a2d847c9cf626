"""Raw image messages to pictures and back."""

from __future__ import annotations

import numpy as np
import pytest
from nodes.conftest import random_frame
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.nodes.codec import FrameRefused, decode, encode

CHANNELS = {'bgr': 3, 'rgb': 3, 'bgra': 4, 'rgba': 4, 'mono': 1}
BAYER = [f'bayer_{pattern}' for pattern in ('rggb', 'bggr', 'gbrg', 'grbg')]
# Encoding -> bytes of a row of 8 pixels, rows of data of 6 rows of pixels.
SHAPES = {
    **{f'{name}8': (8 * channels, 6) for name, channels in CHANNELS.items()},
    **{f'{name}16': (16 * channels, 6) for name, channels in CHANNELS.items()},
    **{f'{name}{bits}': (bits, 6) for name in BAYER for bits in (8, 16)},
    **{f'8UC{channels}': (8 * channels, 6) for channels in (1, 3, 4)},
    **{f'16UC{channels}': (16 * channels, 6) for channels in (1, 3, 4)},
    **dict.fromkeys(('yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv'), (16, 6)),
    **dict.fromkeys(('nv12', 'nv21'), (8, 9)),
    'nv24': (8, 18),
}


def test_bgr8_is_a_view_of_the_message() -> None:
    message = encode(random_frame(0), 'bgr8', Header())
    picture = decode(message)
    message.data[0] ^= 255
    assert picture[0, 0, 0] == message.data[0]


def test_mono8_becomes_three_equal_channels() -> None:
    grey = random_frame(0)[:, :, 0]
    picture = decode(encode(grey, 'mono8', Header()))
    np.testing.assert_array_equal(picture, np.dstack([grey] * 3))


def test_encode_copies_any_strides() -> None:
    mirrored = random_frame(0)[::-1, ::-1]
    np.testing.assert_array_equal(decode(encode(mirrored, 'bgr8', Header())), mirrored)


@pytest.mark.parametrize(
    ('changes', 'kind'),
    [
        ({'encoding': 'nonsense'}, 'unknown encoding'),
        ({'height': 0}, 'bad size'),
        ({'width': 100_000}, 'bad size'),
        ({'step': 1}, 'bad step'),
        ({'height': 97}, 'short data'),
    ],
)
def test_what_does_not_fit_is_refused_by_kind(changes: dict[str, object], kind: str) -> None:
    message: Image = encode(random_frame(0), 'bgr8', Header())
    for name, value in changes.items():
        setattr(message, name, value)
    with pytest.raises(FrameRefused) as refusal:
        decode(message)
    assert refusal.value.kind == kind


RED_YUV = (81, 90, 240)
"""Pure red in limited-range BT.601."""


def message_of(encoding: str, height: int, width: int, data: np.ndarray) -> Image:
    message = encode(data, encoding, Header())
    message.height, message.width = height, width
    return message


@pytest.mark.parametrize(
    ('encoding', 'order'),
    [('yuv422', 'uyvy'), ('uyvy', 'uyvy'), ('yuv422_yuy2', 'yuyv'), ('yuyv', 'yuyv')],
)
def test_red_in_packed_yuv_is_red(encoding: str, order: str) -> None:
    samples = dict(zip('yuv', RED_YUV, strict=True))
    row = np.array([samples[c] for c in order] * 3, np.uint8)
    picture = decode(message_of(encoding, 4, 6, np.tile(row, (4, 1))))
    assert picture.shape == (4, 6, 3)
    np.testing.assert_allclose(picture[0, 0], (0, 0, 255), atol=4)


@pytest.mark.parametrize(('encoding', 'chroma'), [('nv12', (90, 240)), ('nv21', (240, 90))])
def test_red_in_planar_yuv_is_red(encoding: str, chroma: tuple[int, int]) -> None:
    luma = np.full((4, 6), RED_YUV[0], np.uint8)
    data = np.vstack([luma, np.tile(np.array(chroma, np.uint8), (2, 3))])
    picture = decode(message_of(encoding, 4, 6, data))
    assert picture.shape == (4, 6, 3)
    np.testing.assert_allclose(picture[0, 0], (0, 0, 255), atol=4)


@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_red_behind_a_bayer_filter_is_red(pattern: str) -> None:
    cell = np.array([200 if colour == 'r' else 0 for colour in pattern], np.uint8).reshape(2, 2)
    picture = decode(encode(np.tile(cell, (4, 4)), f'bayer_{pattern}8', Header()))
    np.testing.assert_array_equal(picture[4, 4], (0, 0, 200))


@pytest.mark.parametrize('big', [False, True])
def test_sixteen_bits_keep_their_range_in_either_byte_order(big: bool) -> None:
    wide = np.array([[0, 257, 65535, 32896]], '>u2' if big else '<u2')
    message = message_of('mono16', 1, 4, wide.view(np.uint8))
    message.is_bigendian = big
    np.testing.assert_array_equal(decode(message)[0, :, 0], (0, 1, 255, 128))


@pytest.mark.parametrize('big', [False, True])
@pytest.mark.parametrize('name', [n for n in SHAPES if n.endswith('8') or n.startswith('8UC')])
def test_sixteen_bits_give_the_picture_of_eight(name: str, big: bool) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (6, SHAPES[name][0]), np.uint8)
    wide = (samples * np.uint16(257) - (samples > 0)).astype('>u2' if big else '<u2')
    message = message_of(name.replace('8', '16'), 6, 8, wide.view(np.uint8))
    message.is_bigendian = big
    expected = decode(message_of(name, 6, 8, samples - (samples > 0)))
    np.testing.assert_array_equal(decode(message), expected)


@pytest.mark.parametrize('name', SHAPES)
def test_padding_of_any_length_is_no_part_of_the_picture(name: str) -> None:
    row_bytes, rows = SHAPES[name]
    values = np.random.default_rng(0).integers(0, 256, (rows, row_bytes), np.uint8)
    picture = decode(message_of(name, 6, 8, values))
    assert picture.shape == (6, 8, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 10
    if name == 'nv24':  # Its rows of colour have twice the step, so twice the padding.
        padded = np.pad(values[:6], ((0, 0), (0, 5)), constant_values=77)
        colour = np.pad(values[6:].reshape(6, 16), ((0, 0), (0, 10)), constant_values=77)
        padded = np.vstack([padded, colour.reshape(12, 13)])
    else:
        padded = np.pad(values, ((0, 0), (0, 5)), constant_values=77)
    np.testing.assert_array_equal(decode(message_of(name, 6, 8, padded)), picture)


def test_nv24_is_nv12_with_colour_of_full_size() -> None:
    rng = np.random.default_rng(0)
    luma = rng.integers(16, 236, (6, 8), np.uint8)
    colour = rng.integers(64, 192, (3, 4, 2), np.uint8)
    half = decode(message_of('nv12', 6, 8, np.vstack([luma, colour.reshape(3, 8)])))
    full_colour = colour.repeat(2, axis=0).repeat(2, axis=1)
    full = decode(message_of('nv24', 6, 8, np.vstack([luma, full_colour.reshape(12, 8)])))
    np.testing.assert_allclose(full, half, atol=1)


@pytest.mark.parametrize('encoding', ['', '8UC2', '16SC1', '32FC1', '64FC3', '8UC'])
def test_numbers_without_colours_are_refused(encoding: str) -> None:
    with pytest.raises(FrameRefused, match='does not say which colours it holds; known are bgr8'):
        decode(message_of(encoding, 4, 4, np.zeros((4, 64), np.uint8)))


@pytest.mark.parametrize(('encoding', 'size'), [('yuv422', (4, 5)), ('nv12', (3, 4))])
def test_odd_sides_that_an_encoding_can_not_have_are_refused(
    encoding: str, size: tuple[int, int]
) -> None:
    message = message_of(encoding, *size, np.zeros((8, 16), np.uint8))
    with pytest.raises(FrameRefused, match='even'):
        decode(message)
