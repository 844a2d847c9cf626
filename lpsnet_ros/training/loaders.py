"""The data loaders of a run, for Lightning's trainer."""

from __future__ import annotations

import cv2
import lightning
import torch
from torch.utils.data import DataLoader

from lpsnet_ros.training.balance import ClassBalance
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.recipe import Recipe
from lpsnet_ros.training.samples import (
    EpochSampler,
    EvaluationSampler,
    EvaluationSamples,
    TrainingSamples,
)


class SegmentationData(lightning.LightningDataModule):
    """Training and validation loaders; each of several processes gets its share.

    Args:
        training: frames to learn from.
        validation: frames to score; None for a trainer that does not validate.
        recipe: how samples are drawn.
        balance: of the frames to learn from.
        seed: of the samples and their order.
        workers: processes that prepare samples, for each loader.

    """

    def __init__(
        self,
        training: LabelledFrames,
        validation: LabelledFrames | None,
        recipe: Recipe,
        balance: ClassBalance,
        seed: int,
        workers: int,
    ) -> None:
        super().__init__()
        self._samples = TrainingSamples(training, recipe, balance, seed)
        self._validation = None if validation is None else EvaluationSamples(validation)
        self._batch_size = recipe.schedule.batch_size
        self._seed = seed
        self._common = {
            'num_workers': workers,
            'persistent_workers': workers > 0,
            'pin_memory': torch.cuda.is_available(),
            'worker_init_fn': _use_one_thread,
        }

    def train_dataloader(self) -> DataLoader:
        rank, processes = self.trainer.global_rank, self.trainer.world_size
        sampler = EpochSampler(len(self._samples), self._seed, rank, processes)
        return DataLoader(
            self._samples, self._batch_size, sampler=sampler, drop_last=True, **self._common
        )

    def val_dataloader(self) -> DataLoader:
        rank, processes = self.trainer.global_rank, self.trainer.world_size
        sampler = EvaluationSampler(len(self._validation), rank, processes)
        return DataLoader(self._validation, sampler=sampler, **self._common)


def _use_one_thread(worker: int) -> None:
    # Threads of several workers, and of the training beside them, would fight for the cores.
    cv2.setNumThreads(0)
