"""What each back end can do on this machine, tried out, and why it can't."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lpsnet_ros.engine import Engine, Provenance
from lpsnet_ros.engine.backends import AUTO, BACKENDS
from lpsnet_ros.engine.backends.base import Backend, Frame
from lpsnet_ros.engine.benchmark.measure import WARMUP, Summary, agreement, summarise
from lpsnet_ros.engine.benchmark.subject import references
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.confidence import FULL
from lpsnet_ros.engine.engine import network_size
from lpsnet_ros.engine.reason import reason_of
from lpsnet_ros.network import LPSNet

SURE = 0.6
"""From this probability of its class on, rounding does not give a pixel another one."""
AGREEMENT_PERCENT = 99.9
"""Share of the sure pixels that must be as in fp32 for a back end to be trusted."""


@dataclass(frozen=True)
class Finding:
    """What one back end can do here.

    Args:
        name: of the back end.
        precisions: that it knows.
        obstacle: why it can't work here, or how it failed; None where it worked.
        provenance: of the engine that was built.
        agreement: pixels in % as in the fp32 reference.
        agreement_where_sure: the same of those that fp32 is sure of (``SURE``); of all where it is
            sure of none.
        latency: of warm calls, frame to mask.

    """

    name: str
    precisions: Sequence[str]
    obstacle: str | None
    provenance: Provenance | None = None
    agreement: float | None = None
    agreement_where_sure: float | None = None
    latency: Summary | None = None

    @property
    def good(self) -> bool:
        """Whether it works and its masks can be trusted."""
        seen = self.agreement_where_sure
        return seen is not None and seen >= AGREEMENT_PERCENT


@dataclass(frozen=True)
class CacheState:
    """The engine cache's folder, and what is wrong with it; None where it is fit."""

    folder: Path
    obstacle: str | None


def examine(
    network: LPSNet,
    frames: Sequence[Frame],
    rounds: int,
    *,
    resolution: float | None = None,
    precision: str = AUTO,
    cache_dir: Path | None = None,
    backends: Mapping[str, type[Backend]] = BACKENDS,
) -> list[Finding]:
    """Build an engine with every back end that can work here, check its masks and time it.

    Args:
        network: with its ``info``.
        frames: uint8 (H,W,3) BGR of one size, at least one.
        rounds: timed calls.
        resolution, precision, cache_dir: as for ``Engine``.
        backends: those to examine.

    """
    options = {'resolution': resolution, 'precision': precision, 'cache_dir': cache_dir}
    return [
        _examined(name, backend, network, frames, rounds, options)
        for name, backend in backends.items()
    ]


def examine_cache(folder: Path | None = None) -> CacheState:
    """Try whether engines can be kept; makes the folder."""
    cache = EngineCache(folder)
    try:
        with cache.building('doctor', {}):
            return CacheState(cache.folder, None)
    except OSError as error:
        return CacheState(cache.folder, str(error))


def as_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain values, fit for JSON."""
    return {**asdict(finding), 'good': finding.good}


def _examined(
    name: str,
    backend: type[Backend],
    network: LPSNet,
    frames: Sequence[Frame],
    rounds: int,
    options: Mapping[str, Any],
) -> Finding:
    """Never raises: whatever goes wrong is the finding."""
    precisions = tuple(backend.precisions)
    try:
        obstacle = backend.unavailable()
        if obstacle:
            return Finding(name, precisions, obstacle)
        engine = Engine(network, frames[0].shape[:2], backend=name, **options)
        agreements = _agreements(engine, network, frames)
        latency = summarise(_times(engine, frames, rounds))
    except Exception as error:
        return Finding(name, precisions, reason_of(error))
    return Finding(name, precisions, None, engine.provenance, *agreements, latency)


def _agreements(engine: Engine, network: LPSNet, frames: Sequence[Frame]) -> tuple[float, float]:
    """Share of all pixels, and of the sure ones, that are as in fp32, in %."""
    seen = network_size(engine.size, engine.provenance.resolution)
    expected = references(network, seen, frames)
    masks = [engine(frame) for frame in frames]
    everywhere = agreement(masks, [r.mask for r in expected])
    sure = [r.confidence >= FULL * SURE for r in expected]
    if not any(s.any() for s in sure):
        return everywhere, everywhere
    given = [mask[s] for mask, s in zip(masks, sure)]
    return everywhere, agreement(given, [r.mask[s] for r, s in zip(expected, sure)])


def _times(engine: Engine, frames: Sequence[Frame], rounds: int) -> list[float]:
    times = []
    for number in range(WARMUP + rounds):
        begun = time.perf_counter()
        engine(frames[number % len(frames)])
        times.append(1e3 * (time.perf_counter() - begun))
    return times[WARMUP:]
