"""What the data loader yields: augmented samples for training, whole frames for validation."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from lpsnet_ros.training.augment import Augmentation, augment
from lpsnet_ros.training.datasets import LabelledFrames


class EpochSampler(Sampler):
    """Yields (epoch, index) of all frames in an order that (seed, epoch) decides.

    Nothing of it is state, so that a resumed run sees what an uninterrupted one would.
    Lightning calls ``set_epoch``.
    """

    def __init__(self, length: int, seed: int) -> None:
        self._length = length
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng((self._seed, self._epoch)).permutation(self._length)
        return iter([(self._epoch, int(index)) for index in order])


class TrainingSamples(Dataset):
    """Random samples by (epoch, index): uint8 (H,W,3) RGB image, int64 (h,w) label."""

    def __init__(self, frames: LabelledFrames, augmentation: Augmentation, seed: int) -> None:
        self._frames = frames
        self._augmentation = augmentation
        self._seed = seed

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        epoch, index = key
        rng = np.random.default_rng((self._seed, epoch, index))
        image, label = self._frames.frame(index)
        return _tensors(*augment(image, label, self._frames.upscale, self._augmentation, rng))


class EvaluationSamples(Dataset):
    """Whole frames, enlarged as the data set says: uint8 (H,W,3) RGB, int64 (h,w) label."""

    def __init__(self, frames: LabelledFrames) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        factor = self._frames.upscale
        image, label = self._frames.frame(index)
        return _tensors(cv2.resize(image, None, fx=factor, fy=factor), label)


def _tensors(image: NDArray[np.uint8], label: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return torch.from_numpy(rgb), torch.from_numpy(label.astype(np.int64))
