"""Architectures as text (a scale's name or ``Architecture.name``) and as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from lpsnet_ros.network import SCALES, Architecture

_SPELT = re.compile(r'd([\d-]+)_w([\d-]+)_r([\d.-]+)')


def parse_architecture(text: str) -> Architecture:
    """Read a scale's name, or the three dimensions like ``d1-1-1-1-1_w4-8-16-32-32_r0.5``.

    Its inputs are aligned, as those of all new networks.

    Raises:
        ValueError: it is neither, or a dimension is out of range.

    """
    if text.lower() in SCALES:
        return replace(SCALES[text.lower()], aligned=True)
    match = _SPELT.fullmatch(text)
    if not match:
        raise ValueError(
            f'no architecture {text!r}: give {", ".join(SCALES)}, or depth, width and resolution '
            'like d1-1-1-1-1_w4-8-16-32-32_r0.5'
        )
    depth, width, resolution = (group.split('-') for group in match.groups())
    try:
        return Architecture(
            tuple(map(int, depth)),
            tuple(map(int, width)),
            tuple(map(float, resolution)),
            aligned=True,
        )
    except ValueError as error:
        raise ValueError(f'no architecture {text!r}: {error}') from None


def to_json(architecture: Architecture) -> dict[str, Sequence[float]]:
    """Return the three dimensions by name."""
    return asdict(architecture)


def from_json(values: Mapping[str, Any]) -> Architecture:
    """Read the three dimensions among some values.

    Raises:
        TypeError, ValueError: they are absent or malformed.

    """
    names = (entry.name for entry in fields(Architecture))
    return Architecture(**{name: values[name] for name in names if name in values})
