"""Lightning's trainer as this package uses it, and the devices that it runs on."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from lightning.pytorch.utilities.exceptions import MisconfigurationException

from lpsnet_ros.training.datasets import DatasetError
from lpsnet_ros.training.recipe import STRATEGIES, Recipe
from lpsnet_ros.training.resume import RESUME_FILE, AtomicCheckpoints

LOG_FOLDER = 'log'
LOG_EVERY = 10


@dataclass(frozen=True)
class Hardware:
    """What a run computes on and in.

    Args:
        devices: how many GPUs, or processes where there is no GPU.
        strategy: how they share the work, one of ``STRATEGIES``; ``auto`` is DDP for several.
        precision: ``32``, ``16-mixed`` or ``bf16-mixed``, as Lightning calls them.

    """

    devices: int = 1
    strategy: str = STRATEGIES[0]
    precision: str = '32'

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise ValueError(
                f'strategy must be one of {", ".join(STRATEGIES)}; got {self.strategy!r}'
            )


def make_trainer(
    recipe: Recipe, hardware: Hardware, *, progress: bool, **options: Any
) -> lightning.Trainer:
    """Build a trainer; options as for Lightning's.

    Raises:
        ValueError: the devices, the strategy or the precision are not to be had here.

    """
    try:
        return lightning.Trainer(
            devices=hardware.devices,
            strategy=hardware.strategy,
            precision=hardware.precision,
            max_epochs=recipe.schedule.epochs,
            gradient_clip_val=recipe.schedule.clip or None,
            # Where an operation has no deterministic form on a GPU, torch warns. On a CPU all are
            # deterministic, and asking for it costs time.
            deterministic='warn' if torch.cuda.is_available() else False,
            # The loaders give each process its share.
            use_distributed_sampler=False,
            num_sanity_val_steps=0,
            enable_model_summary=False,
            enable_progress_bar=progress,
            **options,
        )
    except MisconfigurationException as error:
        raise ValueError(f'{hardware} is not possible on this machine: {error}') from error


def recording(
    output: Path, steps_an_epoch: int, callbacks: Sequence[Callback], progress: bool
) -> dict[str, Any]:
    """Return the options of a trainer that leaves its log and its state in a folder."""
    checkpoints = ModelCheckpoint(
        output,
        Path(RESUME_FILE).stem,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    bars = [TQDMProgressBar()] if progress else []
    return {
        'default_root_dir': output,
        'logger': _loggers(output),
        'log_every_n_steps': min(LOG_EVERY, steps_an_epoch),
        'callbacks': [*bars, *callbacks, checkpoints],
        'plugins': [AtomicCheckpoints()],
    }


def _loggers(output: Path) -> list[Logger]:
    table = CSVLogger(output, LOG_FOLDER)
    if find_spec('tensorboard') is None:
        return [table]
    return [table, TensorBoardLogger(output, LOG_FOLDER, version=table.version)]


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keep Lightning's advertisements and notes on what is meant to be so off the terminal."""
    log = logging.getLogger('lightning.pytorch')
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', 'Checkpoint directory .* exists and is not empty')
            warnings.filterwarnings('ignore', r'.*isinstance\(treespec, LeafSpec\)')
            warnings.filterwarnings('ignore', 'The .* does not have many workers')
            warnings.filterwarnings('ignore', 'You defined a `validation_step` but have no')
            yield
    finally:
        log.setLevel(level)


@contextmanager
def explained_errors() -> Iterator[None]:
    """Say in one line what went wrong in a trainer, and the fix.

    Raises:
        DatasetError: a frame can't be read.
        ValueError: the GPU has too little memory.

    """
    try:
        yield
    except DatasetError as error:
        # A worker of the data loader puts its traceback before the message.
        raise DatasetError(str(error).strip().rpartition('DatasetError: ')[2]) from None
    except torch.OutOfMemoryError as error:
        raise ValueError(
            'the GPU has too little memory for this training: give a smaller --batch-size or '
            '--crop, or --precision 16-mixed (lpsnet expand: --training-precision), in another '
            '--output'
        ) from error
