"""``lpsnet benchmark``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lpsnet_ros.cli.options import (
    FILE,
    FOLDER,
    FRAME_SIZE,
    RESOLUTION,
    CommaList,
    cache_dir_option,
    source_option,
)

if TYPE_CHECKING:
    from lpsnet_ros.engine.benchmark.suite import SuiteResult

TABLES, NUMBERS, PICTURE = 'benchmark.md', 'benchmark.json', 'benchmark.png'


@click.command(short_help='Time an engine beside its alternatives.')
@click.option(
    '--model',
    '--scale',
    'models',
    type=CommaList(click.STRING),
    default='s',
    show_default=True,
    help='Scales, checkpoint names or paths. A scale without a checkpoint gets random weights.',
)
@click.option(
    '--size',
    'sizes',
    type=CommaList(FRAME_SIZE),
    default='720x1280',
    show_default=True,
    help='Frame sizes to compare at.',
)
@click.option(
    '--resolution',
    type=RESOLUTION,
    default=1.0,
    show_default=True,
    help='Ratio of the frame that the network sees.',
)
@click.option('--backend', default='auto', show_default=True, help="Our engine's back end.")
@click.option('--precision', default='auto', show_default=True, help='What it computes in.')
@click.option(
    '--threads',
    type=CommaList(click.IntRange(1)),
    help="Threads of every candidate; by default torch's own choice. With several, "
    'comparisons use the most, and the engine is also timed over all.',
)
@click.option(
    '--resolutions',
    type=CommaList(FRAME_SIZE),
    default='',
    help='Frame sizes over which the engine is also timed, for its time per megapixel.',
)
@click.option(
    '--peers',
    type=CommaList(click.STRING),
    default='installed',
    show_default=True,
    help='eager, compile, compile-bf16, onnxruntime, openvino, openvino-bf16; '
    '"installed" for those that are, or "none".',
)
@click.option('--rounds', type=click.IntRange(1), default=30, show_default=True)
@source_option
@click.option('--frames', type=click.IntRange(1), default=4, show_default=True, help='How many.')
@click.option('--seed', default=0, show_default=True, help="Of the candidates' order.")
@click.option('--memory', is_flag=True, help='Also measure the memory that a call needs (CPU).')
@click.option('--json', 'json_file', type=FILE, help='Write everything there, every time too.')
@click.option('--plot', 'plot_file', type=FILE, help='Draw the medians there (PNG, SVG, PDF).')
@click.option(
    '--output',
    type=FOLDER,
    help=f'Folder for {TABLES}, {NUMBERS} and {PICTURE}.',
)
@cache_dir_option
def benchmark(
    models: tuple[str, ...],
    sizes: tuple[tuple[int, int], ...],
    resolution: float,
    backend: str,
    precision: str,
    threads: tuple[int, ...] | None,
    resolutions: tuple[tuple[int, int], ...],
    peers: tuple[str, ...],
    rounds: int,
    source: str,
    frames: int,
    seed: int,
    memory: bool,
    json_file: Path | None,
    plot_file: Path | None,
    output: Path | None,
    cache_dir: Path | None,
) -> None:
    """Time frame to mask against the bare network and what else computes the same masks.

    All candidates of a comparison are timed in one run, one after the other in each round, in a
    new order each round. docs/benchmarks says how to read the results.
    """
    import torch

    from lpsnet_ros.engine.benchmark import plot, report
    from lpsnet_ros.engine.benchmark.suite import Conduct, Suite, choose_peers, run_suite
    from lpsnet_ros.frames.sample import sample_frames

    if plot_file or output:
        plot.check_installed()
    counts = threads or (torch.get_num_threads(),)
    suite = Suite(models, sizes, counts, resolutions, resolution, backend, precision)
    frames_of = partial(sample_frames, source, count=frames)
    conduct = Conduct(frames_of, rounds, seed, cache_dir, memory, _bar)
    context = _context(source, frames, seed)
    results = run_suite(
        suite,
        conduct,
        choose_peers(peers),
        show=lambda result: click.echo(f'{report.as_table(result)}\n'),
    )
    scaling = [*results.over_sizes, *results.over_threads]
    if scaling:
        click.echo(f'{report.scaling_table(scaling)}\n')
    click.echo(report.footer(context))
    _write(results, context, output, json_file, plot_file)


def _context(source: str, frames: int, seed: int) -> dict[str, Any]:
    from lpsnet_ros.engine.benchmark.machine import describe_machine, describe_versions

    return {
        'command': shlex.join(['lpsnet', *sys.argv[1:]]),
        'source': source,
        'frames': frames,
        'seed': seed,
        'machine': describe_machine(),
        'versions': describe_versions(),
    }


def _bar(rounds: Iterable[int], label: str) -> Iterable[int]:
    from tqdm import tqdm

    return tqdm(rounds, desc=label, unit='round', leave=False)


def _write(
    results: SuiteResult,
    context: Mapping[str, Any],
    output: Path | None,
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    from lpsnet_ros.engine.benchmark import plot, report

    if output:
        output.mkdir(parents=True, exist_ok=True)
        (output / TABLES).write_text(report.as_page(results, context))
    for path in filter(None, (json_file, output and output / NUMBERS)):
        path.write_text(report.as_json(results, context))
    for path in filter(None, (plot_file, output and output / PICTURE)):
        plot.draw(path, results)
