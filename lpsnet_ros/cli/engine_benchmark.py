"""``lpsnet benchmark``: the part of the command that times an engine beside its alternatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from lpsnet_ros.engine.benchmark import report
from lpsnet_ros.engine.benchmark.suite import Conduct, Suite, SuiteResult, choose_peers, run_suite


def benchmark_engine(
    suite: Suite, conduct: Conduct, peers: tuple[str, ...], context: Mapping[str, Any]
) -> tuple[SuiteResult, str, str]:
    """Run a suite; print each table as it is there.

    Args:
        suite: what is timed.
        conduct: how.
        peers: names of alternatives; see ``choose_peers``.
        context: where the numbers are from.

    Returns:
        The results, all tables as Markdown, and everything as JSON.

    Raises:
        FileNotFoundError, ValueError: there is no such model, source of frames or peer.

    """
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
    return results, report.as_page(results, context), report.as_json(results, context)
