"""Measurements kept beside checkpoints, for cards, the index and the plot.

``results/MODEL/NAME.json`` is an evaluation, ``results/latency_BACKEND_PRECISION.json`` the times
of all models of the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lpsnet_ros.engine.benchmark.machine import busy_note

FOLDER = 'results'
LATENCY_PREFIX = 'latency_'
DRIVES_NAMED = 3
_Result = TypeVar('_Result')


@dataclass(frozen=True)
class Evaluation:
    """What ``lpsnet evaluate`` found.

    Args:
        name: that it was recorded under.
        weights: digest of the weights that were scored, not always the shipped ones.
        scored_by: back end, precision and resolution of the network.
        data: data set, splits and drives, of many only the first.
        frames: how many.
        miou, pixel_accuracy: 0..1.
        per_class: IoU by class, 0..1; None for a class that does not occur.

    """

    name: str
    weights: str
    scored_by: str
    data: str
    frames: int
    miou: float
    pixel_accuracy: float
    per_class: Mapping[str, float | None]


@dataclass(frozen=True)
class Latency:
    """What ``lpsnet models plot`` measured on one machine.

    Args:
        engine: back end and precision.
        frame_size: (height, width) of the frames.
        p50, p95: ms from frame to mask, by model.
        measured_on: hardware, threads, version of torch, date.
        note: what disturbed the measurement, if anything did.

    """

    engine: str
    frame_size: tuple[int, int]
    p50: Mapping[str, float]
    p95: Mapping[str, float]
    measured_on: str
    note: str | None


def evaluation_file(checkpoint: Path, name: str) -> Path:
    """Return where an evaluation of a checkpoint is kept.

    Raises:
        ValueError: the name would make no plain file name.

    """
    if not re.fullmatch(r'\w[\w.-]*', name):
        raise ValueError(f'{name!r} names no result: use letters, digits, "_", "-" and "."')
    return checkpoint.parent / FOLDER / checkpoint.stem / f'{name}.json'


def latency_file(models_dir: Path, backend: str, precision: str) -> Path:
    """Return where the times of a folder's models are kept."""
    return models_dir / FOLDER / f'{LATENCY_PREFIX}{backend}_{precision}.json'


def write_result(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result as JSON, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + '\n')


def read_evaluations(checkpoint: Path) -> list[Evaluation]:
    """Return the evaluations kept for a checkpoint, by name.

    Raises:
        ValueError: a file is damaged.

    """
    folder = checkpoint.parent / FOLDER / checkpoint.stem
    return [_read(path, _evaluation) for path in sorted(folder.glob('*.json'))]


def read_latencies(models_dir: Path) -> list[Latency]:
    """Return the times kept for a folder's models, by back end and precision.

    Raises:
        ValueError: a file is damaged.

    """
    files = sorted((models_dir / FOLDER).glob(f'{LATENCY_PREFIX}*.json'))
    return [_read(path, _latency) for path in files]


def _read(path: Path, parse: Callable[[str, Mapping[str, Any]], _Result]) -> _Result:
    try:
        return parse(path.stem, json.loads(path.read_text()))
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(f'{path} is damaged ({error!r}): measure anew or delete it') from error


def _evaluation(name: str, values: Mapping[str, Any]) -> Evaluation:
    engine, data = values['engines'][0], values['data']
    return Evaluation(
        name=name,
        weights=values['model']['weights'],
        scored_by=f'{engine["backend"]} {engine["precision"]}, '
        f'resolution {engine["resolution"]:.3g}',
        data=', '.join([data['name'], *data['splits'], *_named(data['drives'])]),
        frames=values['frames'],
        miou=values['miou'],
        pixel_accuracy=values['pixel_accuracy'],
        per_class=values['per_class'],
    )


def _named(drives: Sequence[str]) -> Sequence[str]:
    if len(drives) <= DRIVES_NAMED:
        return drives
    return [f'{drives[0]} and {len(drives) - 1} more']


def _latency(name: str, values: Mapping[str, Any]) -> Latency:
    machine = values['machine']
    return Latency(
        engine=f'{values["backend"]} {values["precision"]}',
        frame_size=tuple(values['frame_size']),
        p50={name: times['p50'] for name, times in values['models'].items()},
        p95={name: times['p95'] for name, times in values['models'].items()},
        measured_on=f'{machine["gpu"] or machine["processor"]}, {values["threads"]} thread(s), '
        f'torch {values["versions"]["torch"]}, {values["date"][:10]}',
        note=busy_note(machine),
    )
