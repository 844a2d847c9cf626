"""An error in a line: what a table, a note or another error's text has room for."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """Return an error's kind and the first line of its message, where it has one."""
    lines = str(error).strip().splitlines()
    return f'{type(error).__name__}: {lines[0].rstrip()}' if lines else type(error).__name__
