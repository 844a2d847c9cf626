"""What the governor's own moves teach it: what a rung really takes, and when to try again."""

from __future__ import annotations

import math

from lpsnet_ros.nodes.ladder import Rung

HOLD_S = 5.0
TRIAL_S = 60.0
MAX_WAIT_S = 320.0
FORGET_S = 300.0


class CostRatios:
    """How many times as long one rung takes as a cheaper one, as moves have shown it.

    It is forgotten after ``FORGET_S``: the machine may have become slower or faster just between
    two rungs, and a rung that seems too dear would never be tried again.
    """

    def __init__(self) -> None:
        self._learnt: dict[tuple[Rung, Rung], tuple[float, float]] = {}

    def learn(self, cheap: Rung, dear: Rung, ratio: float, now: float) -> None:
        """Take a ratio that was measured."""
        self._learnt[cheap, dear] = (ratio, now + FORGET_S)

    def learnt(self, cheap: Rung, dear: Rung, now: float) -> float | None:
        """Return the ratio that was measured lately, None where none was."""
        ratio, until = self._learnt.get((cheap, dear), (None, now))
        return ratio if now < until else None


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
