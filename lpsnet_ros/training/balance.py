"""Which frames hold which classes, and drawing samples class by class."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames

RARE = 0.5


def count_pixels(frames: LabelledFrames, threads: int = 1, progress: bool = False) -> NDArray:
    """Count each frame's pixels of each class: int64 (F,C); void does not count.

    Raises:
        DatasetError: a label can't be read, or all of them are void.

    """

    def count(index: int) -> NDArray:
        return np.bincount(frames.label(index).ravel(), minlength=256)[: len(frames.classes)]

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        counts = pool.map(count, range(len(frames)))
        bar = tqdm(counts, 'count classes', len(frames), leave=False, disable=not progress)
        pixels = np.stack(list(bar))
    if not pixels.any():
        raise DatasetError(
            f'all {len(frames)} labels of {frames.name} are void, nothing can be learnt: '
            'check the ids in the label files'
        )
    return pixels


def require_labels(frames: LabelledFrames) -> None:
    """Read labels up to the first that is not all void.

    Raises:
        DatasetError: there is none, so that nothing can be scored; a label can't be read.

    """
    if not any((frames.label(index) != UNLABELED).any() for index in range(len(frames))):
        raise DatasetError(
            f'all {len(frames)} labels of {frames.name} to score on are void: label one of these '
            'frames, or choose others'
        )


class ClassBalance:
    """Draws a class first, then a frame that shows it, so that rare classes are seen often.

    Every class that occurs is equally likely; of its frames, those with more of it are, by the
    root of its pixels: between taking each frame and each pixel alike.

    Args:
        pixels: integer (F,C) of ``count_pixels``.

    """

    def __init__(self, pixels: NDArray) -> None:
        self._frames = np.sqrt(pixels)
        self._occurring = np.flatnonzero(pixels.any(axis=0))
        shares = pixels.sum(axis=0) / pixels.sum()
        rare = shares[self._occurring] < RARE / len(self._occurring)
        self.rare = self._occurring[rare]
        """Ids of the classes that have less than half of an even share of all pixels."""

    def draw(self, rng: np.random.Generator) -> tuple[int, int]:
        """Draw from all classes: a frame's index and the class it was drawn for."""
        return self._draw(self._occurring, rng)

    def draw_rare(self, rng: np.random.Generator) -> tuple[int, int]:
        """Draw from the rare classes only.

        Raises:
            ValueError: no class is rare.

        """
        return self._draw(self.rare, rng)

    def _draw(self, classes: NDArray, rng: np.random.Generator) -> tuple[int, int]:
        drawn = rng.choice(classes)
        chances = self._frames[:, drawn]
        return int(rng.choice(len(chances), p=chances / chances.sum())), int(drawn)
