"""What is wrong with data on disk, said in one way."""

from __future__ import annotations

from collections.abc import Sequence


class DatasetError(ValueError):
    """The data on disk are incomplete or malformed; names the file and the fix."""


def shortened(items: Sequence, shown: int = 8) -> str:
    """Write a list like Python does, its end left out where it is long."""
    if len(items) <= shown:
        return str(list(items))
    start = ', '.join(map(repr, items[:shown]))
    return f'[{start}, ... {len(items)} in all]'
