"""What the head and the tail of a JPEG or PNG tell before it is decoded."""

from __future__ import annotations

from typing import NamedTuple

from lpsnet_ros.nodes.codec.refusal import FrameRefused

_JPEG = b'\xff\xd8\xff'
_JPEG_END = b'\xff\xd9'
_START_OF_SCAN = 0xDA
# Start-of-frame markers of all kinds; the three left out define tables.
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PNG = b'\x89PNG\r\n\x1a\n'
_PNG_END = b'IEND\xaeB`\x82'
_PNG_HEAD_BYTES = 24


class PictureFile(NamedTuple):
    """Size of a picture in pixels, and whether its data goes on to its end mark."""

    width: int
    height: int
    complete: bool


def inspect(data: bytes) -> PictureFile:
    """Read the head of a JPEG or PNG and look for its end mark.

    Raises:
        FrameRefused: it is neither, or ends within its head.

    """
    if data.startswith(_JPEG):
        return _inspect_jpeg(data)
    if data.startswith(_PNG):
        return _inspect_png(data)
    raise FrameRefused(
        'unknown format', f'the data begins with {data[:8].hex(" ")}, unlike any JPEG or PNG'
    )


def _inspect_png(data: bytes) -> PictureFile:
    if len(data) < _PNG_HEAD_BYTES:
        raise _too_short('PNG', data)
    width, height = (int.from_bytes(data[at : at + 4], 'big') for at in (16, 20))
    return PictureFile(width, height, _PNG_END in data)


def _inspect_jpeg(data: bytes) -> PictureFile:
    """Walk over the segments up to the first scan (ITU-T T.81, annex B).

    A thumbnail in a segment has an end mark of its own, so only what follows the scan counts.
    """
    width = height = 0
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _FRAME_HEADERS:
            height, width = (int.from_bytes(data[at + i : at + i + 2], 'big') for i in (5, 7))
        if marker == _START_OF_SCAN:
            return PictureFile(width, height, data.rfind(_JPEG_END, at) >= 0)
        at += 2 + int.from_bytes(data[at + 2 : at + 4], 'big')
    raise _too_short('JPEG', data)


def _too_short(name: str, data: bytes) -> FrameRefused:
    return FrameRefused('short data', f'a {name} of {len(data)} bytes ends or breaks in its head')
