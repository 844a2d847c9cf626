"""Drawing a mask on its picture, for people."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.network import ClassTable

Picture = NDArray[np.uint8]


def bgr_palette(classes: ClassTable) -> Picture:
    """Return uint8 (256,3) BGR colours by id; ids without a class are black."""
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(classes)] = np.asarray(classes.colours, np.uint8)[:, ::-1]
    return palette


def draw_overlay(
    picture: Picture, mask: NDArray[np.uint8], palette: Picture, alpha: float
) -> Picture:
    """Blend a BGR picture (H,W,3) with the colours of its mask; alpha 1 hides it.

    The result has the mask's size; a larger picture is shrunk to it.
    """
    if picture.shape[:2] != mask.shape:
        picture = cv2.resize(picture, mask.shape[::-1], interpolation=cv2.INTER_AREA)
    colours = cv2.merge([cv2.LUT(mask, channel) for channel in palette.T.copy()])
    return cv2.addWeighted(picture, 1 - alpha, colours, alpha, 0)


def write_picture(path: Path, picture: Picture) -> None:
    """Write a picture in the format of the file's suffix.

    Raises:
        OSError: it can't be written.

    """
    if not cv2.imwrite(str(path), picture):
        raise OSError(f'{path} can not be written: is the disk full, the folder there?')


def draw_legend(picture: Picture, classes: ClassTable) -> Picture:
    """Append a strip with the name and colour of every class below a BGR picture."""
    width, row_height, columns = picture.shape[1], 22, max(1, picture.shape[1] // 130)
    rows = -(-len(classes) // columns)
    strip = np.full((rows * row_height + 6, width, 3), 255, np.uint8)
    for index, (name, colour) in enumerate(zip(classes.names, classes.colours)):
        x, y = index % columns * (width // columns) + 6, index // columns * row_height + 6
        cv2.rectangle(strip, (x, y), (x + 14, y + 14), colour[::-1], cv2.FILLED)
        cv2.putText(
            strip,
            name,
            (x + 20, y + 12),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.42,
            (0, 0, 0),
            1,
            cv2.LINE_AA,
        )
    return np.vstack([picture, strip])
