"""Counting frames and timing stages, for diagnostics."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

STAGES = ('wait', 'decode', 'engine', 'publish', 'end_to_end')
WINDOW = 300
_COUNTERS = ('received', 'masked', 'dropped', 'refused')


@dataclass(frozen=True)
class Snapshot:
    """State of the counters at one moment.

    Args:
        received, masked, dropped, refused: frames since the start.
        rate_in, rate_out: frames a second since the snapshot before.
        rate_stamps: masks a second since the snapshot before, by the stamps of their frames;
            None where fewer than two were made.
        last_refusal: why the latest refused frame was; empty where none was.
        percentiles: stage -> (p50, p95, p99, max) in ms over the last frames.
        last_ms: stage -> time of the latest mask in ms; empty before the first.
        slow_for: seconds since the first of the slow frames that the latest ones all are.
        slowest_ms: largest engine time since the snapshot before; 0 where no mask was made.
        since_frame: seconds since the latest frame came in; None before the first.

    """

    received: int = 0
    masked: int = 0
    dropped: int = 0
    refused: int = 0
    rate_in: float = 0.0
    rate_out: float = 0.0
    rate_stamps: float | None = None
    last_refusal: str = ''
    percentiles: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    last_ms: Mapping[str, float] = field(default_factory=dict)
    slow_for: float = 0.0
    slowest_ms: float = 0.0
    since_frame: float | None = None


class Statistics:
    """Thread-safe counters; times are seconds of any monotonic clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._stages = {stage: deque(maxlen=WINDOW) for stage in STAGES}
        self._last_ms: Mapping[str, float] = {}
        self._last_refusal = ''
        self._last_frame: float | None = None
        self._slow_since: float | None = None
        self._before = (0.0, Counter())
        self._slowest_ms = 0.0
        self._stamps: list[float] = []

    def frame_received(self, now: float) -> None:
        with self._lock:
            self._counts['received'] += 1
            self._last_frame = now

    def frame_dropped(self) -> None:
        with self._lock:
            self._counts['dropped'] += 1

    def frame_refused(self, reason: str) -> None:
        with self._lock:
            self._counts['refused'] += 1
            self._last_refusal = reason

    def frame_masked(
        self, stages_ms: Mapping[str, float], stamp: float, slow_above_ms: float, now: float
    ) -> None:
        """Count a mask.

        Args:
            stages_ms: time of each stage in ms.
            stamp: of its frame, in seconds.
            slow_above_ms: engine time above which the frame counts as slow.
            now: seconds.

        """
        with self._lock:
            self._counts['masked'] += 1
            self._last_ms = stages_ms
            self._stamps.append(stamp)
            for stage, value in stages_ms.items():
                self._stages[stage].append(value)
            self._slowest_ms = max(self._slowest_ms, stages_ms['engine'])
            if stages_ms['engine'] <= slow_above_ms:
                self._slow_since = None
            elif self._slow_since is None:
                self._slow_since = now

    def snapshot(self, now: float) -> Snapshot:
        """Return the counters; rates cover the time since the snapshot before."""
        with self._lock:
            then, before = self._before
            self._before = (now, self._counts.copy())
            span = max(now - then, 1e-9)
            snapshot = Snapshot(
                **{name: self._counts[name] for name in _COUNTERS},
                rate_in=(self._counts['received'] - before['received']) / span,
                rate_out=(self._counts['masked'] - before['masked']) / span,
                rate_stamps=_rate(self._stamps),
                last_refusal=self._last_refusal,
                percentiles={s: _percentiles(v) for s, v in self._stages.items() if v},
                last_ms=self._last_ms,
                slow_for=0.0 if self._slow_since is None else now - self._slow_since,
                slowest_ms=self._slowest_ms,
                since_frame=None if self._last_frame is None else now - self._last_frame,
            )
            self._slowest_ms = 0.0
            self._stamps = self._stamps[-1:]
            return snapshot


def _rate(stamps: list[float]) -> float | None:
    span = stamps[-1] - stamps[0] if stamps else 0.0
    return (len(stamps) - 1) / span if span > 0 else None


def _percentiles(values: deque[float]) -> tuple[float, ...]:
    return tuple(np.percentile(values, (50, 95, 99, 100)).tolist())
