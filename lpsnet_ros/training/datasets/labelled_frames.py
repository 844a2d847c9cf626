"""Frames with labels on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.network import ClassTable
from lpsnet_ros.training.datasets.errors import DatasetError, shortened
from lpsnet_ros.training.datasets.label_coding import LabelCoding
from lpsnet_ros.training.datasets.picture_files import read_picture, read_size


@dataclass(frozen=True)
class LabelledFrames:
    """Pairs of picture and label files with the classes that the labels use.

    Args:
        name: of the data set.
        licence: what weights trained on it may be used for.
        pairs: (image file, label file) of each frame.
        classes: names and colours of the ids.
        coding: how a label file says the class of a pixel.
        upscale: factor by which frames are enlarged before the network sees them.

    """

    name: str
    licence: str
    pairs: tuple[tuple[Path, Path], ...]
    classes: ClassTable
    coding: LabelCoding
    upscale: float = 1.0

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def network_input_size(self) -> tuple[int, int]:
        """Height and width of the first frame as the network sees it."""
        height, width = self.image(0).shape[:2]
        return round(height * self.upscale), round(width * self.upscale)

    @property
    def heights(self) -> set[int]:
        """All heights of the frames.

        Raises:
            DatasetError: a file can't be decoded.

        """
        return {read_size(image)[0] for image, _ in self.pairs}

    def image(self, index: int) -> NDArray[np.uint8]:
        """Return one frame as uint8 (H,W,3) BGR.

        Raises:
            DatasetError: the file can't be decoded.

        """
        return read_picture(self.pairs[index][0])

    def label(self, index: int) -> NDArray[np.uint8]:
        """Return one frame's class ids as uint8 (H,W), ``UNLABELED`` where void.

        Raises:
            DatasetError: the file can't be decoded, or holds values without a class.

        """
        return self.coding.read(self.pairs[index][1])

    def frame(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return one frame's picture (H,W,3) and class ids (H,W).

        Raises:
            DatasetError: as ``image`` and ``label``, or the two differ in size.

        """
        image, label = self.image(index), self.label(index)
        if image.shape[:2] != label.shape:
            raise DatasetError(self.size_mismatch(index, image, label))
        return image, label

    def size_mismatch(self, index: int, image: NDArray, label: NDArray) -> str:
        """Say that a frame (H,W,3) and its label (H,W) differ in size."""
        path = self.pairs[index][1]
        return (
            f'{path}: size {label.shape}, its frame has {image.shape[:2]}: '
            'label the frame at its own size (resize labels with nearest neighbour only)'
        )

    def subset(self, indices: Iterable[int]) -> LabelledFrames:
        """Return the frames of these indices only."""
        return replace(self, pairs=tuple(self.pairs[i] for i in indices))

    def drive(self, index: int) -> str:
        """Return the drive (or city) of a frame: its name up to the first underscore."""
        return self.pairs[index][0].stem.split('_')[0]

    def split_by_drive(self, drives: Sequence[str]) -> tuple[LabelledFrames, LabelledFrames]:
        """Split into the frames of other drives and of these, a drive being a name's prefix.

        Raises:
            DatasetError: no frame belongs to one of the drives.

        """
        held_out: set[int] = set()
        for drive in drives:
            matching = [i for i, (p, _) in enumerate(self.pairs) if p.name.startswith(drive)]
            if not drive or not matching:
                names = sorted({self.drive(i) for i in range(len(self))})
                raise DatasetError(
                    f'no frame of drive {drive!r}: the data have {shortened(names)}'
                )
            held_out.update(matching)
        rest = set(range(len(self))) - held_out
        return self.subset(sorted(rest)), self.subset(sorted(held_out))


def frames_digest(*parts: LabelledFrames) -> str:
    """Hash which frames these are, in their order: their names and folders', wherever they lie."""
    names = (f'{image.parent.name}/{image.name}' for part in parts for image, _ in part.pairs)
    return hashlib.sha256('\n'.join(names).encode()).hexdigest()[:8]
