"""A training run in a folder: log, checkpoints, and the finished network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import DataLoader

from lpsnet_ros.network import LPSNet, save_checkpoint
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.dataset import LabelledFrames
from lpsnet_ros.training.loss import class_weights
from lpsnet_ros.training.samples import EpochSampler, EvaluationSamples, TrainingSamples
from lpsnet_ros.training.task import Schedule, SegmentationTask

RESUME_FILE = 'last.ckpt'
RESULT_FILE = 'network.safetensors'
DEPLOYED_FILE = 'deployed.safetensors'


def train(
    network: LPSNet,
    training: LabelledFrames,
    validation: LabelledFrames | None,
    output: Path,
    schedule: Schedule,
    augmentation: Augmentation,
    *,
    seed: int = 0,
    workers: int = 1,
    validate_every: int = 10,
) -> Path:
    """Train, or go on where a run that was stopped in this folder left off.

    Args:
        network: carries its ``info``; its weights are the start.
        training: frames to learn from.
        validation: frames to score now and then; None for no scoring.
        output: the run's folder: metrics.csv; last.ckpt, after every epoch; and when finished
            network.safetensors in training form and deployed.safetensors, folded, in fp16.
        schedule: optimisation.
        augmentation: ranges of the random samples.
        seed: of the samples and their order.
        workers: processes that prepare samples.
        validate_every: epochs between two validations.

    Returns:
        The path of the deployed network.

    """
    lightning.seed_everything(seed, verbose=False)
    trainer = lightning.Trainer(
        default_root_dir=output,
        max_epochs=schedule.epochs,
        logger=CSVLogger(output, name='', version=''),
        callbacks=[
            TQDMProgressBar(),
            ModelCheckpoint(
                output,
                Path(RESUME_FILE).stem,
                save_on_train_epoch_end=True,
                enable_version_counter=False,
            ),
        ],
        gradient_clip_val=5.0,
        log_every_n_steps=10,
        check_val_every_n_epoch=validate_every,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
    loader = DataLoader(
        TrainingSamples(training, augmentation, seed),
        schedule.batch_size,
        sampler=EpochSampler(len(training), seed),
        drop_last=True,
        num_workers=workers,
    )
    validation_loader = None
    if validation is not None:
        validation_loader = DataLoader(EvaluationSamples(validation), num_workers=workers)
    resume = output / RESUME_FILE
    trainer.fit(
        SegmentationTask(network, class_weights(training), schedule),
        loader,
        validation_loader,
        ckpt_path=resume if resume.is_file() else None,
        weights_only=True,
    )
    metrics = {name: float(v) for name, v in trainer.callback_metrics.items() if 'iou' in name}
    network.info = replace(network.info, metrics=metrics)
    save_checkpoint(network, output / RESULT_FILE)
    return save_checkpoint(network.folded(), output / DEPLOYED_FILE, torch.float16)
