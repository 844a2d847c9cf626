"""The ten moves and their limits."""

from __future__ import annotations

import pytest

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.training.expansion.moves import MOVES, Limits

TINY = SCALES['tiny']


def move(name: str) -> object:
    return next(m for m in MOVES if str(m) == name)


def test_moves_are_the_ten_of_the_paper() -> None:
    assert [str(m) for m in MOVES] == [
        'depth of stages 2-5',
        'depth of stages 3-5',
        'depth of stages 4-5',
        'width of stages 1-5',
        'width of stages 2-5',
        'width of stages 3-5',
        'width of stages 4-5',
        'resolution of path 1',
        'resolution of path 2',
        'resolution of path 3',
    ]


@pytest.mark.parametrize(
    ('name', 'count', 'expected'),
    [
        ('depth of stages 3-5', 2, Architecture((1, 1, 3, 3, 3), TINY.width, (1 / 2,))),
        ('width of stages 1-5', 1, Architecture(TINY.depth, (8, 16, 32, 64, 64), (1 / 2,))),
        ('width of stages 4-5', 3, Architecture(TINY.depth, (4, 8, 16, 128, 128), (1 / 2,))),
        ('resolution of path 1', 2, Architecture(TINY.depth, TINY.width, (3 / 4,))),
        ('resolution of path 2', 2, Architecture(TINY.depth, TINY.width, (1 / 2, 1 / 4))),
        ('resolution of path 2', 5, Architecture(TINY.depth, TINY.width, (5 / 8, 1 / 2))),
    ],
)
def test_move_is_made_several_times(name: str, count: int, expected: Architecture) -> None:
    assert move(name).applied(TINY, count) == expected


def test_absent_paths_lead_to_the_same_network() -> None:
    second, third = move('resolution of path 2'), move('resolution of path 3')
    assert second.applied(TINY, 1) == third.applied(TINY, 1)


def test_tiny_becomes_s_by_the_moves_of_the_papers_networks() -> None:
    grown = TINY
    for name, count in {
        'depth of stages 2-5': 2,
        'depth of stages 4-5': 7,
        'width of stages 1-5': 1,
        'width of stages 2-5': 1,
        'resolution of path 1': 2,
        'resolution of path 2': 2,
    }.items():
        grown = move(name).applied(grown, count)
    assert grown == SCALES['s']


@pytest.mark.parametrize(
    ('limits', 'allowed'),
    [
        (Limits(), True),
        (Limits(depth=9), False),
        (Limits(width=95), False),
        (Limits(resolution=0.5), False),
        (Limits(depth=10, width=96, resolution=0.75), True),
    ],
)
def test_limits_hold_for_every_stage_and_path(limits: Limits, allowed: bool) -> None:
    assert limits.allow(SCALES['s']) is allowed


def test_nothing_is_reached_beyond_what_a_network_may_be() -> None:
    limits = Limits(resolution=4.0)
    wide = Architecture(SCALES['tiny'].depth, SCALES['tiny'].width, (3.875,))
    largest = limits.reached(wide, move('resolution of path 1'))
    assert largest.resolution == (4.0,)
    assert limits.reached(largest, move('resolution of path 1')) is None
