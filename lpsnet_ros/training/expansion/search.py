"""The greedy expansion (arXiv 2207.13600, section 4; ``expand.py`` of the official release).

Pure logic over two callables: one measures latencies, one trains and scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lpsnet_ros.network import Architecture
from lpsnet_ros.training.expansion.moves import MOVES, Limits, Move

Measure = Callable[[Sequence[Architecture], Architecture | None], Sequence[float]]
"""(architectures, the one they grow from or None) -> latency of each in ms."""
Score = Callable[[Sequence[Architecture], Architecture], Sequence[float]]
"""(architectures, the one that they grow from) -> mIoU of each after training, 0..1.

The parent among the architectures means: the parent, trained as long as its children.
"""


@dataclass(frozen=True)
class Rules:
    """What a search may do.

    Args:
        limits: the largest architecture.
        limit_ms: the largest latency; None for none.
        minimum_difference: latency difference that counts at least, as a share of the parent's
            latency. What is measured below it is noise, and would make a slope infinite or turn
            its sign.

    """

    limits: Limits = field(default_factory=Limits)
    limit_ms: float | None = None
    minimum_difference: float = 0.01


@dataclass(frozen=True)
class Grown:
    """An architecture that a move, made ``count`` times, leads to, and its latency in ms."""

    move: Move
    count: int
    architecture: Architecture
    latency: float


@dataclass(frozen=True)
class Candidate:
    """A ``Grown`` that was trained.

    Args:
        grown: how it came about.
        miou: its score, 0..1.
        gain: ``miou`` less the baseline of its step.
        slope: ``gain`` for each further ms.

    """

    grown: Grown
    miou: float
    gain: float
    slope: float

    @property
    def rank(self) -> tuple[float, ...]:
        """Sort key, the best is the largest.

        Where nothing is gained a slope would prefer the slowest, so the gain itself decides.
        """
        improves = self.gain > 0
        judged = self.slope if improves else self.gain
        return improves, judged, self.miou, -self.grown.latency


@dataclass(frozen=True)
class Step:
    """One step of the expansion.

    Args:
        number: 1, 2, ...
        parent: what grew.
        parent_ms: its latency.
        baseline: mIoU of the parent after the training that its children had.
        target_ms: latency that every move was repeated to.
        candidates: all that were trained, the best first.

    """

    number: int
    parent: Architecture
    parent_ms: float
    baseline: float
    target_ms: float
    candidates: tuple[Candidate, ...]

    @property
    def chosen(self) -> Candidate:
        return self.candidates[0]


def expand(start: Architecture, measure: Measure, score: Score, rules: Rules) -> Iterator[Step]:
    """Grow step by step until no move is left that the rules allow.

    Each step takes the candidate of the largest slope, gained mIoU by added latency, even if it is
    worse than its parent: a later step may need it. Equal ones are told apart by mIoU, then by
    latency, then by the order of the moves.

    Args:
        start: where to begin; it must have been scored before.
        measure: latencies.
        score: trains and scores.
        rules: limits.

    """
    parent, number = start, 1
    parent_ms = measure([start], None)[0]
    while True:
        target, grown = candidates(parent, measure, rules)
        if not grown:
            return
        step = _step(number, parent, parent_ms, target, grown, score, rules)
        yield step
        parent, parent_ms = step.chosen.grown.architecture, step.chosen.grown.latency
        number += 1


def candidates(parent: Architecture, measure: Measure, rules: Rules) -> tuple[float, list[Grown]]:
    """Repeat every move until its latency is nearest to that of the slowest single move.

    Returns:
        That latency, or the rules' limit where it is less, and the candidates without duplicates,
        in the order of the moves.

    """
    chains = {move: chain for move in MOVES if (chain := _Chain(parent, move, rules.limits)).open}
    if not chains:
        return 0.0, []
    _lengthen(chains.values(), parent, measure)
    target = max(chain.grown[0].latency for chain in chains.values())
    if rules.limit_ms is not None:
        target = min(target, rules.limit_ms)
    while short := [c for c in chains.values() if c.open and c.grown[-1].latency < target]:
        _lengthen(short, parent, measure)
    nearest = [chain.nearest(target, rules.limit_ms) for chain in chains.values()]
    unique: dict[Architecture, Grown] = {}
    for grown in filter(None, nearest):
        unique.setdefault(grown.architecture, grown)
    return target, list(unique.values())


class _Chain:
    """A move made once, twice, ... on one architecture, as far as it was measured."""

    def __init__(self, parent: Architecture, move: Move, limits: Limits) -> None:
        self._parent = parent
        self._move = move
        self._limits = limits
        self.grown: list[Grown] = []

    @property
    def next(self) -> Architecture | None:
        return self._limits.reached(self._parent, self._move, len(self.grown) + 1)

    @property
    def open(self) -> bool:
        return self.next is not None

    def append(self, latency: float) -> None:
        self.grown.append(Grown(self._move, len(self.grown) + 1, self.next, latency))

    def nearest(self, target: float, limit: float | None) -> Grown | None:
        fitting = [g for g in self.grown if limit is None or g.latency <= limit]
        return min(fitting, key=lambda g: abs(g.latency - target), default=None)


def _lengthen(chains: Iterable[_Chain], parent: Architecture, measure: Measure) -> None:
    longer = [(chain, chain.next) for chain in chains]
    unique = list(dict.fromkeys(architecture for _, architecture in longer))
    latencies = dict(zip(unique, measure(unique, parent)))
    for chain, architecture in longer:
        chain.append(latencies[architecture])


def _step(
    number: int,
    parent: Architecture,
    parent_ms: float,
    target: float,
    grown: Sequence[Grown],
    score: Score,
    rules: Rules,
) -> Step:
    # With inherited weights a candidate also gains from its further training. So does the parent.
    baseline, *mious = score([parent, *(g.architecture for g in grown)], parent)
    least = rules.minimum_difference * parent_ms
    trained = []
    for one, miou in zip(grown, mious):
        gain = miou - baseline
        # The official release divides by (latency - parent's mIoU), a slip.
        trained.append(Candidate(one, miou, gain, gain / max(one.latency - parent_ms, least)))
    ranked = sorted(trained, key=lambda c: c.rank, reverse=True)
    return Step(number, parent, parent_ms, baseline, target, tuple(ranked))
