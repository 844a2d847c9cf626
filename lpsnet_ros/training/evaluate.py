"""Scoring masks against labels: one confusion matrix over all frames, as the official script."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from lpsnet_ros.engine import Provenance
from lpsnet_ros.network import LPSNet
from lpsnet_ros.training import metrics
from lpsnet_ros.training.balance import require_labels
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames
from lpsnet_ros.training.segmenters import Engines, Segmenters, Size


@dataclass(frozen=True)
class FrameScore:
    """One frame's: its place in the data set, its name, mean over the classes in it, 0..1.

    ``miou`` is NaN where the whole label is void.
    """

    index: int
    name: str
    miou: float


@dataclass(frozen=True)
class Score:
    """How well masks fit the labels of a set of frames.

    Args:
        class_names: of the ids.
        confusion: pixels, int64 (C,C): row the labelled class, column that of the mask.
        per_frame: in the order of the data set.
        provenances: what computed the masks, by (height, width) of the frames.
        times: of each frame to mask, in ms.

    """

    class_names: tuple[str, ...]
    confusion: Tensor
    per_frame: tuple[FrameScore, ...]
    provenances: Mapping[Size, Provenance]
    times: tuple[float, ...]

    @property
    def frames(self) -> int:
        return len(self.per_frame)

    @property
    def miou(self) -> float:
        """Mean IoU over the classes that occur, 0..1."""
        return metrics.mean_iou(metrics.intersection_over_union(self.confusion))

    @property
    def per_class(self) -> dict[str, float]:
        """IoU by class, 0..1; NaN for one that occurs neither in labels nor in masks."""
        return self._by_class(metrics.intersection_over_union(self.confusion))

    @property
    def recall(self) -> dict[str, float]:
        """Share of each class's labelled pixels that were found; NaN for one without any."""
        return self._by_class(metrics.recall(self.confusion))

    @property
    def precision(self) -> dict[str, float]:
        """Share of the pixels given each class that have it; NaN for one never given."""
        return self._by_class(metrics.precision(self.confusion))

    @property
    def pixel_accuracy(self) -> float:
        """Share of all labelled pixels with the right class, 0..1."""
        return metrics.pixel_accuracy(self.confusion)

    def worst(self, count: int) -> list[FrameScore]:
        """Return the frames of lowest mIoU, worst first; all-void ones don't count."""
        scored = [frame for frame in self.per_frame if not math.isnan(frame.miou)]
        return sorted(scored, key=lambda frame: frame.miou)[:count]

    def _by_class(self, values: Tensor) -> dict[str, float]:
        return dict(zip(self.class_names, values.tolist()))


def evaluate(
    network: LPSNet,
    frames: LabelledFrames,
    resolution: float | None = None,
    progress: Callable = tqdm,
) -> Score:
    """Score a network through the engine that works best here; see ``score_masks``."""
    return score_masks(Engines(network, resolution=resolution), frames, progress)


def score_masks(
    segmenters: Segmenters, frames: LabelledFrames, progress: Callable = tqdm
) -> Score:
    """Segment every frame and count against its label, at the label's size; void is ignored.

    Args:
        segmenters: give the masks.
        frames: labelled with the same classes.
        progress: wraps the frames' numbers, as tqdm does.

    Raises:
        DatasetError: the labels use other classes than the network, differ in size from their
            frames, or are all void; a file can't be read.
        ValueError, PreparationError: as for ``Engine``.

    """
    names = segmenters.classes.names
    if names != frames.classes.names:
        raise DatasetError(
            f'the network knows {", ".join(names)}; '
            f'{frames.name} is labelled with {", ".join(frames.classes.names)}: choose a --model '
            'of these classes, or train one (lpsnet train --weights keeps what both know)'
        )
    require_labels(frames)
    total = torch.zeros(len(names), len(names), dtype=torch.int64)
    per_frame, times, provenances = [], [], {}
    for index in progress(range(len(frames)), desc='evaluate', unit='frame'):
        frame, label = frames.frame(index)
        size = frame.shape[:2]
        segmenter = segmenters.for_size(size)
        provenances[size] = segmenter.provenance
        begun = time.perf_counter()
        mask = segmenter(frame)
        times.append(1e3 * (time.perf_counter() - begun))
        confusion = metrics.confusion_matrix(
            torch.from_numpy(mask), torch.from_numpy(label), len(names)
        )
        total += confusion
        miou = metrics.mean_iou(metrics.intersection_over_union(confusion))
        per_frame.append(FrameScore(index, frames.pairs[index][0].stem, miou))
    return Score(names, total, tuple(per_frame), provenances, tuple(times))
