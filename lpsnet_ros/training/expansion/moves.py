"""The ten moves by which a network grows, and how far they may lead."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lpsnet_ros.network import Architecture
from lpsnet_ros.network.architecture import MAX_PATHS

DEPTH_UNITS = ((0, 1, 1, 1, 1), (0, 0, 1, 1, 1), (0, 0, 0, 1, 1))
WIDTH_UNITS = ((4, 8, 16, 32, 32), (0, 8, 16, 32, 32), (0, 0, 16, 32, 32), (0, 0, 0, 32, 32))
RESOLUTION_UNITS = tuple(
    tuple(1 / 8 if path == grown else 0.0 for path in range(MAX_PATHS))
    for grown in range(MAX_PATHS)
)


@dataclass(frozen=True)
class Move:
    """One direction to grow in (``expand.py`` of the official release).

    Args:
        dimension: of ``Architecture``: ``depth``, ``width`` or ``resolution``.
        unit: what it adds to each stage or, for the resolution, to each path.

    """

    dimension: str
    unit: tuple[float, ...]

    def applied(self, architecture: Architecture, count: int) -> Architecture:
        """Return the architecture grown by some units; on an absent path they make one."""
        values = getattr(architecture, self.dimension)
        padded = (*values, *[0] * (len(self.unit) - len(values)))
        grown = tuple(v + count * u for v, u in zip(padded, self.unit))
        return replace(architecture, **{self.dimension: grown})

    def __str__(self) -> str:
        grown = [index + 1 for index, unit in enumerate(self.unit) if unit]
        if self.dimension == 'resolution':
            return f'resolution of path {grown[0]}'
        return f'{self.dimension} of stages {grown[0]}-{grown[-1]}'


MOVES = tuple(
    Move(dimension, unit)
    for dimension, units in (
        ('depth', DEPTH_UNITS),
        ('width', WIDTH_UNITS),
        ('resolution', RESOLUTION_UNITS),
    )
    for unit in units
)


@dataclass(frozen=True)
class Limits:
    """The largest architecture of a search.

    Not of the paper: they end the repetitions of a move that costs nothing measurable, such as
    channels on a large GPU. A ratio above 1 shows a network no more than the frame has.

    Args:
        depth: most blocks of a stage.
        width: most channels of a stage.
        resolution: largest ratio of a path.

    """

    depth: int = 20
    width: int = 256
    resolution: float = 1.0

    def reached(
        self, architecture: Architecture, move: Move, count: int = 1
    ) -> Architecture | None:
        """Return what a move, made so often, leads to; None where that is beyond the limits."""
        try:
            grown = move.applied(architecture, count)
        except ValueError:  # Beyond what any network may be.
            return None
        return grown if self.allow(grown) else None

    def allow(self, architecture: Architecture) -> bool:
        return (
            max(architecture.depth) <= self.depth
            and max(architecture.width) <= self.width
            and max(architecture.resolution) <= self.resolution
        )
