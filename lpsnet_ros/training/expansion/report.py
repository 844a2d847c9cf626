"""A page about an expansion: what each step tried, what won and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lpsnet_ros.engine.benchmark.machine import busy_note, in_one_line
from lpsnet_ros.training.expansion import plot
from lpsnet_ros.training.expansion.results import COMPARED, Row, path, rows, write_csv, write_json
from lpsnet_ros.training.expansion.run import Progress
from lpsnet_ros.training.expansion.search import Candidate, Step

PAGE, TABLE_JSON, TABLE_CSV = 'report.md', 'candidates.json', 'candidates.csv'
PARETO, SLOPES = 'pareto.png', 'slopes.png'


def write_report(folder: Path, progress: Progress, context: Mapping[str, Any]) -> None:
    """Write tables, pictures and the page; needs a complete step.

    Args:
        folder: of the run.
        progress: what was found so far.
        context: ``command``, ``date``, ``data``, ``latency``, ``machine`` and ``versions``.

    """
    found = rows(progress)
    write_json(folder / TABLE_JSON, found, context)
    write_csv(folder / TABLE_CSV, found)
    plot.draw_pareto(folder / PARETO, found)
    plot.draw_slopes(folder / SLOPES, found)
    (folder / PAGE).write_text(as_page(progress, context))


def as_page(progress: Progress, context: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    grown = path(progress)
    parts = [
        f'# {progress.start.name}, grown in {len(progress.steps)} step(s)',
        _summary(grown),
        f'![mIoU over latency]({PARETO})',
        _path_table([*grown, *(r for r in rows(progress) if r.kind == COMPARED)]),
        f'![mIoU gained for each ms]({SLOPES})',
        *(_step_section(step) for step in progress.steps),
        _footer(context),
    ]
    if progress.out_of_time:
        parts.insert(2, 'The hours ended the run within a step, which is left out here.')
    return '\n\n'.join(parts) + '\n'


def why(step: Step) -> str:
    """Return a sentence on why a step chose what it chose."""
    best = step.chosen
    added = best.grown.latency - step.parent_ms
    if best.gain <= 0:
        return (
            'No candidate was better than the parent trained as long '
            f'({_percent(step.baseline)}): the one that lost least was taken '
            f'({_points(best.gain)} points, {added:+.2f} ms).'
        )
    reason = (
        f'{_points(best.gain)} points over the parent trained as long '
        f'({_percent(step.baseline)}) for {added:+.2f} ms: {_points(best.slope)} points a ms'
    )
    if len(step.candidates) == 1:
        return f'{reason}; there was no other.'
    second = step.candidates[1]
    return f'{reason}; next came {_move(second)}, with {_points(second.slope)}.'


def _summary(grown: Sequence[Row]) -> str:
    first, last = grown[0], grown[-1]
    return (
        f'From {_percent(first.miou)} at {first.ms:.2f} ms to {_percent(last.miou)} at '
        f'{last.ms:.2f} ms, on held-out frames.'
    )


def _path_table(found: Sequence[Row]) -> str:
    lines = [
        '| | move | depth | width | resolution | ms | mIoU |',
        '|---|---|---|---|---|---:|---:|',
    ]
    for row in found:
        a = row.architecture
        dimensions = ' | '.join(
            ','.join(f'{v:g}' for v in values) for values in (a.depth, a.width, a.resolution)
        )
        move = f'{row.move}, {row.times}x' if row.move else row.kind
        lines.append(
            f'| {row.name} | {move} | {dimensions} | {row.ms:.2f} | {_percent(row.miou)} |'
        )
    return '\n'.join(lines)


def _step_section(step: Step) -> str:
    lines = [
        f'## Step {step.number}: {_move(step.chosen)}',
        '',
        why(step),
        '',
        f'Parent: {step.parent.name}, {step.parent_ms:.2f} ms. Every move was repeated to about '
        f'{step.target_ms:.2f} ms.',
        '',
        '| move | ms | mIoU | gain | gain a ms |',
        '|---|---:|---:|---:|---:|',
    ]
    lines += [
        f'| {_move(c)} | {c.grown.latency:.2f} | {_percent(c.miou)} | {_points(c.gain)} | '
        f'{_points(c.slope)} |'
        for c in step.candidates
    ]
    return '\n'.join(lines)


def _footer(context: Mapping[str, Any]) -> str:
    machine = context['machine']
    lines = [
        f'command: `{context["command"]}`',
        f'date: {context["date"]}',
        f'data: {context["data"]}',
        f'latency: {context["latency"]}',
        f'trained on: {in_one_line(machine, context["versions"])}',
    ]
    note = busy_note(machine)
    lines += [f'WARNING: {note}'] if note else []
    return '\n'.join(f'- {line}' for line in lines)


def _move(candidate: Candidate) -> str:
    return f'{candidate.grown.move}, {candidate.grown.count}x'


def _percent(miou: float) -> str:
    return f'{100 * miou:.2f} %'


def _points(gain: float) -> str:
    return f'{100 * gain:+.2f}'
