"""``scale: auto``: moves along a ladder to keep the engine's p95 inside a latency budget."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from lpsnet_ros.nodes.experience import HOLD_S, CostRatios, Patience
from lpsnet_ros.nodes.ladder import Rung
from lpsnet_ros.nodes.tail_latency import WINDOWS, Overrun, find_overrun, p95

WARMUP_FRAMES = 3
MARGIN = 0.85
MIN_FRAMES = 20
MIN_FRAMES_TO_LEARN = 4

WarmMs = Callable[[Rung], float | None]


class Move(NamedTuple):
    """A change of rung, and a sentence with the figures that led to it."""

    before: Rung
    after: Rung
    reason: str


class Governor:
    """Decides from the engine's times which rung to use; deterministic, no clock of its own.

    *Down, at once* when the p95 is over the budget, as ``find_overrun`` judges it: after 4 slow
    frames of 5, but never after a single one. The move goes to the dearest rung that is expected
    inside the budget, several rungs down where it takes that.

    *Up, with patience*: one rung, when for ``HOLD_S`` the p95, and what the next rung takes
    longer, is below ``MARGIN`` of the budget. A move up that had to be taken back soon doubles
    the wait before the next (``Patience``).

    What one rung takes longer than another is told by the times that their engines took when
    they got ready, until a move has shown it (``CostRatios``). On the way up these times count in
    ms, not as a ratio: what the machine adds to a frame's time is mostly the same for each
    engine, and a try that fails costs five frames and is not soon repeated. The first frames
    after a move are ignored, as engines warm up. Not thread-safe.

    Args:
        ladder: from cheap to dear, as ``build_ladder`` returns it.
        budget_ms: what the p95 of the engine's time shall not exceed.
        start: the rung in use; by default the cheapest.

    Raises:
        ValueError: the ladder is empty or not sorted, the budget not positive, or ``start`` not
            on the ladder.

    """

    def __init__(
        self, ladder: Sequence[Rung], budget_ms: float, start: Rung | None = None
    ) -> None:
        self.ladder = _checked_ladder(ladder)
        self.current = self.ladder[0] if start is None else start
        if self.current not in self.ladder:
            raise ValueError(f'{start} is not on the ladder: {", ".join(map(str, ladder))}')
        self.problem = ''
        """Why the budget is not kept, with figures; empty where it is."""
        self._ratios = CostRatios()
        self._since: float | None = None
        self._left: tuple[Rung, float] | None = None
        self.set_budget(budget_ms)
        self._begin_rung()

    @property
    def budget_ms(self) -> float:
        """The budget in force."""
        return self._budget

    def set_budget(self, budget_ms: float) -> None:
        """Change the budget; the next frame is judged by it.

        Raises:
            ValueError: it is not positive.

        """
        if not budget_ms > 0:
            raise ValueError(f'the latency budget must be positive, got {budget_ms} ms')
        self._budget = budget_ms
        self._patience = Patience()

    def set_ladder(self, ladder: Sequence[Rung]) -> Move | None:
        """Change the ladder, and the rung where the new one lacks it.

        Then the dearest rung of the same scale comes next, or else the cheapest of all.

        Raises:
            ValueError: the ladder is empty or not sorted.

        """
        self.ladder = _checked_ladder(ladder)
        if self.current in self.ladder:
            return None
        same_scale = [rung for rung in self.ladder if rung.scale == self.current.scale]
        target = (same_scale or self.ladder[:1])[-1]
        return self._move(target, None, f'{self.current} is no longer on the ladder')

    def observe(self, engine_ms: float, now: float, warm_ms: WarmMs) -> Move | None:
        """Take the time of a frame on the current rung; return the move that it leads to.

        Args:
            engine_ms: of the engine alone.
            now: seconds of any monotonic clock.
            warm_ms: gives the time in ms that a rung's engine took for a frame when it got
                ready; None for a rung that can't be used from the next frame on.

        """
        if self._since is None:
            self._since = now
        if warm_ms(self.current) is None:
            return self._leave_unready(now, warm_ms)
        if self._to_ignore:
            self._to_ignore -= 1
            return None
        self._keep(engine_ms, now)
        self._patience.settle(now)
        # Only a slow frame can bring the p95 over the budget.
        slow = engine_ms > self._budget or self.problem
        times = [ms for _, ms in self._samples] if slow else []
        overrun = find_overrun(times, self._budget)
        if overrun is None:
            self.problem = ''
            return self._step_up(now, warm_ms)
        return self._step_down(overrun, now, warm_ms)

    def _keep(self, engine_ms: float, now: float) -> None:
        samples = self._samples
        samples.append((now, engine_ms))
        while len(samples) > WINDOWS[-1] and samples[0][0] < now - HOLD_S:
            samples.popleft()
        if len(samples) == MIN_FRAMES:
            self._learn(now)

    def _step_down(self, overrun: Overrun, now: float, warm_ms: WarmMs) -> Move | None:
        slow = f'{overrun} over the budget of {self._budget:g} ms'
        position = self.ladder.index(self.current)
        below = _ready(reversed(self.ladder[:position]), warm_ms)
        if not below:
            which = 'no cheaper rung is ready' if position else 'it is the cheapest rung'
            self.problem = f'{self.current} stays, {which}: {slow}'
            return None
        ratios = {
            rung: self._ratios.learnt(rung, self.current, now) or warm_ms(self.current) / ms
            for rung, ms in below.items()
        }
        expected = {rung: overrun.typical_ms / ratio for rung, ratio in ratios.items()}
        fitting = (rung for rung in below if expected[rung] <= self._budget)
        target = next(fitting, list(below)[-1])
        self._patience.fell(now)
        reason = f'{slow}; {target} should take {expected[target]:.1f} ms'
        return self._move(target, now, reason, median(overrun.latest))

    def _step_up(self, now: float, warm_ms: WarmMs) -> Move | None:
        if now - self._since < self._patience.wait or len(self._samples) < MIN_FRAMES:
            return None
        above = _ready(self.ladder[self.ladder.index(self.current) + 1 :], warm_ms)
        target = next(iter(above), None)
        if target is None:
            return None
        recent = self._held(now)
        measured = p95(recent)
        ratio = self._ratios.learnt(self.current, target, now)
        if ratio is None:
            expected = measured + above[target] - warm_ms(self.current)
        else:
            expected = measured * ratio
        if expected > MARGIN * self._budget:
            return None
        self._patience.rose(now)
        reason = (
            f'p95 of {measured:.1f} ms over {len(recent)} frames leaves room: {target} should '
            f'take {expected:.1f} ms of the budget of {self._budget:g} ms'
        )
        return self._move(target, now, reason, median(recent))

    def _held(self, now: float) -> list[float]:
        """Return the times of the last ``HOLD_S``, of ``MIN_FRAMES`` at least."""
        recent = []
        for then, ms in reversed(self._samples):
            if then < now - HOLD_S and len(recent) >= MIN_FRAMES:
                break
            recent.append(ms)
        return recent

    def _leave_unready(self, now: float, warm_ms: WarmMs) -> Move | None:
        position = self.ladder.index(self.current)
        others = (*reversed(self.ladder[:position]), *self.ladder[position + 1 :])
        target = next(iter(_ready(others, warm_ms)), None)
        if target is None:
            self.problem = f'no rung is ready, waiting for {self.current}'
            return None
        return self._move(target, now, f'{self.current} is not ready')

    def _move(
        self, target: Rung, now: float | None, reason: str, typical_ms: float | None = None
    ) -> Move:
        if now is not None:
            self._learn(now)
        move = Move(self.current, target, reason)
        self._left = None if typical_ms is None else (self.current, typical_ms)
        self.current = target
        self._since = now
        self._begin_rung()
        return move

    def _begin_rung(self) -> None:
        self._samples: deque[tuple[float, float]] = deque()
        self._to_ignore = WARMUP_FRAMES
        self.problem = ''

    def _learn(self, now: float) -> None:
        """Compare the current rung's times with those of the rung before the latest move."""
        if self._left is None or len(self._samples) < MIN_FRAMES_TO_LEARN:
            return
        other, other_ms = self._left
        self._left = None
        own_ms = median(ms for _, ms in self._samples)
        if other.cost < self.current.cost:
            self._ratios.learn(other, self.current, own_ms / other_ms, now)
        else:
            self._ratios.learn(self.current, other, other_ms / own_ms, now)


def _ready(rungs: Iterable[Rung], warm_ms: WarmMs) -> dict[Rung, float]:
    """Return the times of the rungs that are ready, in their order."""
    times = {rung: warm_ms(rung) for rung in rungs}
    return {rung: ms for rung, ms in times.items() if ms is not None}


def _checked_ladder(ladder: Sequence[Rung]) -> tuple[Rung, ...]:
    if not ladder:
        raise ValueError('the ladder needs at least one rung')
    if any(not 0 < low.cost < high.cost for low, high in pairwise(ladder)):
        costs = ', '.join(f'{rung}: {rung.cost:g}' for rung in ladder)
        raise ValueError(f'the costs of the ladder must be positive and rise, got {costs}')
    return tuple(ladder)
