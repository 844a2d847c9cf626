"""Several comparisons and what they are varied over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.backends.base import Frame
from lpsnet_ros.engine.benchmark.peers import PEERS, Peer
from lpsnet_ros.engine.benchmark.results import Case, CaseResult
from lpsnet_ros.engine.benchmark.run import run_case
from lpsnet_ros.engine.benchmark.subject import load_network

INSTALLED, NONE = 'installed', 'none'


@dataclass(frozen=True)
class Suite:
    """What to measure.

    Args:
        models: scales, checkpoints' names or paths.
        sizes: (height, width) of the frames to compare at.
        threads: numbers of threads; comparisons use the most.
        scaling_sizes: frame sizes over which the first model is timed without peers.
        resolution, backend, precision: as for ``Engine``.

    """

    models: Sequence[str]
    sizes: Sequence[tuple[int, int]]
    threads: Sequence[int]
    scaling_sizes: Sequence[tuple[int, int]] = ()
    resolution: float | None = 1.0
    backend: str = AUTO
    precision: str = AUTO

    def comparisons(self) -> list[Case]:
        """Return every model at every size."""
        return [self._case(m, s, max(self.threads)) for m in self.models for s in self.sizes]

    def over_sizes(self) -> list[Case]:
        """Return the first model at every size of the scaling."""
        return [self._case(self.models[0], s, max(self.threads)) for s in self.scaling_sizes]

    def over_threads(self) -> list[Case]:
        """Return the first model and size with every number of threads, if there are several."""
        counts = self.threads if len(self.threads) > 1 else ()
        return [self._case(self.models[0], self.sizes[0], count) for count in counts]

    def _case(self, model: str, size: tuple[int, int], threads: int) -> Case:
        return Case(model, size, threads, self.resolution, self.backend, self.precision)


@dataclass(frozen=True)
class SuiteResult:
    """What came out: comparisons with peers; the engine and its network over sizes, threads."""

    comparisons: Sequence[CaseResult]
    over_sizes: Sequence[CaseResult] = ()
    over_threads: Sequence[CaseResult] = ()


@dataclass(frozen=True)
class Conduct:
    """How to measure.

    Args:
        frames_of: returns frames, uint8 (H,W,3) BGR, of a size; at least one.
        rounds: timings of each candidate.
        seed: of the candidates' order.
        cache_dir: as for ``Engine``.
        memory: measure that of comparisons as well.
        progress: wraps the numbers of the rounds of a comparison; gets its label, too.

    """

    frames_of: Callable[[tuple[int, int]], Sequence[Frame]]
    rounds: int
    seed: int = 0
    cache_dir: Path | None = None
    memory: bool = False
    progress: Callable[[Iterable[int], str], Iterable[int]] = lambda rounds, label: rounds


def choose_peers(names: Sequence[str]) -> dict[str, Peer]:
    """Return the peers of these names; ``installed`` means all that are, ``none`` none.

    Raises:
        ValueError: there is no such peer.

    """
    if tuple(names) == (INSTALLED,):
        return dict(PEERS)
    if tuple(names) == (NONE,):
        return {}
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        allowed = ', '.join((*PEERS, INSTALLED, NONE))
        raise ValueError(f'no peer {unknown[0]!r}: choose from {allowed}')
    return {name: PEERS[name] for name in names}


def run_suite(
    suite: Suite,
    conduct: Conduct,
    peers: Mapping[str, Peer],
    show: Callable[[CaseResult], None] = lambda result: None,
) -> SuiteResult:
    """Run all comparisons, each shown as soon as it is there, then the scaling.

    Raises:
        FileNotFoundError: there is no such model.
        ValueError: the engine can't do it.
        PreparationError: its back end should work here and doesn't.

    """
    comparisons = []
    for case in suite.comparisons():
        comparisons.append(_run(case, conduct, peers))
        show(comparisons[-1])
    times_only = replace(conduct, memory=False)
    return SuiteResult(
        comparisons,
        [_run(case, times_only, {}) for case in suite.over_sizes()],
        [_run(case, times_only, {}) for case in suite.over_threads()],
    )


def _run(case: Case, conduct: Conduct, peers: Mapping[str, Peer]) -> CaseResult:
    name, network = load_network(case.model)
    height, width = case.size
    label = f'{name} {height}x{width} {case.threads} thread(s)'
    return run_case(
        replace(case, model=name),
        network,
        conduct.frames_of(case.size),
        conduct.rounds,
        peers=peers,
        seed=conduct.seed,
        cache_dir=conduct.cache_dir,
        memory=conduct.memory,
        progress=partial(conduct.progress, label=label),
    )
