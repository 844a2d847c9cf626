"""The part of a model card that needs no person: facts from metadata and kept results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lpsnet_ros.engine import markdown
from lpsnet_ros.engine.fingerprint import weights_digest
from lpsnet_ros.engine.markdown import percent
from lpsnet_ros.engine.zoo.entries import ModelEntry
from lpsnet_ros.engine.zoo.results import Evaluation, Latency, read_evaluations, read_latencies
from lpsnet_ros.network import load_checkpoint

MEGA, GIGA = 1e6, 1e9


def card_file(entry: ModelEntry) -> Path:
    """Return where a model's card is."""
    return entry.path.with_suffix('.md')


def card(entry: ModelEntry) -> str:
    """Return a model's card with today's facts; a new one where there is none yet.

    Raises:
        ValueError: it lacks the marks between which facts belong, or as for ``facts``.

    """
    file = card_file(entry)
    if not file.is_file():
        return f'# {entry.name}\n\n{markdown.block(facts(entry))}\n\n## How it was made\n'
    try:
        return markdown.with_block(file.read_text(), facts(entry))
    except ValueError as error:
        raise ValueError(f'{file}: {error}') from error


def facts(entry: ModelEntry) -> str:
    """Return what is known of a model, as Markdown tables.

    Raises:
        ValueError: the checkpoint or a result is damaged.

    """
    weights = digest(entry)
    evaluations = read_evaluations(entry.path)
    latencies = [x for x in read_latencies(entry.path.parent) if entry.name in x.p50]
    parts = [_properties(entry, weights)]
    if evaluations:
        parts += ['IoU in %, by `lpsnet evaluate`:', _scores(entry, evaluations, weights)]
    if latencies:
        parts += ['Frame to mask, by `lpsnet models plot`:', _times(entry.name, latencies)]
        parts += [f'{latency.engine}: {latency.note}.' for latency in latencies if latency.note]
    return '\n\n'.join(parts)


def digest(entry: ModelEntry) -> str:
    """Return what results call a model's weights."""
    return weights_digest(load_checkpoint(entry.path).folded())


def dimensions(size: tuple[int, int]) -> str:
    """Return a (height, width) as text."""
    return '{}x{}'.format(*size)


def _properties(entry: ModelEntry, weights: str) -> str:
    architecture, info = entry.architecture, entry.info
    spelt = '; '.join(
        f'{name} {", ".join(f"{value:g}" for value in values)}'
        for name, values in (
            ('depth', architecture.depth),
            ('width', architecture.width),
            ('resolution', architecture.resolution),
        )
    )
    if architecture.aligned:
        spelt += '; aligned inputs'
    if architecture.points_per_feature > 1:
        spelt += f'; output stride {architecture.output_stride}'
    rows = [
        ('network', f'{entry.network} ({spelt})'),
        ('parameters', f'{entry.parameters / MEGA:.3g} M, file of {entry.bytes / MEGA:.2g} MB'),
        ('classes', f'{len(info.classes)}: {", ".join(info.classes.names)}'),
        ('data set', info.dataset),
        ('licence', info.licence),
        ('weights', f'`{weights}`'),
    ]
    if info.training_size:
        size, gmacs = dimensions(info.training_size), entry.multiply_adds / GIGA
        rows.insert(2, ('input', f'trained on frames of {size} (height x width)'))
        rows.insert(2, ('multiply-adds', f'{gmacs:.3g} G at {size}'))
    return markdown.table(('', ''), rows, numbers=False)


def _scores(entry: ModelEntry, evaluations: Sequence[Evaluation], weights: str) -> str:
    def scored(evaluation: Evaluation) -> str:
        same = evaluation.weights == weights
        return 'this file' if same else f'other weights (`{evaluation.weights}`)'

    lines: dict[str, Callable[[Evaluation], str]] = {
        'weights': scored,
        'data': lambda e: f'{e.data}: {e.frames} frames',
        'computed by': lambda e: e.scored_by,
        **{
            name: lambda e, name=name: percent(e.per_class.get(name))
            for name in entry.info.classes.names
        },
        '**mean**': lambda e: f'**{percent(e.miou)}**',
        'pixel accuracy': lambda e: percent(e.pixel_accuracy),
    }
    rows = [[title, *map(cell, evaluations)] for title, cell in lines.items()]
    return markdown.table(['', *(e.name for e in evaluations)], rows)


def _times(name: str, latencies: Sequence[Latency]) -> str:
    rows = [
        (
            latency.engine,
            f'{latency.p50[name]:.1f}',
            f'{latency.p95[name]:.1f}',
            dimensions(latency.frame_size),
            latency.measured_on,
        )
        for latency in latencies
    ]
    return markdown.table(('', 'p50 ms', 'p95 ms', 'frame', 'measured on'), rows)
