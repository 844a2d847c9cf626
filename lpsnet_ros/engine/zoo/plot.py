"""Accuracy over latency as one picture. Needs matplotlib, of the extra ``bench``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lpsnet_ros.engine.zoo.entries import ModelEntry
from lpsnet_ros.engine.zoo.results import FOLDER, Latency, read_evaluations

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL_INCHES = (7.0, 4.0)
# Drawn again from the same numbers, the file shall be the same.
REPRODUCIBLE = {'svg.hashsalt': 'lpsnet_ros'}


def plot_file(models_dir: Path) -> Path:
    """Return where a folder's plot is."""
    return models_dir / FOLDER / 'accuracy_over_latency.svg'


def choose_evaluation(entries: Sequence[ModelEntry], name: str | None) -> str:
    """Return the name of the evaluation whose mIoU is drawn: the given one, or the only one.

    Raises:
        ValueError: no model was evaluated under that name; or there is not just one.

    """
    names = sorted({e.name for entry in entries for e in read_evaluations(entry.path)})
    if name in names or (name is None and len(names) == 1):
        return name or names[0]
    raise ValueError(
        f'{f"no evaluation {name!r}" if name else "no single evaluation"}: there are '
        f'{", ".join(names) or "none"}. Choose with --evaluation; '
        '"lpsnet evaluate --record NAME" makes one'
    )


def draw(
    path: Path, entries: Sequence[ModelEntry], evaluation: str, latencies: Sequence[Latency]
) -> None:
    """Draw mIoU over the median time, a panel for each back end that was timed.

    Models without that evaluation, or not timed, are left out.

    Args:
        path: SVG, PNG or PDF.
        entries: the models.
        evaluation: name of that whose mIoU is drawn.
        latencies: at least one.

    Raises:
        OSError: the file can't be written.

    """
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    miou = {
        entry.name: e.miou
        for entry in entries
        for e in read_evaluations(entry.path)
        if e.name == evaluation
    }
    width, height = PANEL_INCHES
    with matplotlib.rc_context(REPRODUCIBLE):
        figure, rows = pyplot.subplots(
            len(latencies),
            1,
            figsize=(width, height * len(latencies)),
            squeeze=False,
            layout='constrained',
        )
        for (axes,), latency in zip(rows, latencies):
            _panel(axes, miou, latency)
            axes.set_ylabel(f'mIoU in %\n{evaluation}')
        figure.savefig(path, dpi=110, metadata={'Date': None} if path.suffix == '.svg' else None)
    pyplot.close(figure)


def _panel(axes: Axes, miou: Mapping[str, float], latency: Latency) -> None:
    points = [(latency.p50[name], 100 * miou[name], name) for name in miou if name in latency.p50]
    for milliseconds, percent, name in sorted(points):
        axes.plot(milliseconds, percent, 'o', color='tab:green')
        axes.annotate(name, (milliseconds, percent), (6, 4), textcoords='offset points')
    axes.margins(x=0.25, y=0.25)
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    height, width = latency.frame_size
    axes.set_xlabel(f'ms from frame to mask (median), frames of {height}x{width}')
    axes.set_title(
        '\n'.join(filter(None, (f'{latency.engine}, {latency.measured_on}', latency.note))),
        fontsize='small',
    )
