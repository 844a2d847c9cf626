"""``lpsnet evaluate``."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from math import isnan
from pathlib import Path

import click

from lpsnet_ros.cli.options import data_options, model_option, open_data, resolution_option


@click.command(short_help='Score a model on labelled frames.')
@model_option
@data_options
@click.option(
    '--split',
    'splits',
    multiple=True,
    default=('val',),
    show_default=True,
    help='Split to score on; may be given several times.',
)
@click.option(
    '--drive',
    'drives',
    multiple=True,
    help='Only frames whose names start so; may be given several times.',
)
@resolution_option
@click.option(
    '--record',
    metavar='NAME',
    help="Write the mIoU under this name into the checkpoint's metadata.",
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON instead of a table.')
def evaluate(
    model: str,
    data: Path,
    dataset: str,
    splits: tuple[str, ...],
    drives: tuple[str, ...],
    resolution: float | None,
    record: str | None,
    as_json: bool,
) -> None:
    """Segment every frame with the real engine and print mean and per-class IoU."""
    from lpsnet_ros.engine.zoo import find_checkpoint
    from lpsnet_ros.network import load_checkpoint
    from lpsnet_ros.network.checkpoint import update_info
    from lpsnet_ros.training.evaluate import evaluate as score_frames

    frames = open_data(dataset, data, splits)
    if drives:
        frames = frames.split_by_drive(drives)[1]
    path = find_checkpoint(model)
    network = load_checkpoint(path)
    score = score_frames(network, frames, resolution)
    if record:
        metrics = {**network.info.metrics, record: score.miou}
        update_info(path, replace(network.info, metrics=metrics))
    if as_json:
        absent = {name: None for name, iou in score.per_class.items() if isnan(iou)}
        per_class = {**score.per_class, **absent}
        click.echo(json.dumps({**asdict(score), 'per_class': per_class}, indent=2))
        return
    for name, iou in score.per_class.items():
        click.echo(f'{name:<14} {100 * iou:6.2f}')
    click.echo(f'{"mIoU":<14} {100 * score.miou:6.2f}   ({score.frames} frames)')
