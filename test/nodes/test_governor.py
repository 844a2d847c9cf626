"""The governor on simulated machines: load, noise, wrong costs; minutes in milliseconds."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from lpsnet_ros.nodes.governor import HOLD_S, WARMUP_FRAMES, Governor, Move
from lpsnet_ros.nodes.ladder import Rung

TINY, HALF, S, M, L = LADDER = tuple(
    Rung(scale, resolution, cost)
    for scale, resolution, cost in (
        ('tiny', 1.0, 11.0), ('s', 0.5, 45.0), ('s', 1.0, 100.0), ('m', 1.0, 170.0),
        ('l', 1.0, 440.0),
    )
)  # fmt: skip
PERIOD_S = 0.1
P95_OF_NOISE = math.exp(0.1 * 1.645)


@dataclass
class Machine:
    """Takes ``cost * load`` ms a frame, with lognormal noise of 10% and some outliers of 3x.

    ``overhead_ms`` come on top, as on a machine that sleeps between frames.

    Frames come every ``PERIOD_S``, or when the one before is done where that takes longer.
    """

    governor: Governor
    outliers: float = 0.02
    noise: float = 0.1
    overhead_ms: float = 0.0
    true_cost: dict[Rung, float] = field(default_factory=dict)
    ready: Callable[[Rung], bool] = lambda rung: True
    now: float = 0.0
    moves: list[tuple[float, Move]] = field(default_factory=list)
    frames: list[tuple[float, Rung, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(7)

    def frame(self, ms: float) -> Move | None:
        self.now += max(PERIOD_S, ms / 1e3)
        self.frames.append((self.now, self.governor.current, ms))
        move = self.governor.observe(ms, self.now, self.warm_ms)
        if move:
            self.moves.append((self.now, move))
        return move

    def warm_ms(self, rung: Rung) -> float | None:
        return rung.cost if self.ready(rung) else None

    def run(self, seconds: float, load: float = 1.0) -> list[Move]:
        """Return the moves of so many seconds."""
        end, moves_before = self.now + seconds, len(self.moves)
        while self.now < end:
            rung = self.governor.current
            ms = self.true_cost.get(rung, rung.cost) * load
            ms = ms * math.exp(self._random.gauss(0, self.noise)) + self.overhead_ms
            self.frame(3 * ms if self._random.random() < self.outliers else ms)
        return [move for _, move in self.moves[moves_before:]]

    def share_over(self, budget_ms: float, since: float) -> float:
        late = [ms > budget_ms for then, _, ms in self.frames if then >= since]
        return sum(late) / len(late)


def machine(budget_ms: float, start: Rung | None = None, **options: object) -> Machine:
    return Machine(Governor(LADDER, budget_ms, start), **options)


def path(moves: Sequence[Move]) -> list[Rung]:
    return [move.after for move in moves]


def test_it_climbs_to_the_dearest_rung_inside_the_budget_and_stays() -> None:
    m = machine(budget_ms=150)
    assert path(m.run(20)) == [HALF, S]
    assert m.now < 21
    assert m.run(600) == []
    assert m.share_over(150, since=20) < 0.05


def test_each_step_up_waits_for_the_hold_time() -> None:
    m = machine(budget_ms=1000)
    m.run(30)
    times = [then for then, _ in m.moves]
    assert path([move for _, move in m.moves]) == [HALF, S, M, L]
    assert all(b - a >= HOLD_S for a, b in zip([PERIOD_S, *times], times))
    assert times[-1] < 4 * HOLD_S + 10


def test_what_the_machine_adds_to_every_frame_is_not_taken_to_grow_with_the_engine() -> None:
    """Tiny takes 31 ms, of which 20 are the machine's: half S takes 65, not four times 31."""
    m = machine(budget_ms=90, overhead_ms=20.0)
    assert path(m.run(20)) == [HALF]
    assert m.share_over(90, since=20) < 0.05


def test_a_try_that_fails_costs_few_frames_and_is_not_soon_repeated() -> None:
    m = machine(budget_ms=150)
    moves = m.run(280, load=5.0)
    assert path(moves) == [HALF, TINY]
    assert sum(ms > 150 for _, rung, ms in m.frames if rung == HALF) <= 8
    assert path(m.run(60, load=1.0)) == [HALF, S]


def test_a_machine_half_as_fast_costs_four_frames_and_is_forgiven_when_free_again() -> None:
    m = machine(budget_ms=150, start=S)
    m.run(30)
    loaded = m.now
    assert path(m.run(60, load=2.0)) == [HALF]
    slow = [ms for then, rung, ms in m.frames if then > loaded and rung == S and ms > 150]
    assert len(slow) <= 6
    assert m.share_over(150, since=loaded + 5) < 0.05
    free = m.now
    assert path(m.run(60)) == [S]
    assert m.moves[-1][0] - free < HOLD_S + 3


def test_a_heavy_load_takes_several_rungs_at_once() -> None:
    m = machine(budget_ms=150, start=S)
    m.run(30)
    moves = m.run(10, load=8.0)
    assert path(moves) == [TINY]
    assert moves[0].before == S
    assert 'over the budget of 150 ms; tiny at 1 should take' in moves[0].reason


def test_one_slow_frame_moves_nothing() -> None:
    m = machine(budget_ms=150, start=S, outliers=0.0)
    m.run(30)
    assert m.frame(5000.0) is None
    assert m.run(60) == []


def test_frames_right_after_a_move_do_not_count() -> None:
    m = machine(budget_ms=150, start=S, outliers=0.0)
    for _ in range(WARMUP_FRAMES):
        assert m.frame(900.0) is None
    for _ in range(3):
        assert m.frame(900.0) is None
    assert m.frame(900.0).after == TINY
    for _ in range(WARMUP_FRAMES):
        m.frame(900.0)
    assert m.run(2) == []
    assert m.governor.problem == ''
    assert path(m.run(20)) == [HALF, S]


@pytest.mark.parametrize('start', [S, M])
@pytest.mark.parametrize('share', [0.8, 0.87, 0.95, 1.0, 1.05])
def test_ten_minutes_of_noise_near_a_boundary_move_it_twice_at_most(
    share: float, start: Rung
) -> None:
    """M's p95 is the given share of the budget."""
    m = machine(budget_ms=M.cost * P95_OF_NOISE / share, start=start)
    m.run(600)
    assert len(m.moves) <= 2
    assert m.share_over(m.governor.budget_ms, since=0) < 0.07


@pytest.mark.parametrize('truth', [1.3, 2.0])
def test_a_rung_dearer_than_its_cost_is_tried_seldom(truth: float) -> None:
    m = machine(budget_ms=240, start=S, true_cost={M: truth * M.cost})
    m.run(600)
    assert 2 <= len(m.moves) <= 6
    assert {move.after for _, move in m.moves} == {S, M}
    assert m.share_over(240, since=0) < 0.05
    assert sum(rung == S for _, rung, _ in m.frames) > 0.9 * len(m.frames)


def restless(m: Machine, seconds: float) -> list[float]:
    """Put a load on for 8 s of each 20 s; return the times of the moves."""
    begun = m.now
    while m.now < begun + seconds:
        m.run(8, load=2.0)
        m.run(12)
    return [then - begun for then, _ in m.moves if then >= begun]


def test_a_load_that_comes_and_goes_is_followed_less_and_less_often() -> None:
    m = machine(budget_ms=150, start=S)
    times = restless(m, 1500)
    assert sum(then < 100 for then in times) >= 5
    assert sum(500 <= then < 700 for then in times) <= 2
    assert sum(then >= 900 for then in times) >= 3


def test_after_a_quiet_time_it_is_as_quick_as_at_first() -> None:
    m = machine(budget_ms=150, start=S)
    restless(m, 300)
    m.run(700)
    assert m.governor.current == S
    assert path(m.run(10, load=2.0)) == [HALF]
    assert path(m.run(HOLD_S + 3)) == [S]


def test_costs_that_overstate_a_rung_are_mended_by_having_been_there() -> None:
    """By multiply-adds alone S takes 170 times as long as tiny; in truth nine times."""
    by_operations = (Rung('tiny', 1.0, 0.06), Rung('s', 1.0, 10.4))
    tiny, s = by_operations
    m = Machine(Governor(by_operations, 150, start=s), true_cost={tiny: 11.0, s: 100.0})
    assert path(m.run(10, load=2.0)) == [tiny]
    assert path(m.run(20)) == [s]


def test_a_ratio_learnt_when_the_load_changed_is_forgotten() -> None:
    m = machine(budget_ms=240, start=S)
    while m.governor.current == S:
        m.run(PERIOD_S)
    while m.governor.current == M:
        m.run(PERIOD_S, load=2.5)
    assert m.governor.current == S
    assert m.run(240) == []
    assert path(m.run(120)) == [M]


def test_a_new_budget_holds_from_the_next_frame_on() -> None:
    m = machine(budget_ms=150, start=S)
    m.run(30)
    m.governor.set_budget(60)
    assert m.frame(100.0).after == HALF
    m.run(30)
    m.governor.set_budget(1000)
    assert path(m.run(30)) == [S, M, L]
    with pytest.raises(ValueError, match='must be positive, got 0 ms'):
        m.governor.set_budget(0)
    assert m.governor.budget_ms == 1000


def test_the_cheapest_rung_stays_over_budget_and_says_so() -> None:
    m = machine(budget_ms=5)
    assert m.run(60) == []
    assert m.governor.problem.startswith('tiny at 1 stays, it is the cheapest rung: 5 of the ')
    assert m.governor.problem.endswith('over the budget of 5 ms')
    m.frame(4.0)
    assert m.governor.problem.startswith('tiny at 1 stays')
    m.run(60, load=0.3)
    assert m.governor.problem == ''


def test_a_single_rung_never_moves() -> None:
    m = Machine(Governor((S,), 50))
    assert m.run(20) == []
    assert 'it is the cheapest rung' in m.governor.problem
    m.governor.set_budget(500)
    assert m.run(20) == []
    assert m.governor.problem == ''


def test_only_rungs_that_are_ready_are_used() -> None:
    ready = {TINY, S}
    m = machine(budget_ms=150, ready=ready.__contains__)
    assert path(m.run(30)) == [S]
    ready.remove(TINY)
    assert m.run(10, load=2.0) == []
    assert m.governor.problem.startswith('s at 1 stays, no cheaper rung is ready: 5 of the ')
    ready.add(HALF)
    assert path(m.run(10, load=2.0)) == [HALF]


def test_without_any_ready_rung_it_waits_and_takes_the_first_that_comes() -> None:
    ready: set[Rung] = set()
    m = machine(budget_ms=150, start=S, ready=ready.__contains__)
    assert m.run(10) == []
    assert m.governor.problem == 'no rung is ready, waiting for s at 1'
    ready.add(M)
    assert m.frame(170.0) == Move(S, M, 's at 1 is not ready')
    assert m.governor.problem == ''
    ready.add(TINY)
    assert path(m.run(20)) == [TINY]


def test_a_rung_that_is_taken_away_is_left_for_the_next_cheaper() -> None:
    ready = set(LADDER)
    m = machine(budget_ms=150, start=S, ready=ready.__contains__)
    m.run(20)
    ready.remove(S)
    assert m.frame(100.0).after == HALF


def test_the_ladder_changes_live() -> None:
    m = machine(budget_ms=300, start=S)
    assert path(m.run(30)) == [M]
    assert m.governor.set_ladder((S, M)) is None
    assert m.governor.set_ladder((TINY, HALF, S)).after == TINY
    assert path(m.run(30)) == [HALF, S]
    assert m.governor.set_ladder((TINY, HALF, L)).after == HALF
    m.run(30)
    assert m.governor.current == HALF
    assert m.governor.set_ladder((HALF, L)) is None
    assert m.governor.ladder == (HALF, L)


@pytest.mark.parametrize(
    ('ladder', 'budget_ms', 'start', 'complaint'),
    [
        ((), 100, None, 'at least one rung'),
        ((M, S), 100, None, 'must be positive and rise, got m at 1: 170, s at 1: 100'),
        ((S, M), 100, L, 'l at 1 is not on the ladder: s at 1, m at 1'),
        ((S, M), -1, None, 'budget must be positive, got -1 ms'),
    ],
)
def test_nonsense_is_refused(
    ladder: tuple[Rung, ...], budget_ms: float, start: Rung | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Governor(ladder, budget_ms, start)


def test_a_move_tells_its_figures() -> None:
    m = machine(budget_ms=150, outliers=0.0, noise=0.0)
    move = m.run(10)[0]
    assert move == Move(
        TINY,
        HALF,
        'p95 of 11.0 ms over 49 frames leaves room: '
        's at 0.5 should take 45.0 ms of the budget of 150 ms',
    )
