"""The greedy expansion, by simulation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.training.expansion.moves import MOVES, Limits
from lpsnet_ros.training.expansion.search import Rules, Step, candidates, expand

TINY, S = SCALES['tiny'], SCALES['s']
EIGHTHS = 8
# What leads from tiny to S: how often each move is made.
PATH_TO_S = {
    'depth of stages 2-5': 2,
    'depth of stages 4-5': 7,
    'width of stages 1-5': 1,
    'width of stages 2-5': 1,
    'resolution of path 1': 2,
    'resolution of path 2': 2,
}


def moves_made(architecture: Architecture) -> dict[str, float]:
    """Return how often each move was made since tiny, by name; paths don't overtake here."""
    depth = [d - 1 for d in architecture.depth]
    width = [w / u - 1 for w, u in zip(architecture.width, (4, 8, 16, 32))]
    paths = (*architecture.resolution, 0, 0)
    return {
        'depth of stages 2-5': depth[1],
        'depth of stages 3-5': depth[2] - depth[1],
        'depth of stages 4-5': depth[3] - depth[2],
        'width of stages 1-5': width[0],
        'width of stages 2-5': width[1] - width[0],
        'width of stages 3-5': width[2] - width[1],
        'width of stages 4-5': width[3] - width[2],
        'resolution of path 1': EIGHTHS * paths[0] - 4,
        'resolution of path 2': EIGHTHS * paths[1],
        'resolution of path 3': EIGHTHS * paths[2],
    }


class Oracle:
    """A device and a data set on which every move costs and brings what the test says."""

    def __init__(self, costs: dict[str, float]) -> None:
        self.costs = costs
        self.measured: list[Architecture] = []

    def measure(
        self, architectures: Sequence[Architecture], parent: Architecture | None
    ) -> list[float]:
        self.measured += architectures
        return [
            1 + sum(n * self.costs.get(name, 1.0) for name, n in moves_made(a).items())
            for a in architectures
        ]

    def score(
        self, architectures: Sequence[Architecture], parent: Architecture | None
    ) -> list[float]:
        """Each move brings 1 % a ms as long as S has it, and a tenth of that beyond."""
        return [sum(self._brings(*made) for made in moves_made(a).items()) for a in architectures]

    def _brings(self, name: str, count: float) -> float:
        useful = min(count, PATH_TO_S.get(name, 0))
        return 0.01 * self.costs.get(name, 1.0) * (useful + 0.1 * (count - useful))


def path(steps: Sequence[Step]) -> list[tuple[str, int]]:
    return [(str(s.chosen.grown.move), s.chosen.grown.count) for s in steps]


def grow(oracle: Oracle, steps: int, rules: Rules | None = None) -> list[Step]:
    search = expand(TINY, oracle.measure, oracle.score, rules or Rules())
    return list(itertools.islice(search, steps))


def test_unit_costs_lead_from_tiny_to_s_unit_by_unit() -> None:
    steps = grow(Oracle({}), 15)
    made = path(steps)
    assert steps[-1].chosen.grown.architecture == S
    assert {name: made.count((name, 1)) for name in PATH_TO_S} == PATH_TO_S
    assert sum(count for _, count in made) == 15


def test_cheap_moves_are_repeated_and_lead_from_tiny_to_s() -> None:
    costs = {name: 1 / count for name, count in PATH_TO_S.items()}
    steps = grow(Oracle(costs), 6)
    assert steps[-1].chosen.grown.architecture == S
    assert dict(path(steps)) == PATH_TO_S


def test_s_is_left_by_nothing_better() -> None:
    step = next(expand(S, Oracle({}).measure, Oracle({}).score, Rules()))
    assert step.chosen.slope == pytest.approx(0.001)


def test_target_is_the_slowest_single_move_and_moves_come_nearest_to_it() -> None:
    costs = {'width of stages 1-5': 5.0, 'depth of stages 4-5': 0.7, 'resolution of path 1': 2.4}
    target, grown = candidates(TINY, Oracle(costs).measure, Rules())
    assert target == 6.0
    counts = {str(g.move): (g.count, g.latency) for g in grown}
    assert counts['width of stages 1-5'] == (1, 6.0)
    assert counts['depth of stages 4-5'] == (7, pytest.approx(5.9))
    assert counts['resolution of path 1'] == (2, pytest.approx(5.8))
    assert counts['depth of stages 2-5'] == (5, 6.0)


def test_duplicates_are_trained_once() -> None:
    _, grown = candidates(TINY, Oracle({}).measure, Rules())
    architectures = [g.architecture for g in grown]
    assert len(set(architectures)) == len(architectures) == 9
    assert 'resolution of path 3' not in [str(g.move) for g in grown]


def test_moves_beyond_the_limits_are_left_out() -> None:
    limits = Limits(depth=1, width=64, resolution=0.5)
    _, grown = candidates(TINY, Oracle({}).measure, Rules(limits))
    assert {g.move.dimension for g in grown} == {'width', 'resolution'}
    assert all(limits.allow(g.architecture) for g in grown)


def test_move_that_costs_nothing_ends_at_the_limits() -> None:
    oracle = Oracle({'depth of stages 4-5': 0.0})
    _, grown = candidates(TINY, oracle.measure, Rules(Limits(depth=6)))
    free = next(g for g in grown if str(g.move) == 'depth of stages 4-5')
    assert (free.count, free.latency) == (1, 1.0)
    assert max(a.depth[3] for a in oracle.measured) == 6


def test_expansion_ends_where_no_move_is_left() -> None:
    steps = grow(Oracle({}), 99, Rules(Limits(depth=2, width=32, resolution=0.5)))
    assert 0 < len(steps) < 99
    last = steps[-1].chosen.grown.architecture
    assert not any(Limits(2, 32, 0.5).allow(m.applied(last, 1)) for m in MOVES)


def test_latency_limit_is_kept_and_used_up() -> None:
    costs = {'width of stages 1-5': 5.0}
    steps = grow(Oracle(costs), 99, Rules(limit_ms=4.0))
    assert [s.chosen.grown.latency for s in steps] == [4.0]
    assert all(c.grown.latency <= 4.0 for s in steps for c in s.candidates)


def with_mious(mious: dict[str, float], latencies: dict[str, float]) -> Step:
    """Make one step from tiny at 10 ms and 50 % with these outcomes; others gain nothing."""
    names = {m.applied(TINY, 1): str(m) for m in reversed(MOVES)}

    def lookup(values: dict[str, float], default: float) -> Callable:
        def of(architectures: Sequence[Architecture], parent: object) -> list[float]:
            return [values.get(names.get(a, 'start'), default) for a in architectures]

        return of

    rules = Rules(Limits(depth=2, width=64, resolution=5 / 8))
    measure = lookup({'start': 10.0, **latencies}, 11.0)
    return next(expand(TINY, measure, lookup({'start': 0.5, **mious}, 0.4), rules))


def test_slope_divides_the_gain_by_the_added_latency() -> None:
    step = with_mious(
        {'depth of stages 4-5': 0.52, 'width of stages 4-5': 0.53},
        {'depth of stages 4-5': 11.0, 'width of stages 4-5': 12.0},
    )
    assert str(step.chosen.grown.move) == 'depth of stages 4-5'
    assert step.chosen.slope == pytest.approx(0.02)
    assert step.candidates[1].slope == pytest.approx(0.015)


@pytest.mark.parametrize('latency', [10.0, 9.9])
def test_difference_lost_in_noise_counts_as_the_smallest(latency: float) -> None:
    step = with_mious(
        {'depth of stages 4-5': 0.505, 'width of stages 4-5': 0.49},
        {'depth of stages 4-5': latency, 'width of stages 4-5': 9.8},
    )
    assert str(step.chosen.grown.move) == 'depth of stages 4-5'
    assert step.chosen.slope == pytest.approx(0.005 / 0.1)


def test_where_all_are_worse_the_least_bad_is_taken_not_the_slowest() -> None:
    step = with_mious(
        {'depth of stages 4-5': 0.49, 'width of stages 4-5': 0.48},
        {'depth of stages 4-5': 10.5, 'width of stages 4-5': 12.0},
    )
    assert str(step.chosen.grown.move) == 'depth of stages 4-5'
    assert step.chosen.gain == pytest.approx(-0.01)


def test_ties_are_decided_by_miou_latency_and_order() -> None:
    same_slope = with_mious(
        {'depth of stages 4-5': 0.51, 'width of stages 4-5': 0.52},
        {'depth of stages 4-5': 11.0, 'width of stages 4-5': 12.0},
    )
    assert str(same_slope.chosen.grown.move) == 'width of stages 4-5'
    same_in_all = with_mious({'depth of stages 3-5': 0.51, 'width of stages 4-5': 0.51}, {})
    assert str(same_in_all.chosen.grown.move) == 'depth of stages 3-5'


def test_baseline_is_the_parent_trained_as_its_children() -> None:
    asked: list[tuple] = []

    def score(architectures: Sequence[Architecture], parent: Architecture | None) -> list[float]:
        asked.append((architectures[0], parent))
        return [0.6, *[0.61] * (len(architectures) - 1)]

    step = next(expand(TINY, Oracle({}).measure, score, Rules()))
    assert asked == [(TINY, TINY)]
    assert step.baseline == 0.6
    assert step.chosen.gain == pytest.approx(0.01)
