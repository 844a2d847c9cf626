"""Decoding pictures and labels, with errors that name the file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lpsnet_ros.training.datasets.errors import DatasetError


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Return a picture as uint8 (H,W,3) BGR.

    Raises:
        DatasetError: the file can't be decoded.

    """
    # As it is stored: labels know nothing of a frame's EXIF orientation.
    return _read(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)


def read_size(path: Path) -> tuple[int, int]:
    """Return a picture's height and width, of which only the file's head is read.

    Raises:
        DatasetError: the file can't be decoded.

    """
    try:
        with Image.open(path) as picture:
            return picture.height, picture.width
    except (OSError, SyntaxError) as error:  # Pillow's for a damaged PNG
        raise DatasetError(_undecodable(path)) from error


def read_colours(path: Path) -> NDArray:
    """Return a painted label as (H,W) grey, (H,W,3) BGR or (H,W,4) BGRA, of the file's own depth.

    Raises:
        DatasetError: the file can't be decoded.

    """
    return _read(path, cv2.IMREAD_UNCHANGED)


def read_ids(path: Path) -> NDArray:
    """Return the numbers that a label file stores: (H,W) if it is grey or has a palette.

    OpenCV knows only a palette's colours; what counts here is the index into it (VOC's masks,
    labelme's, some of BDD100K's).

    Raises:
        DatasetError: the file can't be decoded.

    """
    try:
        with Image.open(path) as picture:
            return np.asarray(picture)
    except (OSError, SyntaxError) as error:  # Pillow's for a damaged PNG
        raise DatasetError(_undecodable(path)) from error


def _read(path: Path, flags: int) -> NDArray:
    picture = cv2.imread(str(path), flags)
    if picture is None:
        raise DatasetError(_undecodable(path))
    return picture


def _undecodable(path: Path) -> str:
    return f'{path}: can not be decoded; the file is damaged or no picture: fetch it again'
