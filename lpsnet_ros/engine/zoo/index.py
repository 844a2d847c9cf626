"""The index page of a folder of models: one table, and the plot of accuracy over latency."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lpsnet_ros.engine import markdown
from lpsnet_ros.engine.markdown import percent
from lpsnet_ros.engine.zoo.card import GIGA, MEGA, card_file, digest, dimensions
from lpsnet_ros.engine.zoo.entries import ModelEntry
from lpsnet_ros.engine.zoo.plot import plot_file
from lpsnet_ros.engine.zoo.results import Evaluation, Latency, read_evaluations, read_latencies

OTHER_WEIGHTS = '*'
FACTS = ('also called', 'network', 'data', 'classes', 'parameters', 'G', 'file')
UNITS = (
    'mIoU in %; G: billions of multiply-adds on a frame of the training size; ms: frame to mask, '
    'median.'
)
MARK_EXPLAINED = f'`{OTHER_WEIGHTS}`: the score of other weights than these; see the card.'


def index_file(models_dir: Path) -> Path:
    """Return where a folder's index is."""
    return models_dir / 'README.md'


def index(entries: Sequence[ModelEntry], models_dir: Path) -> str:
    """Return a folder's index with today's table; a new one where there is none yet.

    Raises:
        ValueError: it lacks the marks between which the table belongs; a checkpoint or a result
            is damaged.

    """
    file = index_file(models_dir)
    if not file.is_file():
        return f'# Models\n\n{markdown.block(overview(entries, models_dir))}\n'
    try:
        return markdown.with_block(file.read_text(), overview(entries, models_dir))
    except ValueError as error:
        raise ValueError(f'{file}: {error}') from error


def overview(entries: Sequence[ModelEntry], models_dir: Path) -> str:
    """Return a table of all models and, where it was drawn, the plot, as Markdown."""
    evaluations = {e.name: {x.name: x for x in read_evaluations(e.path)} for e in entries}
    names = sorted({name for kept in evaluations.values() for name in kept})
    latencies = read_latencies(models_dir)
    rows = []
    for entry in entries:
        weights = digest(entry)
        kept = evaluations[entry.name]
        rows.append(
            [
                f'[{entry.name}]({card_file(entry).name})',
                *_facts(entry),
                *(_score(kept.get(name), weights) for name in names),
                *(_optional(latency.p50.get(entry.name), '.1f') for latency in latencies),
                _licence(entry),
            ]
        )
    times = (f'ms, {latency.engine}' for latency in latencies)
    table = markdown.table(['model', *FACTS, *names, *times, 'licence'], rows)
    parts = [table, UNITS, *([MARK_EXPLAINED] if OTHER_WEIGHTS in table else [])]
    parts += [_conditions(latency) for latency in latencies]
    picture = plot_file(models_dir)
    if picture.is_file():
        parts.append(f'![Accuracy over latency]({picture.relative_to(models_dir)})')
    return '\n\n'.join(parts)


def listing(entries: Sequence[ModelEntry]) -> str:
    """Return a table of what the metadata of models say, mIoU in %."""
    rows = []
    for entry in entries:
        scores = {k: v for k, v in entry.info.metrics.items() if _is_miou(k)}
        shown = ', '.join(f'{name} {percent(value)}' for name, value in scores.items())
        rows.append([entry.name, *_facts(entry), shown, _licence(entry)])
    return markdown.table(['model', *FACTS, 'recorded', 'licence'], rows, numbers=False)


def _is_miou(metric: str) -> bool:
    # lpsnet evaluate records it under any name; training adds single classes, an expansion the ms.
    return not metric.startswith('iou/') and metric != 'latency_ms'


def _facts(entry: ModelEntry) -> list[str]:
    work = None if entry.multiply_adds is None else entry.multiply_adds / GIGA
    return [
        ', '.join(entry.also_called),
        entry.network,
        entry.info.dataset,
        str(len(entry.info.classes)),
        f'{entry.parameters / MEGA:.3g} M',
        _optional(work, '.3g'),
        f'{entry.bytes / MEGA:.2g} MB',
    ]


def _licence(entry: ModelEntry) -> str:
    return entry.info.licence.partition(':')[0]


def _conditions(latency: Latency) -> str:
    note = f'; {latency.note}' if latency.note else ''
    frames = dimensions(latency.frame_size)
    return f'{latency.engine}: {latency.measured_on}, frames of {frames}{note}.'


def _score(evaluation: Evaluation | None, weights: str) -> str:
    if evaluation is None:
        return ''
    mark = '' if evaluation.weights == weights else f' {OTHER_WEIGHTS}'
    return percent(evaluation.miou) + mark


def _optional(value: float | None, form: str) -> str:
    return '' if value is None else format(value, form)
