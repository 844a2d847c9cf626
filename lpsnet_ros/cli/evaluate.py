"""``lpsnet evaluate``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from lpsnet_ros.cli.options import (
    FOLDER,
    CommaList,
    backend_option,
    cache_dir_option,
    data_options,
    model_option,
    open_data,
    precision_option,
    resolution_option,
    split_option,
)
from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.network import NetworkInfo


@click.command(short_help='Score a model on labelled frames.')
@model_option
@data_options
@split_option('Split to score on', 'val')
@click.option(
    '--drive',
    'drives',
    multiple=True,
    help='Only frames whose names start so; may be given several times.',
)
@resolution_option
@backend_option
@precision_option
@cache_dir_option
@click.option(
    '--scales',
    type=CommaList(click.FloatRange(0, 4, min_open=True)),
    help='Average the probabilities over these factors of the size, like 0.75,1,1.25.',
)
@click.option('--flip', is_flag=True, help='Average them over mirror images, too.')
@click.option(
    '--worst',
    type=click.IntRange(1),
    metavar='N',
    help='Draw the N frames of lowest mIoU into --output.',
)
@click.option('--output', type=FOLDER, help='Folder for the pictures.')
@click.option(
    '--record',
    metavar='NAME',
    help="Write the mIoU under this name into the checkpoint's metadata, and everything into "
    'results/MODEL/NAME.json beside it.',
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON instead of a table.')
def evaluate(
    model: str,
    data: Path,
    dataset: str,
    splits: tuple[str, ...],
    drives: tuple[str, ...],
    resolution: float | None,
    backend: str,
    precision: str,
    cache_dir: Path | None,
    scales: tuple[float, ...] | None,
    flip: bool,
    worst: int | None,
    output: Path | None,
    record: str | None,
    as_json: bool,
) -> None:
    """Segment every frame with the real engine and print mean and per-class IoU.

    With --scales or --flip the network runs in plain torch instead, since engines give masks
    only: these are the "ms+flip" scores of papers, not those of the node.
    """
    from lpsnet_ros.engine.benchmark.machine import describe_machine, describe_versions
    from lpsnet_ros.engine.fingerprint import weights_digest
    from lpsnet_ros.engine.zoo import find_checkpoint
    from lpsnet_ros.engine.zoo.results import evaluation_file, write_result
    from lpsnet_ros.network import load_checkpoint
    from lpsnet_ros.training import score_report
    from lpsnet_ros.training.evaluate import score_masks
    from lpsnet_ros.training.segmenters import Averages, Engines
    from lpsnet_ros.training.worst_frames import draw_worst

    averaged = flip or scales is not None
    if averaged and (backend, precision) != (AUTO, AUTO):
        raise click.UsageError(
            '--flip and --scales run plain torch in fp32: leave --backend and --precision out'
        )
    if bool(worst) != bool(output):
        raise click.UsageError('--worst N and --output DIR go together')
    machine = describe_machine()
    path = find_checkpoint(model)
    kept_in = evaluation_file(path, record) if record else None
    frames = open_data(dataset, data, splits)
    if drives:
        frames = frames.split_by_drive(drives)[1]
    network = load_checkpoint(path)
    common = {'resolution': resolution, 'model': path.stem}
    if averaged:
        segmenters = Averages(network, scales or (1.0,), flip, **common)
    else:
        kind = {'backend': backend, 'precision': precision, 'cache_dir': cache_dir}
        segmenters = Engines(network, **common, **kind)
    score = score_masks(segmenters, frames)
    context = {
        'model': {'name': path.stem, 'weights': weights_digest(network.folded())},
        'data': {'name': frames.name, 'splits': splits, 'drives': drives},
        'machine': machine,
        'versions': describe_versions(),
    }
    result = score_report.as_dict(score, context)
    if kept_in:
        _record(path, network.info, record, score.miou)
        write_result(kept_in, result)
    click.echo(json.dumps(result, indent=1) if as_json else score_report.as_table(score, context))
    if worst:
        for picture in draw_worst(segmenters, frames, score, worst, output):
            click.echo(f'wrote {picture}', err=True)


def _record(checkpoint: Path, info: NetworkInfo, name: str, miou: float) -> None:
    from lpsnet_ros.network.checkpoint import update_info

    metrics = {**info.metrics, name: miou}
    # The file is large and under version control: the same score again shall not change it.
    if metrics != info.metrics:
        update_info(checkpoint, replace(info, metrics=metrics))
