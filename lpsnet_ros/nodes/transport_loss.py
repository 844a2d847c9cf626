"""How many frames were lost on the way, from nothing but the stamps of those that came."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PAUSE_S = 3.0
BLOCK = 60
"""Gaps that one estimate is made of."""

_FIRST_GUESSES = (0.5, 0.25, 0.1)
"""Quantiles of the gaps; the later ones serve when more than half of the gaps hide a frame."""
_WORST_ERROR = 0.25
_ROUNDS = 20
_SETTLED = 1e-3


class TransportLoss:
    """Estimates a camera's rate and its frames lost in transport, block by block.

    A camera stamps its frames at even times, so a gap of about two periods hides a lost frame.
    Each block of 60 gaps is judged by itself: a camera that changes its rate, pauses or jumps in
    time falsifies no more than the block in which it does. A block in which no rate can be seen
    is judged again together with the next. Loss as regular as the camera itself (every second
    frame, say) can not be told from a slower camera. Not thread-safe.

    Attributes:
        lost: frames lost since the start, in all finished blocks; never falls.
        share: share of the sent frames that was lost in the latest block, 0..1; None: unknown.
        rate_hz: the camera's own rate in the latest block; None: unknown. Both are unknown before
            the first block ends, and where the stamps follow no rate.

    """

    def __init__(self) -> None:
        self.lost = 0
        self.share: float | None = None
        self.rate_hz: float | None = None
        self._balance = 0
        self._gaps: list[float] = []
        self._before: int | None = None

    def add(self, stamp_ns: int) -> None:
        """Take the header stamp of the next frame that came in, in nanoseconds.

        A stamp equal to the one before says nothing, an earlier one begins the block anew, and
        a gap of more than 3 s is a pause of the camera, in which nothing is lost.
        """
        before, self._before = self._before, stamp_ns
        gap = 0.0 if before is None else (stamp_ns - before) / 1e9
        if gap < 0:
            self._gaps.clear()
        if not 0 < gap <= PAUSE_S:
            return
        self._gaps.append(gap)
        if len(self._gaps) % BLOCK == 0:
            self._estimate(np.array(self._gaps))

    def _estimate(self, gaps: NDArray[np.float64]) -> None:
        period = _period(gaps)
        if period is None:
            self.share = self.rate_hz = None
            del self._gaps[:-BLOCK]
            return
        self._gaps.clear()
        sent = int(_periods_in(gaps, period).sum())
        # Jitter makes a block too many as often as one too few: only the sum over blocks is fair.
        self._balance += sent - len(gaps)
        self.lost = max(self.lost, self._balance)
        self.share = max(0.0, 1 - len(gaps) / sent)
        self.rate_hz = 1 / period


def _period(gaps: NDArray[np.float64]) -> float | None:
    """Return the longest period of which all gaps are nearly multiples; None: there is none.

    Halves and thirds of a period fit as well, so the longest that fits is the true one.
    """
    for guess in np.quantile(gaps, _FIRST_GUESSES):
        period = _refined(gaps, guess)
        if _error(gaps, period) <= _WORST_ERROR:
            return period
    return None


def _refined(gaps: NDArray[np.float64], period: float) -> float:
    """Bring a period to where as many fit into the whole time as into all gaps one by one."""
    for _ in range(_ROUNDS):
        before, period = period, gaps.sum() / max(1.0, _periods_in(gaps, period).sum())
        if abs(period - before) < _SETTLED * period:
            break
    return float(period)


def _periods_in(gaps: NDArray[np.float64], period: float) -> NDArray[np.float64]:
    return np.rint(gaps / period)


def _error(gaps: NDArray[np.float64], period: float) -> float:
    """Return how far gaps are from one, two, ... periods, RMS in periods; 0.29 by pure chance."""
    multiples = np.maximum(1.0, _periods_in(gaps, period))
    return float(np.sqrt(np.mean((gaps / period - multiples) ** 2)))
