"""``lpsnet train``."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lpsnet_ros.cli.options import data_options, open_data, split_option
from lpsnet_ros.cli.train_options import (
    hardware_options,
    network_options,
    recipe_options,
    require_teacher,
    run_options,
)
from lpsnet_ros.network import SCALES
from lpsnet_ros.network.architecture import PATH_STRIDE
from lpsnet_ros.training.recipe import RECIPES, overridden

if TYPE_CHECKING:
    from lpsnet_ros.training.throughput import Throughput


@click.command(short_help='Train a network on labelled frames.')
@data_options
@split_option('Split to train on', 'train')
@click.option(
    '--holdout',
    multiple=True,
    metavar='DRIVE',
    help='Keep the frames whose names start so out of training and validate on them.',
)
@network_options
@run_options
@recipe_options
@hardware_options
def train(
    data: Path,
    dataset: str,
    splits: tuple[str, ...],
    holdout: tuple[str, ...],
    model: str | None,
    depth: tuple[int, ...] | None,
    width: tuple[int, ...] | None,
    resolution: tuple[float, ...] | None,
    identity: bool | None,
    aligned: bool | None,
    output_stride: int | None,
    weights: str | None,
    teacher: str | None,
    output: Path | None,
    seed: int,
    workers: int,
    validate_every: int,
    profile: bool,
    recipe: str,
    devices: int,
    strategy: str,
    precision: str,
    **values: Any,
) -> None:
    """Train a network and write it to OUTPUT/network.safetensors.

    Interrupt it as you like: the same command goes on after the last finished epoch.
    """
    import torch
    from lightning.pytorch.utilities import rank_zero_only

    from lpsnet_ros.engine.zoo import find_checkpoint
    from lpsnet_ros.network import load_checkpoint
    from lpsnet_ros.training.datasets.check import differing_heights
    from lpsnet_ros.training.starting_network import (
        find_architecture,
        find_weights,
        new_network,
        trained_network,
    )
    from lpsnet_ros.training.throughput import measure_throughput
    from lpsnet_ros.training.train import train as run_training
    from lpsnet_ros.training.trainer import Hardware

    if output is None and not profile:
        raise click.UsageError('--output is missing: name the folder of the run')
    require_teacher(teacher, values)
    if identity is not None and weights is not None:
        raise click.UsageError(
            '--identity and --no-identity are of a new network: --weights keep what they have'
        )
    say = rank_zero_only(click.echo)
    frames = open_data(dataset, data, splits)
    frames, held_out = frames.split_by_drive(holdout) if holdout else (frames, None)
    if not frames:
        raise ValueError('every frame is held out: nothing is left to train on')
    warning = differing_heights(frames.heights)
    if warning:
        say(f'WARNING: {warning}', err=True)
    architecture = find_architecture(model, depth, width, resolution)
    torch.manual_seed(seed)
    if weights is None:
        wanted = replace(
            architecture or SCALES['s'],
            aligned=aligned is not False,
            output_stride=output_stride or PATH_STRIDE,
        )
        network = new_network(frames, wanted, identity=identity is not False)
    else:
        start = find_weights(weights)
        network, heads = trained_network(
            frames, start, architecture, aligned, output_stride, seed=seed
        )
        say(
            f'{start} goes on as {network.architecture.name}: all but the outputs kept; '
            f'outputs kept: {_listed(heads.kept)}; new: {_listed(heads.new)}'
        )
    ingredients = overridden(RECIPES[recipe], **values)
    common = {
        'seed': seed,
        'workers': workers,
        'teacher': None if teacher is None else load_checkpoint(find_checkpoint(teacher)),
        'hardware': Hardware(devices, strategy, precision),
    }
    if profile:
        say(_profile_text(measure_throughput(network, frames, ingredients, **common)))
        return
    result = run_training(
        network,
        frames,
        held_out,
        output,
        ingredients,
        validate_every=validate_every,
        origin=None if weights is None else _origin(start),
        **common,
    )
    say(f'trained on {len(frames)} frames: {result}')


def _origin(start: Path) -> str:
    return f'{start.name} ({hashlib.sha256(start.read_bytes()).hexdigest()[:8]})'


def _listed(names: list[str]) -> str:
    return ', '.join(names) or 'none'


def _profile_text(throughput: Throughput) -> str:
    milliseconds = 1000 * throughput.with_loader, 1000 * throughput.one_batch
    verdict = 'the loader keeps up'
    if not throughput.loader_keeps_up:
        verdict = 'the loader is the bottleneck: give it more --workers'
    return '{:.0f} ms a step with the loader, {:.0f} ms on one batch repeated: {:.2f}x; {}'.format(
        *milliseconds, throughput.ratio, verdict
    )
