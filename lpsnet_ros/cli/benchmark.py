"""``lpsnet benchmark``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from lpsnet_ros.cli import node_benchmark
from lpsnet_ros.cli.options import (
    FILE,
    FOLDER,
    FRAME_SIZE,
    RESOLUTION,
    CommaList,
    backend_option,
    cache_dir_option,
    precision_option,
    source_option,
)
from lpsnet_ros.nodes.benchmark.case import Conduct as NodeConduct

TABLES, NUMBERS, PICTURE = 'benchmark.md', 'benchmark.json', 'benchmark.png'
SIZES = ((720, 1280),)


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
    show_default='720x1280; with --node 1080x1920,1024x2048',
    help='Frame sizes to compare at.',
)
@click.option(
    '--resolution',
    type=RESOLUTION,
    default=1.0,
    show_default=True,
    help='Ratio of the frame that the network sees.',
)
@backend_option
@precision_option
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
@click.option(
    '--node', is_flag=True, help='Measure what the ROS node adds to the engine, over DDS, instead.'
)
@click.option(
    '--fastdds-profile',
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='With --node: Fast DDS profile (XML) of the process that publishes the frames.',
)
@click.option(
    '--cameras',
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help='With --node: of the node. With several, measure their masks a second beside those of '
    'one instead.',
)
def benchmark(
    models: tuple[str, ...],
    sizes: tuple[tuple[int, int], ...] | None,
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
    node: bool,
    fastdds_profile: Path | None,
    cameras: int,
) -> None:
    """Time frame to mask against the bare network and what else computes the same masks.

    All candidates of a comparison are timed in one run, one after the other in each round, in a
    new order each round. docs/benchmarks says how to read the results.

    With --node: time publisher process, node and subscriber process against the engine alone.
    """
    if fastdds_profile and not node:
        raise click.UsageError('--fastdds-profile goes with --node')
    if cameras > 1 and not node:
        raise click.UsageError('--cameras goes with --node')
    context = _context(source, frames, seed)
    if node:
        node_benchmark.refuse_what_has_no_meaning(click.get_current_context(), threads)
        through_node = NodeConduct(
            source=source,
            frames=frames,
            rounds=rounds,
            seed=seed,
            cache_dir=cache_dir,
            threads=threads[0] if threads else None,
            fastdds_profile=fastdds_profile,
            progress=_bar,
        )
        cases = node_benchmark.node_cases(
            models, sizes, cameras, resolution=resolution, backend=backend, precision=precision
        )
        pages = node_benchmark.benchmark_node(cases, through_node, context)
        _write_pages(*pages, output, json_file)
        return

    import torch

    from lpsnet_ros.cli.engine_benchmark import benchmark_engine
    from lpsnet_ros.engine.benchmark import plot
    from lpsnet_ros.engine.benchmark.suite import Conduct, Suite
    from lpsnet_ros.frames.sample import sample_frames

    if plot_file or output:
        plot.check_installed()
    counts = threads or (torch.get_num_threads(),)
    suite = Suite(models, sizes or SIZES, counts, resolutions, resolution, backend, precision)
    frames_of = partial(sample_frames, source, count=frames)
    conduct = Conduct(frames_of, rounds, seed, cache_dir, memory, _bar)
    results, *pages = benchmark_engine(suite, conduct, peers, context)
    _write_pages(*pages, output, json_file)
    for path in filter(None, (plot_file, output and output / PICTURE)):
        plot.draw(path, results)


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


def _write_pages(page: str, numbers: str, output: Path | None, json_file: Path | None) -> None:
    if output:
        output.mkdir(parents=True, exist_ok=True)
        (output / TABLES).write_text(page)
    for path in filter(None, (json_file, output and output / NUMBERS)):
        path.write_text(numbers)
