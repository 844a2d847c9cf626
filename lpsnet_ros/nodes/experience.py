"""What the governor's own moves teach it: what a rung really costs, and when to try again."""

from __future__ import annotations

import math

from lpsnet_ros.nodes.ladder import Rung

HOLD_S = 5.0
TRIAL_S = 60.0
MAX_WAIT_S = 320.0
FORGET_S = 300.0


class CostRatios:
    """How many times as long one rung takes as a cheaper one: by their costs until measured.

    That it is more than believed is forgotten after ``FORGET_S``: the machine may have become
    slower just between two rungs, and a rung that seems too dear would never be tried again.
    """

    def __init__(self) -> None:
        self._learnt: dict[tuple[Rung, Rung], float] = {}
        self._dearer: dict[tuple[Rung, Rung], tuple[float, float]] = {}

    def between(self, cheap: Rung, dear: Rung, now: float) -> float:
        """Return the ratio to reckon with."""
        ratio, until = self._dearer.get((cheap, dear), (0.0, -math.inf))
        if now < until:
            return ratio
        return self._learnt.get((cheap, dear), dear.cost / cheap.cost)

    def learn(self, cheap: Rung, dear: Rung, ratio: float, now: float) -> None:
        """Take a ratio that was measured."""
        pair = (cheap, dear)
        self._dearer.pop(pair, None)
        if ratio > self.between(cheap, dear, now):
            self._dearer[pair] = (ratio, now + FORGET_S)
        else:
            self._learnt[pair] = ratio


class Patience:
    """How long to wait on a rung before the next one up is tried: ``HOLD_S`` at first.

    A rung that had to be left again within ``TRIAL_S`` doubles the wait, up to ``MAX_WAIT_S``;
    each ``TRIAL_S`` on a rung that was moved up to halves it.
    """

    def __init__(self) -> None:
        self.wait = HOLD_S
        self._rose: float | None = None
        self._halve = math.inf

    def rose(self, now: float) -> None:
        """Take note of a move up."""
        self._rose = now
        self._halve = now + TRIAL_S

    def fell(self, now: float) -> None:
        """Take note of a move down."""
        if self._rose is not None and now - self._rose < TRIAL_S:
            self.wait = min(2 * self.wait, MAX_WAIT_S)
        self._rose = None
        self._halve = math.inf

    def settle(self, now: float) -> None:
        """Take note that time has passed without a move."""
        if now >= self._halve:
            self.wait = max(HOLD_S, self.wait / 2)
            self._halve = now + TRIAL_S
