"""Reading every frame of a data set: all that is wrong with it, and what it holds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.datasets.errors import DatasetError
from lpsnet_ros.training.datasets.labelled_frames import LabelledFrames
from lpsnet_ros.training.datasets.layout import Layout
from lpsnet_ros.training.datasets.split_files import SplitFiles

VALUES = 256


@dataclass(frozen=True)
class DataReport:
    """What a data set holds and what is wrong with it.

    Args:
        dataset: its name.
        layout: how its files are arranged.
        licence: what weights trained on it may be used for.
        frames: split -> drive -> number of frames.
        sizes: 'HxW' -> number of frames that could be read.
        shares: class -> share of the pixels with a class, 0..1.
        void: share of all pixels that have no class, 0..1.
        faults: everything that is wrong, each with the file and the fix.

    """

    dataset: str
    layout: str
    licence: str
    frames: Mapping[str, Mapping[str, int]]
    sizes: Mapping[str, int]
    shares: Mapping[str, float]
    void: float
    faults: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is not wrong, but makes a network worse than it could be."""
        found = differing_heights({int(size.partition('x')[0]) for size in self.sizes})
        return (found,) if found else ()

    @property
    def absent(self) -> tuple[str, ...]:
        """Classes that no pixel has."""
        return tuple(name for name, share in self.shares.items() if share == 0)


def check_dataset(
    layout: Layout,
    root: Path,
    splits: Sequence[str] = (),
    threads: int | None = None,
    progress: Callable = tqdm,
) -> DataReport:
    """Read every frame and label.

    Args:
        layout: as ``recognise`` returned it.
        root: folder of the data set.
        splits: which to read; all by default.
        threads: how many read at a time; one a processor by default.
        progress: wraps the iteration over the frames.

    Raises:
        DatasetError: nothing can be read at all: no split, or no description of the classes.

    """
    splits = tuple(dict.fromkeys(splits)) or layout.splits(root)
    if not splits:
        raise DatasetError(f'{root} has no splits: expected {" and ".join(layout.tree)}')
    files = {split: _found(layout, root, split) for split in splits}
    whole = SplitFiles.joined(files.values())
    frames = layout.describe(root, whole.pairs)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        readings = pool.map(lambda index: _read(frames, index), range(len(frames)))
        readings = list(progress(readings, total=len(frames), desc='check', unit='frame'))
    counts = np.sum([reading.counts for reading in readings], axis=0, dtype=np.int64)
    counts = np.broadcast_to(counts, VALUES)
    return DataReport(
        dataset=frames.name,
        layout=layout.title,
        licence=frames.licence,
        frames=_by_drive(files, frames),
        sizes=dict(Counter(reading.size for reading in readings if reading.size)),
        shares=_shares(counts, frames.classes.names),
        void=float(counts[UNLABELED] / max(counts.sum(), 1)),
        faults=whole.faults + tuple(fault for reading in readings for fault in reading.faults),
    )


def differing_heights(heights: Collection[int]) -> str | None:
    """Warn where frames have several heights; None where they have one.

    A network is trained on every frame at its own size, and the engine shows it all frames at the
    height of the first.
    """
    if len(heights) < 2:
        return None
    return (
        f'frames differ in height ({", ".join(map(str, sorted(heights)))}): the network learns '
        'them at their own sizes, but later sees all at one height: bring them to one size, or '
        'train a network for each'
    )


@dataclass(frozen=True)
class _Reading:
    size: str | None
    counts: NDArray[np.int64]
    faults: tuple[str, ...]


def _found(layout: Layout, root: Path, split: str) -> SplitFiles:
    try:
        return layout.find_known(root, split)
    except DatasetError as error:
        return SplitFiles((), (str(error),))


def _read(frames: LabelledFrames, index: int) -> _Reading:
    faults: list[str] = []

    def attempt(read: Callable[[int], NDArray]) -> NDArray | None:
        try:
            return read(index)
        except DatasetError as error:
            faults.append(str(error))
            return None

    image, label = attempt(frames.image), attempt(frames.label)
    if image is not None and label is not None and image.shape[:2] != label.shape:
        faults.append(frames.size_mismatch(index, image, label))
    if label is not None and (label == UNLABELED).all():
        faults.append(
            f'{frames.pairs[index][1]}: every pixel is void: label the frame, or remove both files'
        )
    size = None if image is None else f'{image.shape[0]}x{image.shape[1]}'
    values = np.zeros(0, np.uint8) if label is None else label.ravel()
    return _Reading(size, np.bincount(values, minlength=VALUES), tuple(faults))


def _by_drive(
    files: Mapping[str, SplitFiles], frames: LabelledFrames
) -> dict[str, dict[str, int]]:
    indices = iter(range(len(frames)))
    return {
        split: dict(Counter(frames.drive(next(indices)) for _ in found.pairs))
        for split, found in files.items()
    }


def _shares(counts: NDArray[np.int64], names: Iterable[str]) -> dict[str, float]:
    with_class = max(int(counts[:UNLABELED].sum()), 1)
    return {name: float(counts[id_]) / with_class for id_, name in enumerate(names)}
