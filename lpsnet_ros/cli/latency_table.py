"""``lpsnet latency-table``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lpsnet_ros.cli.options import FILE, FRAME_SIZE, RESOLUTION, source_option
from lpsnet_ros.training.expansion.latency import ROUNDS
from lpsnet_ros.training.expansion.neighbourhood import REPEATS

if TYPE_CHECKING:
    from lpsnet_ros.network import Architecture
    from lpsnet_ros.training.expansion.latency import Device
    from lpsnet_ros.training.expansion.latency_table import LatencyTable

DEVICE_OPTIONS = {
    'size': '--size',
    'num_classes': '--classes',
    'resolution': '--resolution',
    'backend': '--backend',
    'precision': '--precision',
}


@click.command('latency-table', short_help='Measure latencies for an expansion elsewhere.')
@click.argument('table', type=FILE)
@click.option(
    '--around',
    default='tiny',
    show_default=True,
    metavar='ARCHITECTURE',
    help='A scale, or dimensions like d1-1-1-1-1_w4-8-16-32-32_r0.5: this one, and ...',
)
@click.option(
    '--repeats',
    type=click.IntRange(0),
    default=REPEATS,
    show_default=True,
    help='... what each of the ten moves, made up to so often, makes of it; and ...',
)
@click.option(
    '--sample',
    'samples',
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help='... so many that up to 15 random moves make of it, to estimate others from.',
)
@click.option(
    '--architecture',
    'others',
    multiple=True,
    metavar='ARCHITECTURE',
    help='A further one; may be given several times.',
)
@click.option('--size', type=FRAME_SIZE, help='Frame size. A new table needs it.')
@click.option('--resolution', type=RESOLUTION, help='Ratio of the frame that the network sees, 1.')
@click.option('--classes', 'num_classes', type=click.IntRange(2, 255), help='Of the networks, 19.')
@click.option('--backend', help="The engine's; by default the best that works here.")
@click.option('--precision', help='What it computes in; by default what is best for it.')
@click.option('--rounds', type=click.IntRange(1), default=ROUNDS, show_default=True)
@source_option
@click.option('--list', 'only_list', is_flag=True, help='Print what is missing, measure nothing.')
def latency_table(
    table: Path,
    around: str,
    repeats: int,
    samples: int,
    others: tuple[str, ...],
    rounds: int,
    source: str,
    only_list: bool,
    **device_options: Any,
) -> None:
    """Measure on this device what "lpsnet expand --latency-table TABLE" elsewhere asks for.

    Networks have random weights, and are timed in turn with the first one of the table. A table
    that exists is extended, on the device that it is of; stop it as you like, it is saved as it
    grows.
    """
    from lpsnet_ros.frames.sample import sample_frames
    from lpsnet_ros.training.expansion.latency import EngineLatency
    from lpsnet_ros.training.expansion.latency_table import LatencyTable, measure
    from lpsnet_ros.training.expansion.notation import parse_architecture

    wanted = _wanted(parse_architecture(around), repeats, samples)
    wanted += [parse_architecture(text) for text in others]
    if only_list:
        known = LatencyTable.load(table).latencies if table.is_file() else ()
        click.echo('\n'.join(a.name for a in dict.fromkeys(wanted) if a not in known))
        return
    opened = _opened(table, wanted[0], {k: v for k, v in device_options.items() if v is not None})
    frames = sample_frames(source, opened.device.size, 4)
    measured = measure(opened, table, wanted, EngineLatency(opened.device, frames, rounds), _bar)
    for architecture in dict.fromkeys(wanted):
        click.echo(f'{measured.latencies[architecture]:9.3f} ms  {architecture.name}')
    click.echo(f'{len(measured.latencies)} latencies in {table}: {measured.device}')
    click.echo(_estimates(measured))


def _wanted(architecture: Architecture, repeats: int, samples: int) -> list[Architecture]:
    from lpsnet_ros.training.expansion.moves import Limits
    from lpsnet_ros.training.expansion.neighbourhood import around, sample

    limits = Limits()
    return around(architecture, limits, repeats) + sample(architecture, limits, samples)


def _opened(table: Path, first: Architecture, options: dict[str, Any]) -> LatencyTable:
    """Read a table and see that it is of this device, or begin one."""
    from lpsnet_ros.engine.benchmark.machine import describe_machine, describe_versions
    from lpsnet_ros.training.expansion.latency import Device, resolved
    from lpsnet_ros.training.expansion.latency_table import LatencyTable

    machine = describe_machine()
    if table.is_file():
        opened = LatencyTable.load(table)
        _check_same(table, opened, options, machine)
        return opened
    if not table.absolute().parent.is_dir():
        raise click.UsageError(f'there is no folder {table.parent} for {table.name}: make it')
    if 'size' not in options:
        raise click.UsageError(f'{table} is new: give the frame size, --size HEIGHTxWIDTH')
    device = resolved(Device(**{'num_classes': 19, **options}), first)
    context = {
        'machine': machine,
        'versions': describe_versions(),
        'date': date.today().isoformat(),
    }
    return LatencyTable(device, context)


def _check_same(
    path: Path, table: LatencyTable, options: dict[str, Any], machine: dict[str, Any]
) -> None:
    device: Device = table.device
    for name, value in options.items():
        if getattr(device, name) != value:
            raise click.UsageError(
                f'{path} was measured with {device}: leave {DEVICE_OPTIONS[name]} out, '
                'or begin another table'
            )
    for part in ('processor', 'gpu'):
        there, here = table.context['machine'][part], machine[part]
        if there != here:
            raise ValueError(
                f'{path} was measured on {there}, this is {here}: begin another table here'
            )


def _bar(architectures: Iterable[Architecture]) -> Iterable[Architecture]:
    from tqdm import tqdm

    return tqdm(architectures, desc='measure', unit='network')


def _estimates(table: LatencyTable) -> str:
    try:
        return f'Others can be estimated: {table.model}.'
    except ValueError as error:
        return f'Others can not be estimated: {error}.'
