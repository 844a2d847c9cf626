"""``lpsnet data check``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lpsnet_ros.cli.options import data_options

if TYPE_CHECKING:
    from lpsnet_ros.training.datasets.check import DataReport

DRIVES_SHOWN = 30


@click.group(short_help='Check the frames and labels of a data set.')
def data() -> None:
    """Look after data sets of labelled frames."""


@data.command(short_help='Read every frame; report all faults.')
@data_options
@click.option(
    '--split',
    'splits',
    multiple=True,
    help='Split to read; may be given several times. All by default.',
)
@click.option(
    '--threads', type=click.IntRange(1), help='Frames read at a time; one a processor by default.'
)
@click.option('--json', 'as_json', is_flag=True, help='Print JSON instead.')
def check(
    data: Path, dataset: str, splits: tuple[str, ...], threads: int | None, as_json: bool
) -> None:
    """Read every frame and label; print what the data set holds and everything wrong with it.

    Exits with 0 only if nothing is wrong.
    """
    from lpsnet_ros.training.datasets import recognise
    from lpsnet_ros.training.datasets.check import check_dataset

    report = check_dataset(recognise(dataset, data), data, splits, threads)
    if as_json:
        click.echo(json.dumps(_plain(report), indent=2))
    else:
        _print(report)
    if report.faults:
        raise click.ClickException(f'faults: {len(report.faults)}, see above')


def _plain(report: DataReport) -> dict[str, Any]:
    return {**asdict(report), 'absent': report.absent, 'warnings': report.warnings}


def _print(report: DataReport) -> None:
    click.echo(report.layout)
    click.echo(f'licence: {report.licence or "not said"}')
    for split, drives in report.frames.items():
        click.echo(f'{split}: {sum(drives.values())} frames{_drives(drives)}')
    click.echo('sizes: ' + ', '.join(f'{size} ({n})' for size, n in report.sizes.items()))
    click.echo('share of the pixels with a class, %')
    for name, share in report.shares.items():
        click.echo(f'  {name:<14} {100 * share:6.2f}')
    click.echo(f'void: {100 * report.void:.2f} % of all pixels')
    if report.absent:
        click.echo(f'never labelled: {", ".join(report.absent)}')
    for warning in report.warnings:
        click.echo(f'WARNING: {warning}')
    for fault in report.faults:
        click.echo(f'FAULT {fault}')


def _drives(drives: Mapping[str, int]) -> str:
    # Names without a common prefix tell no drives apart: each frame would be its own.
    if not 0 < len(drives) <= DRIVES_SHOWN or len(drives) == sum(drives.values()):
        return ''
    return ': ' + ', '.join(f'{name} {count}' for name, count in sorted(drives.items()))
