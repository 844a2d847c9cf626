"""Which architectures a latency table should have."""

from __future__ import annotations

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.training.expansion.moves import Limits
from lpsnet_ros.training.expansion.neighbourhood import around, sample

TINY = SCALES['tiny']


def test_around_is_the_architecture_and_every_move_repeated() -> None:
    near = around(TINY, Limits(), 2)
    assert near[0] == TINY
    assert len(near) == len(set(near)) == 1 + 9 * 2
    assert Architecture(TINY.depth, TINY.width, (0.5, 0.25)) in near


def test_limits_end_the_repetitions() -> None:
    near = around(TINY, Limits(depth=2, width=32, resolution=0.5), 8)
    assert sum(a.depth != TINY.depth for a in near) == 3
    assert sum(a.width != TINY.width for a in near) == 0
    assert sum(a.resolution != TINY.resolution for a in near) == 4


def test_sample_is_spread_seeded_and_within_the_limits() -> None:
    limits = Limits(width=100)
    drawn = sample(TINY, limits, 40)
    assert len(set(drawn)) == 40
    assert drawn == sample(TINY, limits, 40)
    assert drawn != sample(TINY, limits, 40, seed=1)
    assert all(limits.allow(a) for a in drawn)
    assert {a.num_paths for a in drawn} == {1, 2, 3}
    assert max(max(a.depth) for a in drawn) >= 4


def test_sample_of_a_small_neighbourhood_ends() -> None:
    drawn = sample(TINY, Limits(depth=1, width=32, resolution=0.5), 500)
    assert len(set(drawn)) == len(drawn) < 500
