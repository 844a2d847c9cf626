"""``lpsnet train``."""

from __future__ import annotations

from pathlib import Path

import click

from lpsnet_ros.cli.options import data_options, open_data
from lpsnet_ros.network import SCALES, LPSNet, NetworkInfo, load_checkpoint


@click.command(short_help='Train a network on labelled frames.')
@data_options
@click.option(
    '--split',
    'splits',
    multiple=True,
    default=('train',),
    show_default=True,
    help='Split to train on; may be given several times.',
)
@click.option(
    '--holdout',
    multiple=True,
    metavar='DRIVE',
    help='Keep the frames whose names start so out of training and validate on them.',
)
@click.option('--scale', type=click.Choice(list(SCALES)), help='Network to train, s by default.')
@click.option(
    '--weights',
    type=click.Path(exists=True, path_type=Path),
    help='Start from this checkpoint instead of random weights.',
)
@click.option(
    '--output',
    type=click.Path(path_type=Path),
    required=True,
    help='Folder of the run. A run that was stopped there is resumed.',
)
@click.option(
    '--epochs',
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help='Passes over the frames.',
)
@click.option(
    '--batch-size',
    type=click.IntRange(2),
    default=8,
    show_default=True,
    help='Samples a step.',
)
@click.option(
    '--learning-rate',
    type=click.FloatRange(0, min_open=True),
    default=3e-3,
    show_default=True,
    help='Peak of the one-cycle schedule.',
)
@click.option(
    '--crop',
    type=click.IntRange(32),
    nargs=2,
    default=(480, 640),
    show_default=True,
    metavar='HEIGHT WIDTH',
)
@click.option(
    '--seed',
    type=int,
    default=0,
    show_default=True,
    help='Of the first weights and of all samples.',
)
@click.option(
    '--workers',
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help='Processes that prepare samples.',
)
@click.option(
    '--validate-every',
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help='Epochs between two validations.',
)
def train(
    data: Path,
    dataset: str,
    splits: tuple[str, ...],
    holdout: tuple[str, ...],
    scale: str | None,
    weights: Path | None,
    output: Path,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    crop: tuple[int, int],
    seed: int,
    workers: int,
    validate_every: int,
) -> None:
    """Train a network and write it to OUTPUT/network.safetensors.

    Interrupt it as you like: the same command goes on after the last finished epoch.
    """
    import torch

    from lpsnet_ros.training.augment import Augmentation
    from lpsnet_ros.training.task import Schedule
    from lpsnet_ros.training.train import train as run_training

    frames = open_data(dataset, data, splits)
    frames, held_out = frames.split_by_drive(holdout) if holdout else (frames, None)
    if not frames:
        raise ValueError('every frame is held out: nothing is left to train on')
    torch.manual_seed(seed)
    if weights is not None and scale is not None:
        raise click.UsageError('--weights brings its own network: leave --scale out')
    if weights is not None:
        network = load_checkpoint(weights)
        if network.is_folded:
            raise ValueError(
                f'{weights} is folded, it has no batch normalisation left to train: '
                'give the network.safetensors of its run'
            )
        if network.num_classes != len(frames.classes):
            raise ValueError(
                f'{weights} has {network.num_classes} classes, {frames.name} has '
                f'{len(frames.classes)}: start from weights of the same classes, or from none'
            )
    else:
        network = LPSNet.from_scale(scale or 's', num_classes=len(frames.classes), identity=True)
    network.info = NetworkInfo(
        frames.classes,
        training_size=frames.network_input_size,
        dataset=frames.name,
        licence=frames.licence,
    )
    result = run_training(
        network,
        frames,
        held_out,
        output,
        Schedule(epochs, batch_size, learning_rate),
        Augmentation(crop),
        seed=seed,
        workers=workers,
        validate_every=validate_every,
    )
    click.echo(f'trained on {len(frames)} frames: {result}')
