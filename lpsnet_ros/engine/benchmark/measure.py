"""Fair timing of several candidates in one run, and what the times amount to."""

from __future__ import annotations

import contextlib
import gc
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lpsnet_ros.engine.backends.base import Frame, Mask
from lpsnet_ros.engine.reason import reason_of

Run = Callable[[Frame], object]
"""What is timed; returns when the work is done, on whatever device."""

# Worker threads of OpenMP and TBB wait actively for some ms after their work; a candidate shall
# not share the processor with those of the one before it.
SETTLE_S = 0.02
WARMUP = 3


@dataclass(frozen=True)
class Summary:
    """What a candidate's times amount to, in ms.

    With fewer than 100 rounds ``p99`` is hardly more than the slowest one.
    """

    p50: float
    p95: float
    p99: float
    mean: float
    best: float
    rounds: int

    @property
    def fps(self) -> float:
        """Frames a second, one after the other, at the median time."""
        return 1e3 / self.p50


@dataclass(frozen=True)
class Measured:
    """Times in ms by candidate, one a round, and why candidates fell out."""

    times: Mapping[str, list[float]]
    failures: Mapping[str, str]


def summarise(times: Sequence[float]) -> Summary:
    """Return the percentiles (linear between ranks) of times in ms.

    Raises:
        ValueError: there are none.

    """
    if not times:
        raise ValueError('no times to summarise: run at least one round')
    p50, p95, p99 = (float(v) for v in np.percentile(times, (50, 95, 99)))
    return Summary(p50, p95, p99, float(np.mean(times)), min(times), len(times))


def interleave(
    candidates: Mapping[str, Run],
    frames: Sequence[Frame],
    rounds: Iterable[int],
    *,
    warmup: int = WARMUP,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
    settle: Callable[[], None] = lambda: time.sleep(SETTLE_S),
) -> Measured:
    """Time every candidate once a round, in another order each round.

    What disturbs the machine for a while then disturbs all of them. The garbage collector is off.
    A candidate that raises falls out, the others go on.

    Args:
        candidates: what to time, by name.
        frames: taken in turn; in one round all candidates get the same.
        rounds: numbers of the rounds that count; an iterable, so that it may show progress.
        warmup: rounds before them that don't.
        seed: of the order.
        clock: seconds.
        settle: called before each timing.

    """
    running, failures = dict(candidates), {}
    times: dict[str, list[float]] = {name: [] for name in candidates}
    order = random.Random(seed)
    with _collector_off():
        for number, counts in _numbered(warmup, rounds):
            for name in order.sample(list(running), len(running)):
                settle()
                begun = clock()
                try:
                    running[name](frames[number % len(frames)])
                except Exception as error:
                    failures[name] = reason_of(error)
                    del running[name]
                    continue
                if counts:
                    times[name].append(1e3 * (clock() - begun))
    return Measured({name: times[name] for name in running}, failures)


def _numbered(warmup: int, rounds: Iterable[int]) -> Iterator[tuple[int, bool]]:
    yield from ((number, False) for number in range(warmup))
    yield from ((number, True) for number in rounds)


@contextlib.contextmanager
def _collector_off() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def agreement(masks: Iterable[Mask], references: Iterable[Mask]) -> float:
    """Return the share of equal pixels in %.

    Raises:
        ValueError: a mask has another size or type than its reference.

    """
    equal = total = 0
    for mask, reference in zip(masks, references, strict=True):
        if mask.shape != reference.shape or mask.dtype != reference.dtype:
            raise ValueError(
                f'the mask is {mask.dtype} {mask.shape}, '
                f'the reference {reference.dtype} {reference.shape}'
            )
        equal += int(np.count_nonzero(mask == reference))
        total += reference.size
    return 100 * equal / total
