"""What the data loader yields: augmented samples for training, whole frames for validation."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.augment import augment, paste
from lpsnet_ros.training.balance import ClassBalance
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.recipe import Recipe


class EpochSampler(Sampler):
    """Yields (epoch, index) of all frames in an order that (seed, epoch) decides.

    Nothing of it is state, so that a resumed run sees what an uninterrupted one would.
    Lightning calls ``set_epoch``. Of several processes each takes its own frames, all as many.

    Args:
        length: how many frames there are.
        seed: of the order.
        rank: number of this process.
        processes: how many train together.

    """

    def __init__(self, length: int, seed: int, rank: int = 0, processes: int = 1) -> None:
        self._length = length
        self._seed = seed
        self._rank = rank
        self._processes = processes
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length // self._processes

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng((self._seed, self._epoch)).permutation(self._length)
        own = order[self._rank :: self._processes][: len(self)]
        return iter([(self._epoch, int(index)) for index in own])


class TrainingSamples(Dataset):
    """Random samples by (epoch, index): uint8 (H,W,3) RGB image, int64 (h,w) label.

    Args:
        frames: what samples are drawn from.
        recipe: how they are drawn.
        balance: of these frames; draws samples class by class.
        seed: decides, with epoch and index, all of a sample.

    """

    def __init__(
        self, frames: LabelledFrames, recipe: Recipe, balance: ClassBalance, seed: int
    ) -> None:
        self._frames = frames
        self._recipe = recipe
        self._balance = balance
        self._seed = seed

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        epoch, index = key
        rng = np.random.default_rng((self._seed, epoch, index))
        aim = None
        if rng.random() < self._recipe.balanced:
            index, aim = self._balance.draw(rng)
        image, label = self._sample(index, aim, rng)
        if rng.random() < self._recipe.augmentation.copy_paste:
            donor, donor_label = self._sample(*self._balance.draw_rare(rng), rng)
            image, label = paste(image, label, donor, donor_label, self._balance.rare)
        return _tensors(image, label)

    def _sample(
        self, index: int, aim: int | None, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        image, label = self._frames.frame(index)
        ranges = self._recipe.augmentation
        return augment(image, label, self._frames.upscale, ranges, rng, aim)


class EvaluationSampler(Sampler):
    """Yields the indices of all frames in order, or a process's share of them.

    Processes that train together must take as many steps each. Indices past the last frame fill
    up; ``EvaluationSamples`` makes them count nothing.
    """

    def __init__(self, length: int, rank: int = 0, processes: int = 1) -> None:
        self._indices = range(rank, -(-length // processes) * processes, processes)

    def __len__(self) -> int:
        return len(self._indices)

    def __iter__(self) -> Iterator[int]:
        return iter(self._indices)


class EvaluationSamples(Dataset):
    """Whole frames, enlarged as the data set says: uint8 (H,W,3) RGB, int64 (h,w) label.

    An index past the last frame gives a frame without a labelled pixel.
    """

    def __init__(self, frames: LabelledFrames) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        factor = self._frames.upscale
        image, label = self._frames.frame(index % len(self))
        if index >= len(self):
            label = np.full_like(label, UNLABELED)
        return _tensors(cv2.resize(image, None, fx=factor, fy=factor), label)


def _tensors(image: NDArray[np.uint8], label: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return torch.from_numpy(rgb), torch.from_numpy(label.astype(np.int64))
