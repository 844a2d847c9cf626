"""Thinning a stream."""

from __future__ import annotations

import pytest

from lpsnet_ros.nodes.rate_limit import RateLimit

CAMERA_HZ = 30.0


def passed(rate_hz: float, seconds: float) -> int:
    limit = RateLimit()
    times = [index / CAMERA_HZ for index in range(int(seconds * CAMERA_HZ))]
    return sum(limit.lets_pass(now, rate_hz) for now in times)


@pytest.mark.parametrize('rate_hz', [1.0, 7.0, 20.0, 29.0, 30.0])
def test_the_rate_is_met_on_average_though_frames_come_in_steps(rate_hz: float) -> None:
    assert passed(rate_hz, 20.0) == pytest.approx(20 * rate_hz, abs=2)


@pytest.mark.parametrize('rate_hz', [0.0, 60.0])
def test_nothing_is_held_back_below_the_limit(rate_hz: float) -> None:
    assert passed(rate_hz, 2.0) == 60


def test_a_pause_is_not_made_up_for() -> None:
    limit = RateLimit()
    assert limit.lets_pass(0.0, 10.0)
    assert [limit.lets_pass(100.0 + ms / 1000, 10.0) for ms in (0, 20, 40)] == [True, False, False]


def test_another_rate_holds_from_the_next_frame_on() -> None:
    limit = RateLimit()
    assert limit.lets_pass(0.0, 0.02)
    assert not limit.lets_pass(1.0, 0.02)
    assert limit.lets_pass(1.1, 30.0)
