"""Small frames and labels to write to disk."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.training.datasets.camvid_colour import COLOURS

SIZE = (24, 32)
CAMVID_COLOURS = {name: colour for name, colour, _ in COLOURS}


def save(path: Path, picture: NDArray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)
    return path


def photo(seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8)


def stripes(values: Sequence[int]) -> NDArray[np.uint8]:
    """Draw a label of one channel, a vertical stripe a value."""
    columns = np.arange(SIZE[1]) * len(values) // SIZE[1]
    return np.tile(np.array(values, np.uint8)[columns], (SIZE[0], 1))


def painted(colours: Sequence[tuple[int, int, int]]) -> NDArray[np.uint8]:
    """Draw a BGR label, a vertical stripe an RGB colour."""
    return np.array(colours, np.uint8)[stripes(range(len(colours)))][..., ::-1].copy()


def write_palette_png(path: Path, indices: NDArray[np.uint8], palette: bytes) -> None:
    """Write what OpenCV reads but does not write: indices (H,W) into RGB triples."""
    height, width = indices.shape
    rows = b''.join(b'\0' + row.tobytes() for row in indices)
    header = struct.pack('>IIBBBBB', width, height, 8, 3, 0, 0, 0)
    chunks = [
        (b'IHDR', header),
        (b'PLTE', palette),
        (b'IDAT', zlib.compress(rows)),
        (b'IEND', b''),
    ]
    path.write_bytes(
        b'\x89PNG\r\n\x1a\n'
        + b''.join(
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
            for kind, data in chunks
        )
    )
