"""Counters and percentiles."""

from __future__ import annotations

import pytest

from lpsnet_ros.nodes.statistics import Statistics

LIMIT_MS = 100.0


def masked(statistics: Statistics, engine_ms: float, now: float = 0.0, stamp: float = 0.0) -> None:
    statistics.frame_masked({'engine': engine_ms}, stamp, LIMIT_MS, now)


def test_rates_cover_the_time_since_the_snapshot_before() -> None:
    statistics = Statistics()
    statistics.snapshot(100.0)
    for index in range(10):
        statistics.frame_received(100.0 + index / 10)
    for index in range(4):
        masked(statistics, 1.0, stamp=7 + index / 20)
    now = statistics.snapshot(102.0)
    assert (now.rate_in, now.rate_out) == (5.0, 2.0)
    assert now.rate_stamps == pytest.approx(20.0)
    assert now.since_frame == pytest.approx(1.1)
    later = statistics.snapshot(103.0)
    assert (later.rate_in, later.rate_stamps) == (0, None)


def test_percentiles_are_of_the_latest_frames() -> None:
    statistics = Statistics()
    for value in range(1000):
        masked(statistics, float(value))
    now = statistics.snapshot(0.0)
    p50, _, _, worst = now.percentiles['engine']
    assert worst == 999
    assert p50 > 800
    assert now.last_ms == {'engine': 999.0}


def test_one_fast_frame_ends_being_slow_for_long() -> None:
    statistics = Statistics()
    masked(statistics, 500.0, now=10.0)
    masked(statistics, 300.0, now=12.0)
    now = statistics.snapshot(13.0)
    assert (now.slow_for, now.slowest_ms) == (2.0, 500.0)
    masked(statistics, 50.0, now=14.0)
    now = statistics.snapshot(15.0)
    assert (now.slow_for, now.slowest_ms) == (0.0, 50.0)


def test_slow_frames_before_and_after_a_pause_are_not_slow_for_long() -> None:
    statistics = Statistics()
    for now in (10.0, 610.0):
        statistics.frame_received(now, pause_s=2.0)
        masked(statistics, 500.0, now=now + 0.5)
    assert statistics.snapshot(611.0).slow_for == 0.0
    statistics.frame_received(611.0, pause_s=2.0)
    masked(statistics, 500.0, now=611.5)
    assert statistics.snapshot(612.0).slow_for == 1.0


def test_recent_masks_are_counted_from_the_first_of_them() -> None:
    statistics = Statistics()
    statistics.listen(0.0)
    assert statistics.snapshot(1.0).recent_s == 0.0
    for tenth in range(10, 100):
        statistics.frame_received(tenth / 10, pause_s=2.0)
        masked(statistics, 5.0, now=tenth / 10)
    now = statistics.snapshot(10.0, recent_s=5.0)
    assert now.recent_masks / now.recent_s == pytest.approx(10.0, abs=0.3)
    assert now.recent_s == pytest.approx(5.0, abs=0.11)
    statistics.frame_received(20.0, pause_s=2.0)
    masked(statistics, 5.0, now=20.0)
    later = statistics.snapshot(20.5, recent_s=5.0)
    assert (later.recent_masks, later.recent_s) == (0, 0.5)


def test_frames_without_masks_count_as_a_rate_of_none() -> None:
    statistics = Statistics()
    statistics.frame_received(10.0)
    now = statistics.snapshot(13.0, recent_s=5.0)
    assert (now.recent_masks, now.recent_s) == (0, 3.0)


def test_silence_begins_with_listening() -> None:
    statistics = Statistics()
    assert statistics.snapshot(9.0).since_frame is None
    statistics.listen(10.0)
    assert statistics.snapshot(11.5).since_frame == 1.5


def test_the_last_refusal_is_kept() -> None:
    statistics = Statistics()
    statistics.frame_refused('bad step: 1')
    statistics.frame_refused('short data: 2')
    now = statistics.snapshot(0.0)
    assert (now.refused, now.last_refusal) == (2, 'short data: 2')
