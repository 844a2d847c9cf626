"""Results for people (a table) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from lpsnet_ros.engine import markdown
from lpsnet_ros.engine.benchmark.machine import busy_note, in_one_line
from lpsnet_ros.engine.benchmark.results import ENGINE, NETWORK, STAGE, CaseResult, Row
from lpsnet_ros.engine.benchmark.suite import SuiteResult

SCHEMA = 1
COLUMNS = (
    '',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'fps',
    'x network',
    'x ours',
    'same %',
    'ready s',
    'extra MiB',
)
SCALING_COLUMNS = ('frame', 'threads', 'p50 ms', 'ms/megapixel', 'x network')
INDENT = '- '


def as_table(result: CaseResult) -> str:
    """Return a Markdown table of a case, its candidates fastest first, and who is not in it.

    ``x network`` and ``x ours`` are ratios of medians: to the bare network, to the engine.
    """
    cells = [_cells(row, result) for row in _ordered(result.rows)]
    absent = [f'- without {name}: {why}' for name, why in result.left_out.items()]
    gap = [''] if absent else []
    return '\n'.join([heading(result), '', markdown.table(COLUMNS, cells), *gap, *absent])


def heading(result: CaseResult) -> str:
    """Return one line that says what was compared."""
    case, origin = result.case, result.provenance
    height, width = case.size
    return (
        f'{case.model}, {height}x{width} frames, the network sees {origin.resolution:g} of them, '
        f'{origin.backend} {origin.precision}, {case.threads} thread(s), '
        f'{result.row(ENGINE).summary.rounds} rounds'
    )


def as_json(results: SuiteResult, context: Mapping[str, Any]) -> str:
    """Return everything: every single time, the ratios, machine, versions, command, date.

    Args:
        results: of the suite.
        context: ``machine``, ``versions``, ``command``, ``source`` and the like.

    """
    document = {
        'schema': SCHEMA,
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        **context,
        'comparisons': [_result(r) for r in results.comparisons],
        'over_sizes': [_result(r) for r in results.over_sizes],
        'over_threads': [_result(r) for r in results.over_threads],
    }
    return json.dumps(document, indent=1)


def as_page(results: SuiteResult, context: Mapping[str, Any]) -> str:
    """Return all tables as Markdown."""
    parts = [as_table(r) for r in results.comparisons]
    scaling = [*results.over_sizes, *results.over_threads]
    if scaling:
        parts.append(scaling_table(scaling))
    return '\n\n'.join([*parts, footer(context)]) + '\n'


def scaling_table(results: Sequence[CaseResult]) -> str:
    """Return a Markdown table of the engine over frame sizes and threads."""
    cells = []
    for result in results:
        row, network = result.row(ENGINE), result.row(NETWORK)
        cells.append(
            [
                '{}x{}'.format(*result.case.size),
                str(result.case.threads),
                f'{row.summary.p50:.2f}',
                f'{milliseconds_per_megapixel(result, row):.2f}',
                _optional(ratio(row, network), '.2f'),
            ]
        )
    return markdown.table(SCALING_COLUMNS, cells)


def footer(context: Mapping[str, Any]) -> str:
    """Return the lines below all tables: where the numbers are from and whether to trust them."""
    machine = context['machine']
    lines = [
        in_one_line(machine, context['versions']),
        f'frames: {context["source"]}',
        f'command: {context["command"]}',
    ]
    note = busy_note(machine)
    lines += [f'WARNING: {note}'] if note else []
    return '\n'.join(f'- {line}' for line in lines)


def milliseconds_per_megapixel(result: CaseResult, row: Row) -> float:
    """Return a row's median for each million pixels of the frame."""
    height, width = result.case.size
    return row.summary.p50 / (height * width / 1e6)


def ratio(row: Row, to: Row | None) -> float | None:
    """Return how many times as long as another a row takes, by medians."""
    return row.summary.p50 / to.summary.p50 if to else None


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """Put the fastest first, and the stages below the engine."""
    stages = [r for r in rows if r.kind == STAGE]
    ordered = sorted((r for r in rows if r.kind != STAGE), key=lambda r: r.summary.p50)
    ours = next(i for i, r in enumerate(ordered) if r.kind == ENGINE) + 1
    return ordered[:ours] + stages + ordered[ours:]


def _cells(row: Row, result: CaseResult) -> list[str]:
    s = row.summary
    to_network = ratio(row, result.row(NETWORK)) if row.kind != STAGE else None
    to_ours = ratio(row, result.row(ENGINE))
    name = f'{INDENT}{row.name}' if row.kind == STAGE else row.name
    times = [f'{v:.2f}' for v in (s.p50, s.p95, s.p99)]
    fps = '' if row.kind == STAGE else f'{s.fps:.1f}'
    return [
        name,
        *times,
        fps,
        _optional(to_network, '.2f'),
        _optional(to_ours, '.2f'),
        _optional(row.agreement, '.3f'),
        _optional(row.ready_s, '.1f'),
        _optional(row.extra_mib, '.1f'),
    ]


def _optional(value: float | None, form: str) -> str:
    return '' if value is None else format(value, form)


def _result(result: CaseResult) -> dict[str, Any]:
    return {
        'case': asdict(result.case),
        'engine': asdict(result.provenance),
        'rows': [_row(row, result) for row in result.rows],
        'left_out': dict(result.left_out),
    }


def _row(row: Row, result: CaseResult) -> dict[str, Any]:
    return {
        'name': row.name,
        'kind': row.kind,
        'description': row.description,
        **asdict(row.summary),
        'fps': row.summary.fps,
        'ms_per_megapixel': milliseconds_per_megapixel(result, row),
        'ratio_to_network': ratio(row, result.row(NETWORK)),
        'ratio_to_engine': ratio(row, result.row(ENGINE)),
        'agreement_percent': row.agreement,
        'ready_s': row.ready_s,
        'extra_mib': row.extra_mib,
        'times_ms': [round(t, 3) for t in row.times],
    }
