"""Counting frames and timing stages, for diagnostics."""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

STAGES = ('wait', 'decode', 'engine', 'publish', 'end_to_end')
WINDOW = 300
RECENT_S = 5.0
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
        recent_masks, recent_s: masks of the latest time, and how many seconds that is; less than
            asked for where frames have begun to come since.
        slow_for: seconds from the first to the last of the slow masks that the latest ones all
            are.
        slowest_ms: largest engine time since the snapshot before; 0 where no mask was made.
        since_frame: seconds since the latest frame came in, or since frames are listened to; None
            before that.

    """

    received: int = 0
    masked: int = 0
    dropped: int = 0
    refused: int = 0
    rate_in: float = 0.0
    rate_out: float = 0.0
    rate_stamps: float | None = None
    recent_masks: int = 0
    recent_s: float = 0.0
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
        self._flowing_since: float | None = None
        self._masked_at: deque[float] = deque()
        self._slow_since: float | None = None
        self._before = (0.0, Counter())
        self._slowest_ms = 0.0
        self._stamps: list[float] = []

    def listen(self, now: float) -> None:
        """Take it that frames are awaited from now on."""
        with self._lock:
            self._last_frame = now
            self._begin_flow(None)

    def frame_received(self, now: float, pause_s: float = math.inf) -> None:
        """Count a frame; one after a pause of more than ``pause_s`` begins a new flow."""
        with self._lock:
            self._counts['received'] += 1
            paused = self._last_frame is not None and now - self._last_frame > pause_s
            if paused or self._flowing_since is None:
                self._begin_flow(now)
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
            self._masked_at.append(now)
            self._slowest_ms = max(self._slowest_ms, stages_ms['engine'])
            if stages_ms['engine'] <= slow_above_ms:
                self._slow_since = None
            elif self._slow_since is None:
                self._slow_since = now

    def snapshot(self, now: float, recent_s: float = RECENT_S) -> Snapshot:
        """Return the counters; rates cover the time since the snapshot before.

        Args:
            now: seconds.
            recent_s: the latest time in which masks are counted for ``recent_masks``.

        """
        with self._lock:
            masks, seconds = self._recent(now, recent_s)
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
                recent_masks=masks,
                recent_s=seconds,
                slow_for=self._slow_for(),
                slowest_ms=self._slowest_ms,
                since_frame=None if self._last_frame is None else now - self._last_frame,
            )
            self._slowest_ms = 0.0
            self._stamps = self._stamps[-1:]
            return snapshot

    def _begin_flow(self, now: float | None) -> None:
        self._flowing_since = now
        self._masked_at.clear()
        self._slow_since = None

    def _recent(self, now: float, window_s: float) -> tuple[int, float]:
        while self._masked_at and now - self._masked_at[0] > window_s:
            self._masked_at.popleft()
        if self._masked_at:
            return len(self._masked_at) - 1, now - self._masked_at[0]
        return 0, 0.0 if self._flowing_since is None else min(window_s, now - self._flowing_since)

    def _slow_for(self) -> float:
        if self._slow_since is None or not self._masked_at:
            return 0.0
        return self._masked_at[-1] - self._slow_since


def _rate(stamps: list[float]) -> float | None:
    span = stamps[-1] - stamps[0] if stamps else 0.0
    return (len(stamps) - 1) / span if span > 0 else None


def _percentiles(values: deque[float]) -> tuple[float, ...]:
    return tuple(np.percentile(values, (50, 95, 99, 100)).tolist())
