"""``lpsnet benchmark --node``: the part of the command that needs ROS."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.frames import open_source
from lpsnet_ros.nodes.benchmark.case import Conduct, NodeCase

SIZES = ((1080, 1920), (1024, 2048))
WITHOUT_MEANING = ('resolutions', 'peers', 'memory', 'plot_file')


def benchmark_node(
    cases: Sequence[NodeCase], conduct: Conduct, context: Mapping[str, Any]
) -> tuple[str, str]:
    """Measure every case through the node; print each table as it is there.

    Args:
        cases: of one camera each (what the node adds), or of several (who gets how many masks).
        conduct: how to measure.
        context: where the numbers are from.

    Returns:
        All tables as Markdown, and everything as JSON.

    Raises:
        FileNotFoundError, ValueError: there is no such source of frames.
        ChildProcessError, TimeoutError: a process failed; says which and why.

    """
    open_source(conduct.source)
    # No other machine's graph shall be measured, nor disturbed. Read when rclpy starts.
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')

    from lpsnet_ros.engine.benchmark.report import footer
    from lpsnet_ros.nodes.benchmark import camera_rates_report, pages, report
    from lpsnet_ros.nodes.benchmark.camera_rates import run_camera_rates
    from lpsnet_ros.nodes.benchmark.middleware import describe_middleware
    from lpsnet_ros.nodes.benchmark.run import run_node_case

    versions = {**context['versions'], **describe_middleware()}
    context = {**context, 'versions': versions}
    tables, numbers = [], []
    for case in cases:
        if len(case.cameras) > 1:
            result, reporting = run_camera_rates(case, conduct), camera_rates_report
        else:
            result, reporting = run_node_case(case, conduct), report
        tables.append(reporting.as_table(result))
        numbers.append(reporting.as_numbers(result))
        click.echo(f'{tables[-1]}\n')
    click.echo(footer(context))
    return pages.as_page(tables, context), pages.as_json(numbers, context)


def node_cases(
    models: Sequence[str],
    sizes: Sequence[tuple[int, int]] | None,
    cameras: int,
    **engine_options: Any,
) -> list[NodeCase]:
    """Return a case for every model at every size.

    Args:
        models: scales, checkpoints' names or paths.
        sizes: (height, width) of the frames; ``SIZES`` where not given.
        cameras: how many the node has.
        engine_options: resolution, backend, precision, as for ``Engine``.

    Raises:
        FileNotFoundError: there is no such checkpoint.

    """
    names = ('',) if cameras == 1 else tuple(f'camera_{n}' for n in range(1, cameras + 1))
    return [
        NodeCase(checkpoint, size, cameras=names, **engine_options)
        for checkpoint in map(find_checkpoint, models)
        for size in sizes or SIZES
    ]


def refuse_what_has_no_meaning(context: click.Context, threads: Sequence[int] | None) -> None:
    """Refuse options that the node's benchmark would have to ignore.

    Raises:
        click.UsageError: one was given.

    """
    by_name = {p.name: p for p in context.command.params}
    for name in WITHOUT_MEANING:
        if context.get_parameter_source(name) != click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f'{by_name[name].opts[-1]} has no meaning with --node')
    if threads and len(threads) > 1:
        raise click.UsageError('with --node give one number of --threads')
