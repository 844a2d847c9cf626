"""Markdown that programs write: tables, and parts of pages that people write around."""

from __future__ import annotations

import math
from collections.abc import Sequence

BEGIN = '<!-- written by "lpsnet models card --write": edits are lost -->'
END = '<!-- end of what it writes -->'


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True) -> str:
    """Return a table with padded cells.

    Args:
        columns: their titles.
        rows: as many cells each.
        numbers: all columns but the first are flush right; else all are flush left.

    """
    widths = [max(map(len, column)) for column in zip(columns, *rows)]
    rule = [
        '-' * (width - 1) + ':' if index and numbers else '-' * width
        for index, width in enumerate(widths)
    ]
    return '\n'.join(_line(row, widths, numbers) for row in (columns, rule, *rows))


def percent(share: float | None) -> str:
    """Return a share of 0..1 in % with one decimal; a dash for None and NaN."""
    return '-' if share is None or math.isnan(share) else f'{100 * share:.1f}'


def block(text: str) -> str:
    """Return a part of a page between the two marks by which ``with_block`` finds it."""
    return f'{BEGIN}\n\n{text}\n\n{END}'


def with_block(page: str, text: str) -> str:
    """Return a page with another text between its marks.

    Raises:
        ValueError: it has not both marks, once each and in order; says which.

    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in after:
        raise ValueError(f'expected the lines {BEGIN!r} and {END!r} once each, in this order')
    return before + block(text) + after


def _line(cells: Sequence[str], widths: Sequence[int], numbers: bool) -> str:
    padded = (
        cell.rjust(width) if index and numbers else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths))
    )
    return f'| {" | ".join(padded)} |'
