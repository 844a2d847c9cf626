"""What the node adds, for people (a table, sentences) and for programs (numbers)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from lpsnet_ros.engine import markdown
from lpsnet_ros.engine.benchmark.measure import summarise
from lpsnet_ros.engine.benchmark.report import INDENT
from lpsnet_ros.nodes.benchmark import pages
from lpsnet_ros.nodes.benchmark.results import ALLOWED_MS, ALLOWED_SHARE, NodeResult, Stream

COLUMNS = ('', 'p50 ms', 'p95 ms', 'p99 ms', 'frames')
Row = tuple[str, Sequence[float]]


def as_table(result: NodeResult) -> str:
    """Return a Markdown table of a case, and what follows from it."""
    cells = [_cells(name, times) for name, times in _rows(result)]
    return '\n'.join(
        [
            pages.heading(result.case, result.engine),
            '',
            markdown.table(COLUMNS, cells),
            '',
            *_conclusions(result),
        ]
    )


def as_numbers(result: NodeResult) -> dict[str, Any]:
    """Return everything for JSON: every single time, and what follows."""
    return {
        **pages.case_numbers(result.case, result.engine),
        'added_ms': result.added_ms,
        'allowed_ms': result.allowed_ms,
        'beyond_transport_ms': result.beyond_transport_ms,
        'rate_hz': result.rate_hz,
        'engine_alone': _series(result.alone_ms),
        'one_by_one': _stream(result.one_by_one),
        'at_rate': _stream(result.at_rate),
        'frame_transport': _series(result.frame_transport_ms),
        'mask_transport': _series(result.mask_transport_ms),
    }


def _rows(result: NodeResult) -> Iterator[Row]:
    yield 'engine alone', result.alone_ms
    yield from _stream_rows('one by one', result.one_by_one)
    yield from _stream_rows(f'{result.rate_hz:g} Hz', result.at_rate)
    yield 'transport of a frame, without the node', result.frame_transport_ms
    yield 'transport of a mask, without the node', result.mask_transport_ms


def _stream_rows(name: str, stream: Stream) -> Iterator[Row]:
    yield f'{name}: publish to mask', stream.end_to_end_ms
    yield f'{INDENT}in the node', stream.node_ms
    for stage, times in stream.stages_ms.items():
        yield f'{INDENT}{INDENT}{stage}', times
    yield f'{INDENT}{INDENT}all but engine', stream.besides_engine_ms


def _cells(name: str, times: Sequence[float]) -> list[str]:
    if not times:
        return [name, '', '', '', '0']
    s = summarise(times)
    return [name, *(f'{v:.2f}' for v in (s.p50, s.p95, s.p99)), str(s.rounds)]


def _conclusions(result: NodeResult) -> Iterator[str]:
    verdict = 'within' if result.added_ms <= result.allowed_ms else 'NOT within'
    yield (
        f'- The node adds {result.added_ms:.2f} ms to the engine (median of pairs): {verdict} the '
        f'{result.allowed_ms:.2f} ms that it may ({100 * ALLOWED_SHARE:g}% or {ALLOWED_MS:g} ms).'
    )
    yield (
        f'- Publish to mask takes {result.beyond_transport_ms:.2f} ms more than engine and '
        'transport alone (of medians).'
    )
    stream = result.at_rate
    yield (
        f'- At {result.rate_hz:g} Hz {len(stream.end_to_end_ms)} of {stream.sent} frames got a '
        'mask; the others gave way to newer ones or were lost in transport.'
    )


def _stream(stream: Stream) -> dict[str, Any]:
    return {
        'sent': stream.sent,
        'end_to_end': _series(stream.end_to_end_ms),
        'in_node': _series(stream.node_ms),
        'besides_engine': _series(stream.besides_engine_ms),
        'stages': {stage: _series(times) for stage, times in stream.stages_ms.items()},
    }


def _series(times: Sequence[float]) -> dict[str, Any]:
    summary = asdict(summarise(times)) if times else {}
    return {**summary, 'times_ms': [round(t, 3) for t in times]}
