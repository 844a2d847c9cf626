"""From the values in a label file to class ids."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.datasets.errors import DatasetError, shortened
from lpsnet_ros.training.datasets.picture_files import read_colours, read_ids

NO_CLASS = 254
"""Marks a value that a coding does not know; class ids end below it."""

STRAY_SHARE = 0.01
"""Share of a label's pixels that may have stray colours where a coding forgives them."""

RGB = tuple[int, int, int]


class LabelCoding(ABC):
    """How a label file says the class of a pixel."""

    @abstractmethod
    def read(self, path: Path) -> NDArray[np.uint8]:
        """Return a label file's class ids as uint8 (H,W), ``UNLABELED`` where void.

        Raises:
            DatasetError: the file can't be decoded, is of another kind, or holds values without
                a class.

        """

    @abstractmethod
    def decode(self, picture: NDArray, path: Path) -> NDArray[np.uint8]:
        """Return a label's class ids as uint8 (H,W), ``UNLABELED`` where void.

        Args:
            picture: what the file stores: ids, or colours in BGR.
            path: the file, for the message of an error.

        Raises:
            DatasetError: the picture is of another kind, or holds values without a class.

        """


@dataclass(frozen=True)
class IdCoding(LabelCoding):
    """Labels that hold a value a pixel: grey ones, or indices into a palette of any colours.

    Args:
        class_of: class id of each value, ``UNLABELED`` for void.
        remedy: what to do about labels of another kind or with other values.

    """

    class_of: Mapping[int, int]
    remedy: str

    @classmethod
    def of_ids(cls, count: int, void: int, remedy: str) -> IdCoding:
        """Coding whose values number the classes 0, 1, 2, ... with the void value left out."""
        values = [value for value in range(256) if value != void]
        return cls({**dict(zip(values, range(count))), void: UNLABELED}, remedy)

    def read(self, path: Path) -> NDArray[np.uint8]:
        return self.decode(read_ids(path), path)

    def decode(self, picture: NDArray, path: Path) -> NDArray[np.uint8]:
        if picture.ndim != 2 or picture.dtype != np.uint8:
            raise DatasetError(
                f'{path}: expected one channel of 8-bit class ids, '
                f'got {picture.dtype} {picture.shape}: {self.remedy}'
            )
        label = cv2.LUT(picture, self._table)
        unknown = label == NO_CLASS
        if unknown.any():
            values = np.unique(picture[unknown]).tolist()
            raise DatasetError(
                f'{path}: ids {shortened(values)} have no class: expected {self._expected}: '
                f'{self.remedy}'
            )
        return label

    @cached_property
    def _table(self) -> NDArray[np.uint8]:
        table = np.full(256, NO_CLASS, np.uint8)
        table[list(self.class_of)] = list(self.class_of.values())
        return table

    @property
    def _expected(self) -> str:
        void = [value for value, id_ in self.class_of.items() if id_ == UNLABELED]
        return f'{_ranges(self.class_of.keys() - void)}, or {_ranges(void)} for void'


@dataclass(frozen=True)
class ColourCoding(LabelCoding):
    """Labels that are painted in a colour a class.

    Args:
        class_of: class id of each colour (R, G, B), ``UNLABELED`` for void.
        remedy: what to do about labels with other colours.
        forgiving: read a few pixels of other colours (``STRAY_SHARE``) as void.

    """

    class_of: Mapping[RGB, int]
    remedy: str
    forgiving: bool = False

    def read(self, path: Path) -> NDArray[np.uint8]:
        return self.decode(read_colours(path), path)

    def decode(self, picture: NDArray, path: Path) -> NDArray[np.uint8]:
        if picture.dtype != np.uint8:
            raise DatasetError(
                f'{path}: expected 8-bit colours, got {picture.dtype} {picture.shape}: '
                f'{self.remedy}'
            )
        codes = _colour_codes(picture)
        label = _colour_table(tuple(self.class_of.items())).take(codes)
        unknown = label == NO_CLASS
        if unknown.any():
            if not self.forgiving or unknown.mean() > STRAY_SHARE:
                colours = [_rgb(code) for code in np.unique(codes[unknown])]
                raise DatasetError(
                    f'{path}: colours (R, G, B) {shortened(colours)} have no class: {self.remedy}'
                )
            label[unknown] = UNLABELED
        return label


def _colour_codes(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return 0xRRGGBB of each pixel of a grey, BGR or BGRA picture."""
    if picture.ndim == 2:
        bgra = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGRA)
    elif picture.shape[2] == 3:
        bgra = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
    else:
        bgra = np.ascontiguousarray(picture)
    return bgra.view('<u4')[..., 0] & 0xFFFFFF


@lru_cache(maxsize=4)
def _colour_table(class_of: tuple[tuple[RGB, int], ...]) -> NDArray[np.uint8]:
    """Return the class id of each 0xRRGGBB; 16 MiB, once in a process."""
    table = np.full(1 << 24, NO_CLASS, np.uint8)
    for (red, green, blue), id_ in class_of:
        table[red << 16 | green << 8 | blue] = id_
    return table


def _rgb(code: np.uint32) -> RGB:
    return int(code) >> 16, int(code) >> 8 & 255, int(code) & 255


def _ranges(values: Iterable[int]) -> str:
    """Write numbers as ``0..10, 255``."""
    ordered = sorted(values)
    starts = [v for v in ordered if v - 1 not in ordered]
    ends = [v for v in ordered if v + 1 not in ordered]
    return ', '.join(str(a) if a == b else f'{a}..{b}' for a, b in zip(starts, ends))
