"""What an expansion found, as rows for programs: JSON and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lpsnet_ros.network import Architecture
from lpsnet_ros.training.expansion.run import Progress, exported_name
from lpsnet_ros.training.expansion.search import Candidate, Step

FORMAT = 'lpsnet_ros expansion/1'
FIRST, BASELINE, CANDIDATE, COMPARED = 'start', 'baseline', 'candidate', 'compared'


@dataclass(frozen=True)
class Row:
    """One network that was scored.

    Args:
        step: that it belongs to; 0 for the start and what it is compared with.
        kind: ``start``; ``candidate``; ``baseline``, a step's parent after the training that its
            children had; ``compared``.
        name: of the exported network, where it was.
        move: that led to it, and how often it was made.
        architecture: its three dimensions.
        ms: latency.
        miou: 0..1.
        gain: over the step's baseline.
        slope: gain for each ms more than the parent's.

    """

    step: int
    kind: str
    name: str
    move: str
    times: int
    architecture: Architecture
    ms: float
    miou: float
    gain: float | None = None
    slope: float | None = None


def rows(progress: Progress) -> list[Row]:
    """Return all networks that were scored, step by step, the best of a step first."""
    start = Row(
        0, FIRST, exported_name(0), '', 0, progress.start, progress.start_ms, progress.start_miou
    )
    compared = [
        Row(0, COMPARED, c.name, '', 0, c.architecture, c.latency, c.miou)
        for c in progress.compared
    ]
    return [start, *compared, *(row for step in progress.steps for row in _rows_of(step))]


def path(progress: Progress) -> list[Row]:
    """Return the start and the network that each step chose."""
    return [r for r in rows(progress) if r.kind == FIRST or (r.kind == CANDIDATE and r.name)]


def _rows_of(step: Step) -> Iterator[Row]:
    yield Row(step.number, BASELINE, '', '', 0, step.parent, step.parent_ms, step.baseline)
    for candidate in step.candidates:
        yield _row(step, candidate)


def _row(step: Step, candidate: Candidate) -> Row:
    grown = candidate.grown
    return Row(
        step.number,
        CANDIDATE,
        exported_name(step.number) if candidate is step.chosen else '',
        str(grown.move),
        grown.count,
        grown.architecture,
        grown.latency,
        candidate.miou,
        candidate.gain,
        candidate.slope,
    )


def write_json(file: Path, found: Sequence[Row], context: Mapping[str, Any]) -> None:
    """Write all rows and what they depend on: machine, versions, command, options."""
    values = {'format': FORMAT, **context, 'networks': [asdict(row) for row in found]}
    file.write_text(json.dumps(values, indent=1) + '\n')


def write_csv(file: Path, found: Sequence[Row]) -> None:
    """Write all rows, the architecture as its name."""
    with file.open('w', newline='') as opened:
        writer = csv.DictWriter(opened, list(Row.__dataclass_fields__))
        writer.writeheader()
        writer.writerows({**vars(row), 'architecture': row.architecture.name} for row in found)
