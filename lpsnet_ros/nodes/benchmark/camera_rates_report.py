"""The masks of several cameras, for people (a table, sentences) and programs (numbers)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from lpsnet_ros.engine import markdown
from lpsnet_ros.engine.benchmark.report import INDENT
from lpsnet_ros.nodes.benchmark import pages
from lpsnet_ros.nodes.benchmark.camera_rates import CameraRates

COLUMNS = ('', 'masks/s', 'slowest block', 'fastest block', 'masks')
ASKED_RATIO = 0.95
ASKED_DEVIATION = 0.10


def as_table(result: CameraRates) -> str:
    """Return a Markdown table of a case, and what follows from it."""
    together = f'{len(result.masks)} cameras together'
    rows = [
        _cells('one camera', result.one_hz, ''),
        _cells(together, result.all_hz, str(sum(result.masks.values()))),
        *([INDENT + name, '', '', '', str(count)] for name, count in result.masks.items()),
    ]
    return '\n'.join(
        [
            pages.heading(result.case, result.engine),
            '',
            markdown.table(COLUMNS, rows),
            '',
            f'- {together} get {result.ratio:.2f} x the masks of one: '
            f'{_verdict(result.ratio >= ASKED_RATIO)} the {ASKED_RATIO:g} x that is asked.',
            f'- A camera is {100 * result.largest_deviation:.1f}% off an equal share at most: '
            f'{_verdict(result.largest_deviation <= ASKED_DEVIATION)} '
            f'the {100 * ASKED_DEVIATION:g}% that is allowed.',
            f'- {result.sent_hz:.1f} frames/s were sent in all, by one camera or by all in turn.',
        ]
    )


def as_numbers(result: CameraRates) -> dict[str, Any]:
    """Return everything for JSON."""
    return {
        **pages.case_numbers(result.case, result.engine),
        'sent_hz': result.sent_hz,
        'one_hz': list(result.one_hz),
        'all_hz': list(result.all_hz),
        'masks': dict(result.masks),
        'ratio': result.ratio,
        'largest_deviation': result.largest_deviation,
    }


def _verdict(good: bool) -> str:
    return 'within' if good else 'NOT within'


def _cells(name: str, rates: Sequence[float], masks: str) -> list[str]:
    return [name, *(f'{rate:.2f}' for rate in (median(rates), min(rates), max(rates))), masks]
