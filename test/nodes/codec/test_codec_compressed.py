"""Compressed image messages to pictures and back."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from nodes.conftest import random_frame
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Header

from lpsnet_ros.nodes.codec import FrameRefused, decode, decode_compressed, encode_jpeg
from lpsnet_ros.nodes.codec.message_data import fill_data

SIZE = (96, 128)


def file_of(picture: np.ndarray, suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def message_of(data: bytes, name: str = 'jpeg') -> CompressedImage:
    message = CompressedImage(format=name)
    fill_data(message, np.frombuffer(data, np.uint8))
    return message


def png_of_size(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        mark = zlib.crc32(kind + body)
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', mark)

    head = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    body = chunk(b'IDAT', zlib.compress(b'nothing'))
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + body + chunk(b'IEND', b'')


def jpeg_of_size(width: int, height: int) -> bytes:
    data = bytearray(file_of(random_frame(0), '.jpg'))
    at = data.index(b'\xff\xc0') + 5
    data[at : at + 4] = struct.pack('>HH', height, width)
    return bytes(data)


def with_segment(jpeg: bytes, body: bytes) -> bytes:
    """Put an APP1 segment, where cameras keep EXIF and thumbnails, before all others."""
    return jpeg[:2] + b'\xff\xe1' + struct.pack('>H', 2 + len(body)) + body + jpeg[2:]


EXIF_TURNED = b'Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0'


@pytest.mark.parametrize('name', ['jpeg', 'jpg', '', 'rgb8; jpeg compressed bgr8', 'mjpeg'])
def test_jpeg_under_any_name_keeps_its_colours(name: str) -> None:
    frame = random_frame(0)
    picture = decode(message_of(file_of(frame, '.jpg'), name))
    assert picture.shape == (*SIZE, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - frame).mean() < 3


@pytest.mark.parametrize('name', ['png', 'bgr8; png compressed bgr8', 'jpeg'])
def test_png_is_exact(name: str) -> None:
    frame = random_frame(0)
    np.testing.assert_array_equal(decode(message_of(file_of(frame, '.png'), name)), frame)


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_grey_becomes_three_equal_channels(suffix: str) -> None:
    grey = random_frame(0)[:, :, 0]
    picture = decode(message_of(file_of(grey, suffix), 'mono8; png compressed '))
    np.testing.assert_allclose(picture, np.dstack([grey] * 3), atol=12 if suffix == '.jpg' else 0)
    assert np.ptp(picture, axis=2).max() == 0


@pytest.mark.parametrize('channels', [1, 3])
def test_sixteen_bits_are_brought_to_eight(channels: int) -> None:
    frame = random_frame(0)[:, :, :channels]
    wide = frame.astype(np.uint16) * 257
    picture = decode(message_of(file_of(wide, '.png'), 'mono16; png compressed '))
    np.testing.assert_array_equal(picture, np.broadcast_to(frame, (*SIZE, 3)))


def test_alpha_is_left_out() -> None:
    frame = random_frame(0)
    alpha = random_frame(1)[:, :, :1]
    picture = decode(message_of(file_of(np.dstack([frame, alpha]), '.png'), 'png'))
    np.testing.assert_array_equal(picture, frame)


@pytest.mark.parametrize(
    'options',
    [
        (cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        (cv2.IMWRITE_JPEG_RST_INTERVAL, 4),
        (cv2.IMWRITE_JPEG_OPTIMIZE, 1),
    ],
)
def test_every_kind_of_jpeg_is_known_whole_and_truncated(options: tuple[int, int]) -> None:
    data = file_of(random_frame(0), '.jpg', *options)
    assert decode(message_of(data)).shape == (*SIZE, 3)
    with pytest.raises(FrameRefused, match='without the end mark'):
        decode(message_of(data[:-10]))


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_every_truncation_is_refused(suffix: str) -> None:
    data = file_of(random_frame(0), suffix)
    for length in [*range(0, 700, 7), len(data) // 2, len(data) - 100, len(data) - 1]:
        with pytest.raises(FrameRefused) as refusal:
            decode(message_of(data[:length]))
        assert refusal.value.kind in ('short data', 'unknown format')


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_bytes_after_the_end_do_no_harm(suffix: str) -> None:
    data = file_of(random_frame(0), suffix)
    picture = decode(message_of(data + bytes(5000)))
    np.testing.assert_array_equal(picture, decode(message_of(data)))


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_picture() -> None:
    data = with_segment(file_of(random_frame(0), '.jpg'), file_of(random_frame(1), '.jpg'))
    assert decode(message_of(data)).shape == (*SIZE, 3)
    with pytest.raises(FrameRefused, match='without the end mark'):
        decode(message_of(data[:-10]))


def test_exif_does_not_turn_the_picture() -> None:
    jpeg = file_of(random_frame(0), '.jpg')
    turned = with_segment(jpeg, EXIF_TURNED)
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape[:2] == SIZE[::-1]
    np.testing.assert_array_equal(decode(message_of(turned)), decode(message_of(jpeg)))


@pytest.mark.parametrize(
    ('data', 'name', 'kind', 'reason'),
    [
        (b'', 'jpeg', 'short data', "0 bytes of 'jpeg'"),
        (b'\0\0\0\x01\x67\x64', 'h264', 'unknown format', 'begins with 00 00 00 01 67 64'),
        (file_of(np.zeros(SIZE, np.uint16), '.tiff'), 'tiff', 'unknown format', 'unlike any JPEG'),
        (png_of_size(8, 8), '16UC1; compressedDepth png', 'unknown format', 'depth map'),
        (png_of_size(60000, 60000), 'png', 'bad size', '60000x60000; each side must be 1..16384'),
        (png_of_size(0, 10), 'png', 'bad size', '0x10'),
        (png_of_size(64, 64), 'png', 'bad data', 'damaged'),
        (jpeg_of_size(65000, 65000), 'jpeg', 'bad size', '65000x65000'),
        (jpeg_of_size(128, 0), 'jpeg', 'bad size', '128x0'),
        (b'\xff\xd8\xff' + bytes(1000), 'jpeg', 'short data', 'ends or breaks in its head'),
    ],
)
def test_what_is_no_picture_is_refused_by_kind(
    data: bytes, name: str, kind: str, reason: str
) -> None:
    with pytest.raises(FrameRefused, match=reason) as refusal:
        decode_compressed(message_of(data, name))
    assert refusal.value.kind == kind


def test_damage_never_raises_anything_else() -> None:
    """Flip bytes at random: a picture or a refusal is all that may come of it."""
    rng = np.random.default_rng(0)
    sound = {suffix: file_of(random_frame(0), suffix) for suffix in ('.jpg', '.png')}
    refused = 0
    for suffix in ['.jpg', '.png'] * 100:
        data = bytearray(sound[suffix])
        for at in rng.integers(0, len(data), 3):
            data[at] = rng.integers(256)
        try:
            assert decode(message_of(bytes(data))).ndim == 3
        except FrameRefused:
            refused += 1
    assert refused > 50


def test_jpeg_goes_there_and_back() -> None:
    frame = random_frame(0)
    header = Header(frame_id='eye')
    message = encode_jpeg(frame, header)
    assert message.header == header
    assert message.format == 'bgr8; jpeg compressed bgr8'
    assert np.abs(decode(message).astype(int) - frame).mean() < 3
