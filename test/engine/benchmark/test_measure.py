"""Timing and percentiles, with clocks and candidates that do as told."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from numpy.typing import NDArray

from lpsnet_ros.engine.benchmark.measure import (
    Run,
    agreement,
    interleave,
    summarise,
)

FRAMES = [np.full((1, 1, 3), value, np.uint8) for value in (0, 1)]


class Bench:
    """A clock that moves only while candidates work, and a record of who worked on what."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[tuple[str, int]] = []
        self.settled = 0

    def settle(self) -> None:
        self.settled += 1
        self.now += 100

    def candidate(self, name: str, seconds: float, fails_at: int | None = None) -> Run:
        calls = []

        def run(frame: NDArray[np.uint8]) -> None:
            self.calls.append((name, int(frame[0, 0, 0])))
            calls.append(name)
            if len(calls) == fails_at:
                raise RuntimeError('out of paper\nand of ink')
            self.now += seconds

        return run


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_percentiles_are_linear_between_ranks() -> None:
    summary = summarise([float(v) for v in range(101)])
    assert (summary.p50, summary.p95, summary.p99) == pytest.approx((50, 95, 99))
    assert (summary.best, summary.mean, summary.rounds) == (0, 50, 101)
    assert summarise([1.0, 2.0]).p95 == pytest.approx(1.95)


def test_frames_a_second_are_those_of_the_median() -> None:
    assert summarise([1.0, 4.0, 100.0]).fps == pytest.approx(250)


def test_no_times_are_no_summary() -> None:
    with pytest.raises(ValueError, match='run at least one round'):
        summarise([])


def test_every_candidate_is_timed_once_a_round_without_warm_up_and_settling(bench: Bench) -> None:
    runs = {'fast': bench.candidate('fast', 0.001), 'slow': bench.candidate('slow', 0.004)}
    measured = interleave(
        runs, FRAMES, range(5), warmup=2, clock=lambda: bench.now, settle=bench.settle
    )
    assert measured.times['fast'] == pytest.approx([1] * 5)
    assert measured.times['slow'] == pytest.approx([4] * 5)
    assert not measured.failures
    assert bench.settled == len(bench.calls) == 2 * (2 + 5)


def test_all_candidates_of_a_round_get_the_same_frame_in_changing_order(bench: Bench) -> None:
    names = ('a', 'b', 'c', 'd')
    interleave(
        {name: bench.candidate(name, 1) for name in names},
        FRAMES,
        range(6),
        warmup=0,
        settle=bench.settle,
    )
    rounds = [bench.calls[i : i + 4] for i in range(0, len(bench.calls), 4)]
    for number, calls in enumerate(rounds):
        assert sorted(name for name, _ in calls) == list(names)
        assert {frame for _, frame in calls} == {number % 2}
    assert len({tuple(name for name, _ in calls) for calls in rounds}) > 1


def test_the_order_is_that_of_the_seed() -> None:
    orders = []
    for seed in (1, 1, 2):
        bench = Bench()
        runs = {name: bench.candidate(name, 1) for name in 'abcdef'}
        interleave(runs, FRAMES, range(4), seed=seed, settle=bench.settle)
        orders.append(bench.calls)
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize('fails_at', [1, 5])
def test_one_that_fails_falls_out_and_the_others_go_on(bench: Bench, fails_at: int) -> None:
    runs = {'good': bench.candidate('good', 1), 'bad': bench.candidate('bad', 1, fails_at)}
    measured = interleave(runs, FRAMES, range(4), warmup=2, settle=bench.settle)
    assert measured.failures == {'bad': 'RuntimeError: out of paper'}
    assert list(measured.times) == ['good']
    assert len(measured.times['good']) == 4
    assert [name for name, _ in bench.calls].count('bad') == fails_at


def test_the_collector_rests_while_timing_and_is_as_before_afterwards() -> None:
    seen = []
    interleave({'a': lambda frame: seen.append(gc.isenabled())}, FRAMES, range(2))
    assert seen == [False] * 5
    assert gc.isenabled()


def test_agreement_is_the_share_of_equal_pixels() -> None:
    reference = np.zeros((2, 5), np.uint8)
    other = reference.copy()
    other[0, 0] = 1
    assert agreement([reference, other], [reference, reference]) == pytest.approx(95)


@pytest.mark.parametrize(
    'mask', [np.zeros((5, 2), np.uint8), np.zeros((2, 5), np.int64)], ids=['size', 'type']
)
def test_masks_of_another_size_or_type_do_not_agree(mask: NDArray) -> None:
    with pytest.raises(ValueError, match='the reference uint8'):
        agreement([mask], [np.zeros((2, 5), np.uint8)])
