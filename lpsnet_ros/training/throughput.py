"""Whether the loader keeps up: the time of a step with it, and on one batch repeated."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback
from torch.utils.data import DataLoader, default_collate

from lpsnet_ros.network import LPSNet
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.determinism import restored_determinism
from lpsnet_ros.training.loaders import SegmentationData
from lpsnet_ros.training.recipe import Recipe, overridden
from lpsnet_ros.training.samples import TrainingSamples
from lpsnet_ros.training.task import SegmentationTask
from lpsnet_ros.training.train import prepare, steps_an_epoch
from lpsnet_ros.training.trainer import (
    Hardware,
    explained_errors,
    make_trainer,
    quiet_lightning,
)

WARM_UP_STEPS = 3
ROUNDS = 2
KEEPS_UP = 1.1
"""The loader keeps up while a step takes at most this times as long with it."""


@dataclass(frozen=True)
class Throughput:
    """Mean time of a training step in seconds, of the less disturbed of two rounds.

    Args:
        with_loader: with samples from the data loader.
        one_batch: with the same batch again and again.

    """

    with_loader: float
    one_batch: float

    @property
    def ratio(self) -> float:
        return self.with_loader / self.one_batch

    @property
    def loader_keeps_up(self) -> bool:
        return self.ratio <= KEEPS_UP


def measure_throughput(
    network: LPSNet,
    training: LabelledFrames,
    recipe: Recipe,
    *,
    steps: int = 15,
    seed: int = 0,
    workers: int = 1,
    teacher: LPSNet | None = None,
    hardware: Hardware | None = None,
) -> Throughput:
    """Time training steps of a copy of the network.

    The two are timed in turns, so that other load on the machine falls on both.

    Args:
        steps: timed in each turn; all others as for ``train``.

    Raises:
        ValueError, DatasetError: as ``train``.

    """
    hardware = hardware or Hardware()
    steps_an_epoch(training, recipe, hardware)
    pupil = copy.deepcopy(network).train()
    task, balance = prepare(pupil, training, recipe, teacher, workers, True)
    samples = TrainingSamples(training, recipe, balance, seed)
    batch = default_collate([samples[0, index] for index in range(recipe.schedule.batch_size)])
    repeated = DataLoader([batch] * (WARM_UP_STEPS + steps), batch_size=None)
    data = SegmentationData(training, None, recipe, balance, seed, workers)
    run = overridden(recipe, epochs=WARM_UP_STEPS + steps), hardware, steps, task
    turns = [
        (_seconds_a_step(*run, datamodule=data), _seconds_a_step(*run, train_dataloaders=repeated))
        for _ in range(ROUNDS)
    ]
    with_loader, one_batch = map(min, zip(*turns))
    return Throughput(with_loader, one_batch)


def _seconds_a_step(
    recipe: Recipe, hardware: Hardware, steps: int, task: SegmentationTask, **source: Any
) -> float:
    clock = _Clock()
    with quiet_lightning(), restored_determinism(), explained_errors():
        trainer = make_trainer(
            recipe,
            hardware,
            progress=False,
            max_steps=WARM_UP_STEPS + steps,
            limit_val_batches=0,
            logger=False,
            enable_checkpointing=False,
            callbacks=[clock],
        )
        trainer.fit(task, **source)
    return (clock.ends[-1] - clock.ends[WARM_UP_STEPS - 1]) / steps


class _Clock(Callback):
    """Notes when each step ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.perf_counter())
