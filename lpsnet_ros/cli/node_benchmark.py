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
    models: Sequence[str],
    sizes: Sequence[tuple[int, int]] | None,
    engine_options: Mapping[str, Any],
    conduct: Conduct,
    context: Mapping[str, Any],
) -> tuple[str, str]:
    """Measure every model at every size through the node; print each table as it is there.

    Args:
        models: scales, checkpoints' names or paths.
        sizes: (height, width) of the frames; ``SIZES`` where not given.
        engine_options: resolution, backend, precision, as for ``Engine``.
        conduct: how to measure.
        context: where the numbers are from.

    Returns:
        All tables as Markdown, and everything as JSON.

    Raises:
        FileNotFoundError, ValueError: there is no such checkpoint or source of frames.
        ChildProcessError, TimeoutError: a process failed; says which and why.

    """
    checkpoints = [find_checkpoint(model) for model in models]
    open_source(conduct.source)
    # No other machine's graph shall be measured, nor disturbed. Read when rclpy starts.
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')

    from lpsnet_ros.engine.benchmark.report import footer
    from lpsnet_ros.nodes.benchmark import report
    from lpsnet_ros.nodes.benchmark.middleware import describe_middleware
    from lpsnet_ros.nodes.benchmark.run import run_node_case

    versions = {**context['versions'], **describe_middleware()}
    context = {**context, 'versions': versions}
    results = []
    for checkpoint in checkpoints:
        for size in sizes or SIZES:
            results.append(run_node_case(NodeCase(checkpoint, size, **engine_options), conduct))
            click.echo(f'{report.as_table(results[-1])}\n')
    click.echo(footer(context))
    return report.as_page(results, context), report.as_json(results, context)


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
