"""A score for people (a table) and for programs (plain values for JSON)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any, NamedTuple

from lpsnet_ros.engine import markdown
from lpsnet_ros.engine.benchmark import summarise
from lpsnet_ros.engine.benchmark.machine import busy_note
from lpsnet_ros.engine.markdown import percent
from lpsnet_ros.training.evaluate import Score

SCHEMA = 1
TOP_CONFUSIONS = 10
COLUMNS = ('class', 'IoU', 'recall', 'precision', 'pixels', 'most often taken for')


class Confusion(NamedTuple):
    """Pixels of one class that were given another, and their share of the class, 0..1."""

    label: str
    mask: str
    pixels: int
    share: float


def confusions(score: Score) -> list[Confusion]:
    """Return the pairs of classes that are confused at all, by pixels, most first."""
    pixels = score.confusion.tolist()
    totals = score.confusion.sum(1).tolist()
    names = score.class_names
    found = [
        Confusion(names[row], names[column], count, count / totals[row])
        for row, counts in enumerate(pixels)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    return sorted(found, key=lambda confusion: -confusion.pixels)


def as_table(score: Score, context: Mapping[str, Any]) -> str:
    """Return a Markdown table in %, and below it the means and what computed the masks.

    Args:
        score: of the masks.
        context: as for ``as_dict``.

    """
    shares = score.confusion.sum(1).double() / score.confusion.sum()
    worst: dict[str, Confusion] = {}
    for confusion in confusions(score):
        worst.setdefault(confusion.label, confusion)
    rows = [
        [
            name,
            *map(percent, (score.per_class[name], score.recall[name], score.precision[name])),
            percent(share),
            _taken_for(worst.get(name)),
        ]
        for name, share in zip(score.class_names, shares.tolist())
    ]
    return '\n'.join([markdown.table(COLUMNS, rows), '', *_summary(score, context)])


def _summary(score: Score, context: Mapping[str, Any]) -> Iterator[str]:
    data = context['data']
    chosen = ', '.join([*data['splits'], *data['drives']])
    yield f'mIoU {percent(score.miou)}, pixel accuracy {percent(score.pixel_accuracy)}'
    yield f'{score.frames} frames of {data["name"]} ({chosen}), model {context["model"]["name"]}'
    for (height, width), origin in score.provenances.items():
        yield (
            f'{origin.backend} {origin.precision} on {origin.device} ({origin.note}), '
            f'{height}x{width} frames, resolution {origin.resolution:.3g}'
        )
    yield f'{summarise(score.times).p50:.1f} ms a frame (median of frame to mask)'
    note = busy_note(context['machine'])
    if note:
        yield f'WARNING: {note}'


def as_dict(score: Score, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything, fit for JSON: IoU in 0..1, None where a class does not occur.

    Args:
        score: of the masks.
        context: ``model``, ``data``, ``machine``, ``versions``.

    """
    return {
        'schema': SCHEMA,
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        **context,
        'frames': score.frames,
        'miou': _number(score.miou),
        'pixel_accuracy': _number(score.pixel_accuracy),
        'per_class': _numbers(score.per_class),
        'recall': _numbers(score.recall),
        'precision': _numbers(score.precision),
        'confusion': {'rows': 'label', 'columns': 'mask', 'pixels': score.confusion.tolist()},
        'top_confusions': [c._asdict() for c in confusions(score)[:TOP_CONFUSIONS]],
        'per_frame': [{'name': f.name, 'miou': _number(f.miou)} for f in score.per_frame],
        'engines': [
            {'frame_size': size, **asdict(origin)} for size, origin in score.provenances.items()
        ],
        'latency_ms': asdict(summarise(score.times)),
    }


def _taken_for(confusion: Confusion | None) -> str:
    return f'{confusion.mask} ({percent(confusion.share)} %)' if confusion else ''


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
