"""Counting frames and timing stages, for diagnostics."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

STAGES = ('wait', 'decode', 'engine', 'publish', 'end_to_end')
WINDOW = 300


@dataclass(frozen=True)
class Snapshot:
    """State of the counters at one moment.

    Args:
        received, masked, dropped, refused: frames since the start.
        rate_in, rate_out: frames a second since the snapshot before.
        last_refusal: why the latest refused frame was; empty where none was.
        percentiles: stage -> (p50, p95, p99, max) in ms over the last frames.
        last_engine_ms: engine time of the latest mask; None before the first.
        since_frame: seconds since the latest frame came in; None before the first.

    """

    received: int = 0
    masked: int = 0
    dropped: int = 0
    refused: int = 0
    rate_in: float = 0.0
    rate_out: float = 0.0
    last_refusal: str = ''
    percentiles: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    last_engine_ms: float | None = None
    since_frame: float | None = None


class Statistics:
    """Thread-safe counters; times are seconds of any monotonic clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._stages = {stage: deque(maxlen=WINDOW) for stage in STAGES}
        self._last_refusal = ''
        self._last_frame: float | None = None
        self._before = (0.0, 0, 0)

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

    def frame_masked(self, stages_ms: Mapping[str, float]) -> None:
        with self._lock:
            self._counts['masked'] += 1
            for stage, value in stages_ms.items():
                self._stages[stage].append(value)

    def snapshot(self, now: float) -> Snapshot:
        """Return the counters; rates cover the time since the snapshot before."""
        with self._lock:
            then, received, masked = self._before
            self._before = (now, self._counts['received'], self._counts['masked'])
            span = max(now - then, 1e-9)
            return Snapshot(
                **{name: self._counts[name] for name in _COUNTERS},
                rate_in=(self._counts['received'] - received) / span,
                rate_out=(self._counts['masked'] - masked) / span,
                last_refusal=self._last_refusal,
                percentiles={s: _percentiles(v) for s, v in self._stages.items() if v},
                last_engine_ms=self._stages['engine'][-1] if self._stages['engine'] else None,
                since_frame=None if self._last_frame is None else now - self._last_frame,
            )


_COUNTERS = ('received', 'masked', 'dropped', 'refused')


def _percentiles(values: deque[float]) -> tuple[float, ...]:
    return tuple(np.percentile(values, (50, 95, 99, 100)).tolist())
