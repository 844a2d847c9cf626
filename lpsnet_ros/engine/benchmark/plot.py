"""The results as one picture. Needs matplotlib, of the extra ``bench``."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lpsnet_ros.engine.benchmark.peers import EXTRA
from lpsnet_ros.engine.benchmark.report import heading, milliseconds_per_megapixel
from lpsnet_ros.engine.benchmark.results import ENGINE, NETWORK, STAGE, CaseResult, Row
from lpsnet_ros.engine.benchmark.suite import SuiteResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {ENGINE: 'tab:green', NETWORK: 'tab:gray'}
OTHER_COLOUR = 'tab:blue'
PANEL_INCHES = (9.0, 3.2)


def check_installed() -> None:
    """Refuse before the measuring, not after it, where matplotlib is absent.

    Raises:
        ValueError: it is not installed.

    """
    if importlib.util.find_spec('matplotlib') is None:
        raise ValueError(f'plots need matplotlib: {EXTRA}')


def draw(path: Path, results: SuiteResult) -> None:
    """Draw a panel of bars for each comparison and one of lines for each kind of scaling.

    Raises:
        OSError: the file can't be written.

    """
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    panels = [lambda axes, r=result: _bars(axes, r) for result in results.comparisons]
    if len(results.over_sizes) > 1:
        panels.append(lambda axes: _per_megapixel(axes, results.over_sizes))
    if len(results.over_threads) > 1:
        panels.append(lambda axes: _speed(axes, results.over_threads))
    width, height = PANEL_INCHES
    figure, rows = pyplot.subplots(
        len(panels), 1, figsize=(width, height * len(panels)), squeeze=False, layout='constrained'
    )
    for (axes,), panel in zip(rows, panels):
        panel(axes)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _bars(axes: Axes, result: CaseResult) -> None:
    """Draw medians as bars, with the p95 as whiskers."""
    rows = sorted((r for r in result.rows if r.kind != STAGE), key=lambda r: -r.summary.p50)
    medians = [r.summary.p50 for r in rows]
    bars = axes.barh(
        [r.name for r in rows],
        medians,
        xerr=[[0] * len(rows), [r.summary.p95 - r.summary.p50 for r in rows]],
        color=[COLOURS.get(r.kind, OTHER_COLOUR) for r in rows],
    )
    axes.bar_label(bars, [f' {m:.1f}' for m in medians])
    axes.margins(x=0.1)
    axes.set_xlabel('ms a frame: median, whisker to p95')
    axes.set_title(heading(result), fontsize='small')


def _per_megapixel(axes: Axes, results: Sequence[CaseResult]) -> None:
    _lines(axes, results, _megapixels, milliseconds_per_megapixel)
    axes.set_xlabel('megapixels of the frame')
    axes.set_ylabel('ms a megapixel')
    axes.set_title('Over frame sizes', fontsize='small')


def _speed(axes: Axes, results: Sequence[CaseResult]) -> None:
    _lines(axes, results, lambda r: r.case.threads, lambda _, row: row.summary.fps)
    axes.set_xticks([r.case.threads for r in results])
    axes.set_xlabel('threads')
    axes.set_ylabel('frames a second')
    axes.set_title('Over threads', fontsize='small')


def _lines(
    axes: Axes,
    results: Sequence[CaseResult],
    x: Callable[[CaseResult], float],
    y: Callable[[CaseResult, Row], float],
) -> None:
    for kind in (ENGINE, NETWORK):
        points = sorted((x(r), y(r, r.row(kind))) for r in results if r.row(kind))
        label = next(r.row(kind).name for r in results if r.row(kind))
        axes.plot(*zip(*points), marker='o', color=COLOURS[kind], label=label)
    axes.set_ylim(bottom=0)
    axes.legend()


def _megapixels(result: CaseResult) -> float:
    height, width = result.case.size
    return height * width / 1e6
