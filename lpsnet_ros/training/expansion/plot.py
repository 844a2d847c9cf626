"""Pictures of an expansion. Need matplotlib, of the extra ``train``."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lpsnet_ros.training.expansion.results import BASELINE, CANDIDATE, COMPARED, FIRST, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {'depth': 'tab:blue', 'width': 'tab:orange', 'resolution': 'tab:green'}
PARETO_INCHES = (9.0, 5.5)
STEP_INCHES = (9.0, 2.6)
DPI = 110


def check_installed() -> None:
    """Refuse before the training, not after it, where matplotlib is absent.

    Raises:
        ValueError: it is not installed.

    """
    if importlib.util.find_spec('matplotlib') is None:
        raise ValueError('the report needs matplotlib: pip install "lpsnet_ros[train]"')


def draw_pareto(file: Path, found: Sequence[Row]) -> None:
    """Draw mIoU over latency: all candidates by dimension, the path, what it is compared with.

    Raises:
        OSError: the file can't be written.

    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=PARETO_INCHES, layout='constrained')
    axes = figure.subplots()
    for dimension, colour in COLOURS.items():
        grown = [r for r in found if r.kind == CANDIDATE and r.move.startswith(dimension)]
        axes.scatter(*_points(grown), color=colour, alpha=0.6, label=f'candidates: {dimension}')
    baselines = [r for r in found if r.kind == BASELINE]
    axes.scatter(
        *_points(baselines), marker='x', color='tab:gray', label='parent, trained as long'
    )
    path = [r for r in found if r.name and r.kind in (FIRST, CANDIDATE)]
    axes.plot(*_points(path), 'o-', color='black', markerfacecolor='none', label='path')
    _label(axes, path)
    for other in (r for r in found if r.kind == COMPARED):
        line = [path[0], other]
        axes.plot(*_points(line), '--', color='tab:red', linewidth=1)
        axes.plot(*_points([other]), '*', color='tab:red', label=other.name)
    axes.set_xlabel('latency, ms')
    axes.set_ylabel('mIoU on held-out frames, %')
    axes.grid(alpha=0.3)
    axes.legend(fontsize='small')
    figure.savefig(file, dpi=DPI)


def draw_slopes(file: Path, found: Sequence[Row]) -> None:
    """Draw a panel of bars for each step: mIoU gained for each ms, by candidate.

    Raises:
        OSError: the file can't be written.

    """
    from matplotlib.figure import Figure

    steps = sorted({r.step for r in found if r.kind == CANDIDATE})
    width, height = STEP_INCHES
    figure = Figure(figsize=(width, height * len(steps)), layout='constrained')
    panels = figure.subplots(len(steps), 1, squeeze=False)
    for (axes,), step in zip(panels, steps):
        _bars(axes, [r for r in found if r.step == step and r.kind == CANDIDATE])
        axes.set_title(f'step {step}', fontsize='small')
    panels[-1][0].set_xlabel('points of mIoU gained for each ms')
    figure.savefig(file, dpi=DPI)


def _bars(axes: Axes, candidates: Sequence[Row]) -> None:
    worst_first = candidates[::-1]
    axes.barh(
        [f'{r.move} x{r.times}' for r in worst_first],
        [100 * r.slope for r in worst_first],
        color=[COLOURS[r.move.partition(' ')[0]] for r in worst_first],
    )
    axes.axvline(0, color='black', linewidth=0.8)
    axes.tick_params(axis='y', labelsize='small')


def _points(found: Sequence[Row]) -> tuple[list[float], list[float]]:
    return [r.ms for r in found], [100 * r.miou for r in found]


def _label(axes: Axes, found: Sequence[Row]) -> None:
    for row in found:
        axes.annotate(
            row.name,
            (row.ms, 100 * row.miou),
            textcoords='offset points',
            xytext=(6, -12),
            fontsize='small',
        )
