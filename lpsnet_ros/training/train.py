"""A training run in a folder: log, checkpoints, and the finished network."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import lightning
import torch
from lightning.pytorch.utilities import rank_zero_only

from lpsnet_ros.network import LPSNet, save_checkpoint
from lpsnet_ros.training.balance import ClassBalance, count_pixels, require_labels
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.description import describe_run
from lpsnet_ros.training.determinism import restored_determinism
from lpsnet_ros.training.distillation import Teacher
from lpsnet_ros.training.loaders import SegmentationData
from lpsnet_ros.training.loss import class_weights
from lpsnet_ros.training.optimisation import make_averaging
from lpsnet_ros.training.recipe import Recipe
from lpsnet_ros.training.resume import RESUME_FILE, check_resumable
from lpsnet_ros.training.task import SegmentationTask
from lpsnet_ros.training.trainer import (
    Hardware,
    explained_errors,
    make_trainer,
    quiet_lightning,
    recording,
)

RESULT_FILE = 'network.safetensors'
DEPLOYED_FILE = 'deployed.safetensors'


class DivergedError(ValueError):
    """The trained weights are not finite."""


def train(
    network: LPSNet,
    training: LabelledFrames,
    validation: LabelledFrames | None,
    output: Path,
    recipe: Recipe,
    *,
    seed: int = 0,
    workers: int = 1,
    validate_every: int = 10,
    origin: str | None = None,
    teacher: LPSNet | None = None,
    hardware: Hardware | None = None,
    progress: bool = True,
) -> Path:
    """Train, or go on where a run that was stopped in this folder left off.

    Args:
        network: in training form, carries its ``info``; its weights are the start.
        training: frames to learn from.
        validation: frames to score now and then; None for no scoring.
        output: the run's folder: log/version_N, one for each start of the run, with metrics.csv,
            hparams.yaml and, where tensorboard is installed, its events; last.ckpt, after every
            epoch; and when finished network.safetensors in training form and
            deployed.safetensors, folded, in fp16.
        recipe: loss, optimisation and samples.
        seed: of the samples and their order.
        workers: processes that prepare samples, on each device.
        validate_every: epochs between two validations.
        origin: tells the weights that the network begins with from others; None for random ones.
        teacher: a network of the same classes to imitate beside the labels.
        hardware: devices and precision; one device in float32 where not given.
        progress: show a progress bar.

    Returns:
        The path of the deployed network.

    Raises:
        ValueError: the network is folded, the frames are fewer than a batch, the teacher has
            other classes, the devices are not there or too small, or the folder holds another
            run.
        DivergedError: the weights are no longer finite.
        DatasetError: a frame can't be read, or nothing is labelled to learn or to score.

    """
    hardware = hardware or Hardware()
    steps = steps_an_epoch(training, recipe, hardware)
    if validation is not None:
        require_labels(validation)
    if network.is_folded:
        raise ValueError(
            'the network is folded: only its training form can be trained '
            '(lpsnet_ros.training.unfold makes one)'
        )
    lightning.seed_everything(seed, verbose=False)
    network.train()  # Lightning keeps the mode it finds, and a loaded checkpoint is in eval mode.
    task, balance = prepare(network, training, recipe, teacher, workers, progress)
    task.save_hyperparameters(
        describe_run(network, training, validation, recipe, seed, origin, teacher, hardware)
    )
    data = SegmentationData(training, validation, recipe, balance, seed, workers)
    averaging = make_averaging(recipe.schedule.ema) if recipe.schedule.ema else None
    with quiet_lightning(), restored_determinism(), explained_errors():
        trainer = make_trainer(
            recipe,
            hardware,
            progress=progress,
            check_val_every_n_epoch=validate_every,
            limit_val_batches=0 if validation is None else None,
            **recording(output, steps, [averaging] if averaging else [], progress),
        )
        _fit(trainer, task, data, output / RESUME_FILE)
        if averaging:
            # Lightning leaves this out where the run had finished before.
            averaging.on_train_end(trainer, task)
        _check_finite(network, output)
        if validation is not None:
            network.info = replace(network.info, metrics=_scores(trainer, task, data))
    if trainer.is_global_zero:
        save_checkpoint(network, output / RESULT_FILE)
        save_checkpoint(network.folded(), output / DEPLOYED_FILE, torch.float16)
    return output / DEPLOYED_FILE


def prepare(
    network: LPSNet,
    training: LabelledFrames,
    recipe: Recipe,
    teacher: LPSNet | None,
    workers: int,
    progress: bool,
) -> tuple[SegmentationTask, ClassBalance]:
    """Look through the labels and build what is trained, and how its samples are drawn.

    Raises:
        ValueError: the teacher has other classes, or there is no rare class to paste.
        DatasetError: a label can't be read, or all of them are void.

    """
    imitated = None if teacher is None else Teacher(teacher, training.classes)
    pixels = count_pixels(training, workers, progress and rank_zero_only.rank == 0)
    weights = torch.ones(len(training.classes))
    if recipe.objective.class_weights:
        weights = class_weights(pixels)
    balance = ClassBalance(pixels)
    if recipe.augmentation.copy_paste and not balance.rare.size:
        raise ValueError(
            f'no class of {training.name} is rare (less than half of an even share of the '
            'pixels), there is nothing to paste: leave copy_paste at 0'
        )
    return SegmentationTask(network, weights, recipe, imitated), balance


def steps_an_epoch(training: LabelledFrames, recipe: Recipe, hardware: Hardware) -> int:
    """Return how many batches each device gets of the frames.

    Raises:
        ValueError: the frames are fewer than a batch for each device.

    """
    batch = recipe.schedule.batch_size
    steps = len(training) // hardware.devices // batch
    if not steps:
        several = f' on each of {hardware.devices} devices' if hardware.devices > 1 else ''
        raise ValueError(
            f'{len(training)} frames to train on are less than a batch of {batch}{several}: '
            'hold fewer out, or choose a smaller batch'
        )
    return steps


def _fit(
    trainer: lightning.Trainer, task: SegmentationTask, data: SegmentationData, resume: Path
) -> None:
    ckpt_path = resume if resume.is_file() else None
    if ckpt_path:
        check_resumable(ckpt_path, task.hparams)
    trainer.fit(task, datamodule=data, ckpt_path=ckpt_path, weights_only=True)


def _check_finite(network: LPSNet, output: Path) -> None:
    if not all(tensor.isfinite().all() for tensor in network.state_dict().values()):
        raise DivergedError(
            f'the training in {output} diverged, its weights are no longer finite: start it with '
            'a lower --learning-rate in another --output'
        )


def _scores(
    trainer: lightning.Trainer, task: SegmentationTask, data: SegmentationData
) -> dict[str, float]:
    trainer.validate(task, datamodule=data, verbose=False)
    metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
    # Of a class that does not occur nothing is known, and JSON has no word for that.
    return {n: value for n, value in metrics.items() if 'iou' in n and not math.isnan(value)}
