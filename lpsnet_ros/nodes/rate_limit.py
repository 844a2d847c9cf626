"""Thinning a stream to a rate."""

from __future__ import annotations


class RateLimit:
    """Lets items pass at a rate, on average exactly; times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._due = float('-inf')
        self._rate_hz = 0.0

    def lets_pass(self, now: float, rate_hz: float) -> bool:
        """Tell whether an item that comes now may pass; 0 is no limit, a new rate begins anew."""
        if rate_hz != self._rate_hz:
            self._rate_hz, self._due = rate_hz, float('-inf')
        if not rate_hz:
            return True
        if now < self._due:
            return False
        period = 1 / rate_hz
        # From when it was due, not from now: else 30 Hz thinned to 20 would become 15.
        in_time = now - self._due < period
        self._due = period + (self._due if in_time else now)
        return True
