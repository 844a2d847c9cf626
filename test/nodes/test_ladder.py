"""Which scales and resolutions the governor may choose from."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lpsnet_ros.nodes.ladder import MIN_COST_RATIO, Rung, build_ladder

# Multiply-adds in 10^9 at 1024x2048; 0.7 is what the frame's two ends take of a CPU.
GIGA = {'tiny': 0.06, 's': 10.4, 'm': 17.7, 'l': 43.8}
FIXED = 0.7


def full(*names: str, resolution: float = 1.0) -> list[Rung]:
    return [Rung(name, resolution, GIGA[name] + FIXED) for name in names]


def named(ladder: tuple[Rung, ...]) -> list[str]:
    return [str(rung) for rung in ladder]


def test_all_scales_make_a_ladder_of_six_from_tiny_to_l() -> None:
    ladder = build_ladder(full('l', 'tiny', 'm', 's'), fixed_cost=FIXED)
    assert named(ladder) == [
        'tiny at 1', 's at 0.5', 's at 0.75', 's at 1', 'm at 1', 'l at 1'
    ]  # fmt: skip
    assert ladder[1].cost == pytest.approx(FIXED + 10.4 / 4)


def test_a_reduced_scale_stands_below_every_smaller_one_that_costs_less() -> None:
    """As L at half resolution costs more than S at full, and M at 0.9 nearly as much as M."""
    ladder = build_ladder(full('s', 'm', 'l'), (1.0, 0.9, 0.5))
    assert named(ladder) == ['s at 0.5', 'm at 0.5', 's at 1', 'm at 1', 'l at 1']


def test_costs_rise_by_what_is_worth_a_rung() -> None:
    steps = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
    ladder = build_ladder(full('tiny', 's', 'm', 'l'), steps, fixed_cost=FIXED)
    assert len(ladder) >= 6
    assert all(high.cost >= MIN_COST_RATIO * low.cost for low, high in pairwise(ladder))
    assert ladder[-1] == full('l')[0]


def test_steps_are_shares_of_the_scale_s_own_resolution_and_end_at_the_lowest() -> None:
    ladder = build_ladder(full('s', resolution=0.5), (1.0, 0.7, 0.5), lowest_resolution=0.3)
    assert [rung.resolution for rung in ladder] == [0.35, 0.5]


def test_of_two_scales_of_one_cost_one_stays() -> None:
    twins = [Rung('a', 1.0, 5.0), Rung('b', 1.0, 5.0)]
    assert len(build_ladder(twins, (1.0,))) == 1


@pytest.mark.parametrize(
    ('scales', 'options', 'complaint'),
    [
        ([], {}, 'no scale with a resolution of 0 or more'),
        (full('s'), {'lowest_resolution': 2.0}, 'no scale with a resolution of 2 or more'),
        (full('s'), {'steps': (1.5,)}, r'steps must be in \(0, 1\], got \(1.5,\)'),
        (full('s'), {'fixed_cost': 20.0}, 'cost of s at 1 must be above 20, got 11.1'),
    ],
)
def test_what_makes_no_ladder_is_refused(
    scales: list[Rung], options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        build_ladder(scales, **options)
