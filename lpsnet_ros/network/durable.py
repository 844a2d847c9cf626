"""Replacing files so that neither a kill nor a power cut leaves a broken one."""

from __future__ import annotations

import os
from pathlib import Path


def replace_durably(new: Path, path: Path) -> None:
    """Put a finished file into another's place; all is on the disk when this returns."""
    _flush(new)
    new.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
