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
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames
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
        output: the run's folder: log/version_N/metrics.csv, one for each start of the run;
            last.ckpt, after every epoch; and when finished
            network.safetensors in training form and deployed.safetensors, folded, in fp16.
        schedule: optimisation.
        augmentation: ranges of the random samples.
        seed: of the samples and their order.
        workers: processes that prepare samples.
        validate_every: epochs between two validations.

    Returns:
        The path of the deployed network.

    Raises:
        ValueError: the frames are fewer than a batch, or the folder holds a run of another
            network or schedule.
        DatasetError: a frame can't be read.

    """
    if len(training) < schedule.batch_size:
        raise ValueError(
            f'{len(training)} frames to train on are less than a batch of {schedule.batch_size}: '
            'hold fewer out, or choose a smaller batch'
        )
    lightning.seed_everything(seed, verbose=False)
    network.train()  # Lightning keeps the mode it finds, and a loaded checkpoint is in eval mode.
    trainer = lightning.Trainer(
        default_root_dir=output,
        max_epochs=schedule.epochs,
        logger=CSVLogger(output, name='log'),
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
    task = SegmentationTask(network, class_weights(training), schedule)
    resume = output / RESUME_FILE if (output / RESUME_FILE).is_file() else None
    if resume:
        check_resumable(resume, task, len(loader) * schedule.epochs)
    try:
        trainer.fit(task, loader, validation_loader, ckpt_path=resume, weights_only=True)
    except DatasetError as error:
        # A worker of the data loader puts its traceback before the message.
        raise DatasetError(str(error).strip().rpartition('DatasetError: ')[2]) from None
    if validation_loader is not None:
        trainer.validate(task, validation_loader, verbose=False)
        scores = trainer.callback_metrics.items()
        network.info = replace(
            network.info, metrics={k: float(v) for k, v in scores if 'iou' in k}
        )
    save_checkpoint(network, output / RESULT_FILE)
    return save_checkpoint(network.folded(), output / DEPLOYED_FILE, torch.float16)


def check_resumable(resume: Path, task: SegmentationTask, steps: int) -> None:
    """Refuse a checkpoint of a run that was not this one.

    Args:
        resume: the file that the run left.
        task: the network that is to go on.
        steps: of the whole schedule.

    Raises:
        ValueError: it is of another network or schedule; says what to do.

    """
    try:
        state = torch.load(resume, map_location='cpu', weights_only=True)
    except Exception as error:  # On a truncated file torch.load raises nearly anything.
        raise ValueError(f'{resume} is damaged: delete it to start the run over') from error
    there = {name: tensor.shape for name, tensor in state['state_dict'].items()}
    if there != {name: tensor.shape for name, tensor in task.state_dict().items()}:
        raise ValueError(f'{resume} is of another network: give another output folder')
    steps_there = state['lr_schedulers'][0]['total_steps']
    if steps_there != steps:
        raise ValueError(
            f'{resume} is of a run of {steps_there} steps, this one would have {steps}: repeat '
            f'the command that began it, or start from {RESULT_FILE} in another folder'
        )
