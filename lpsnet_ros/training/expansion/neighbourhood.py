"""Which architectures a latency table should have."""

from __future__ import annotations

import random

from lpsnet_ros.network import Architecture
from lpsnet_ros.training.expansion.moves import MOVES, Limits

REPEATS = 8
# As many single moves as lead from tiny to S.
LONGEST_WALK = 15
_TRIES = 20


def around(architecture: Architecture, limits: Limits, repeats: int) -> list[Architecture]:
    """Return an architecture and all that one move, made up to so often, makes of it."""
    found = {architecture: None}
    for move in MOVES:
        for count in range(1, repeats + 1):
            grown = limits.reached(architecture, move, count)
            if grown is not None:
                found[grown] = None
    return list(found)


def sample(
    architecture: Architecture, limits: Limits, count: int, seed: int = 0
) -> list[Architecture]:
    """Return different architectures that up to ``LONGEST_WALK`` random moves lead to.

    They are fewer than asked for where the limits leave no more.
    """
    rng = random.Random(seed)
    found: dict[Architecture, None] = {}
    for _ in range(_TRIES * count):
        if len(found) == count:
            break
        grown = architecture
        for move in rng.choices(MOVES, k=rng.randint(1, LONGEST_WALK)):
            grown = limits.reached(grown, move) or grown
        found[grown] = None
    return list(found)
