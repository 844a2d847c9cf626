"""Counters and percentiles."""

from __future__ import annotations

import pytest

from lpsnet_ros.nodes.statistics import Statistics


def test_rates_cover_the_time_since_the_snapshot_before() -> None:
    statistics = Statistics()
    statistics.snapshot(100.0)
    for index in range(10):
        statistics.frame_received(100.0 + index / 10)
    for _ in range(4):
        statistics.frame_masked({'engine': 1.0})
    now = statistics.snapshot(102.0)
    assert (now.rate_in, now.rate_out) == (5.0, 2.0)
    assert now.since_frame == pytest.approx(1.1)
    assert statistics.snapshot(103.0).rate_in == 0


def test_percentiles_are_of_the_latest_frames() -> None:
    statistics = Statistics()
    for value in range(1000):
        statistics.frame_masked({'engine': float(value)})
    p50, _, _, worst = statistics.snapshot(0.0).percentiles['engine']
    assert worst == 999
    assert p50 > 800


def test_the_last_refusal_is_kept() -> None:
    statistics = Statistics()
    statistics.frame_refused('bad step: 1')
    statistics.frame_refused('short data: 2')
    now = statistics.snapshot(0.0)
    assert (now.refused, now.last_refusal) == (2, 'short data: 2')
