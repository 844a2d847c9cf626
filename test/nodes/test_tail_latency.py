"""Telling from few times that the p95 is over a limit."""

from __future__ import annotations

import random

import pytest

from lpsnet_ros.nodes.tail_latency import find_overrun, p95


@pytest.mark.parametrize(('window', 'enough'), [(5, 4), (20, 6), (60, 10), (200, 22)])
def test_so_many_of_a_window_are_no_chance(window: int, enough: int) -> None:
    spread = [10.0] * window
    for index in range(enough):
        spread[index * window // enough] = 90.0 + index
    assert find_overrun([10.0] * 300 + spread, 50.0)
    spread[-window] = 10.0
    assert find_overrun([10.0] * 300 + spread, 50.0) is None


def test_it_names_the_window_and_the_typical_slow_time() -> None:
    found = find_overrun([10.0, 10.0, 80.0, 82.0, 500.0, 81.0], 50.0)
    assert str(found) == '4 of the latest 5 frames (median of those 81.5 ms)'
    assert list(found.latest) == [10.0, 80.0, 82.0, 500.0, 81.0]


def test_a_stream_with_one_slow_time_in_thirty_is_never_accused_for_long() -> None:
    rng = random.Random(1)
    times = [90.0 if rng.random() < 1 / 30 else 10.0 for _ in range(5000)]
    accused = sum(bool(find_overrun(times[:end], 50.0)) for end in range(1, len(times)))
    assert accused < 25


@pytest.mark.parametrize(
    ('times', 'expected'), [(range(1, 101), 95), (range(1, 21), 19), ([7.0], 7.0), ([1, 9], 9)]
)
def test_p95_is_the_nearest_rank(times: list[float], expected: float) -> None:
    assert p95(list(times)) == expected
