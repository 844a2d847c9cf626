"""Whether the p95 of a stream of times is over a limit, told from few of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

TAIL = 0.05
WINDOWS = (5, 20, 60, 200)
CHANCE = 1e-3


class Overrun(NamedTuple):
    """The latest times that show that the p95 is over a limit, and those of them that are."""

    latest: Sequence[float]
    over: Sequence[float]

    @property
    def typical_ms(self) -> float:
        """The median of the times over the limit.

        That is about the p95 where a tenth is over it, and the common time where nearly all are:
        no single outlier shifts it.
        """
        return median(self.over)

    def __str__(self) -> str:
        return (
            f'{len(self.over)} of the latest {len(self.latest)} frames '
            f'(median of those {self.typical_ms:.1f} ms)'
        )


def find_overrun(times_ms: Sequence[float], limit_ms: float) -> Overrun | None:
    """Return what shows that the p95 is over the limit; None where nothing does.

    It is when more than one time in twenty is over the limit. That is judged over the latest 5,
    20, 60 and 200 times, each window with so many that chance explains them less than once in a
    thousand: 4 of 5 tell, or 22 of 200, but never a single one.
    """
    for window, enough in _ENOUGH.items():
        latest = times_ms[-window:]
        over = [ms for ms in latest if ms > limit_ms]
        if len(over) >= enough:
            return Overrun(latest, over)
    return None


def p95(times_ms: Sequence[float]) -> float:
    """Return the smallest time that 95% of the times do not exceed."""
    return sorted(times_ms)[math.ceil((1 - TAIL) * len(times_ms)) - 1]


def _enough(window: int) -> int:
    """Return how many are too many to be chance where one in twenty is over the limit."""

    def likely(at_least: int) -> float:
        counts = range(at_least, window + 1)
        return sum(math.comb(window, k) * TAIL**k * (1 - TAIL) ** (window - k) for k in counts)

    return next(count for count in range(1, window + 1) if likely(count) <= CHANCE)


_ENOUGH = {window: _enough(window) for window in WINDOWS}
