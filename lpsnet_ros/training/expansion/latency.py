"""Latencies of networks on this machine, by the engine that will run them."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.backends.base import Frame
from lpsnet_ros.engine.benchmark import interleave
from lpsnet_ros.network import Architecture, ClassTable, LPSNet, NetworkInfo

ROUNDS = 40
# Interquartile range of the ratios by their median, from which on a latency is not to be trusted.
DISTURBED = 0.2
Progress = Callable[[Iterable[int]], Iterable[int]]
_log = logging.getLogger('lpsnet_ros')


class LatencySource(Protocol):
    """Where an expansion gets its latencies from."""

    def of(
        self, architectures: Sequence[Architecture], parent: Architecture, parent_ms: float
    ) -> list[float]:
        """Return latencies in ms, beside a parent of a latency known before."""

    def first(self, architecture: Architecture) -> float:
        """Return the latency in ms of the architecture that all others will be beside."""


@dataclass(frozen=True)
class Device:
    """What a latency is measured on; the options of ``Engine``.

    Args:
        size: (height, width) of the frames.
        num_classes: of the networks.
        resolution: ratio of the frame that a network sees.
        backend, precision: names, or ``auto``.

    """

    size: tuple[int, int]
    num_classes: int
    resolution: float = 1.0
    backend: str = AUTO
    precision: str = AUTO

    def __str__(self) -> str:
        height, width = self.size
        return (
            f'{height}x{width} frames, of which the network sees {self.resolution:g}, '
            f'{self.num_classes} classes, {self.backend} {self.precision}'
        )


class EngineLatency:
    """Measures networks with random weights: the time does not depend on them.

    Networks and their parent are timed in turn, in another order each round; a network's latency
    is the parent's, times the median over the rounds of how many times as long it took. What slows
    the machine for a while, or as it heats up, then changes nothing.

    Args:
        device: what to measure on.
        frames: uint8 (H,W,3) BGR of the device's size.
        rounds: timings of each network.
        progress: wraps the rounds.

    """

    def __init__(
        self,
        device: Device,
        frames: Sequence[Frame],
        rounds: int = ROUNDS,
        progress: Progress = iter,
    ) -> None:
        self._device = device
        self._frames = frames
        self._rounds = rounds
        self._progress = progress

    def first(self, architecture: Architecture) -> float:
        """Return the median latency in ms.

        Raises:
            ValueError, PreparationError: the engine can't do it.

        """
        return float(np.median(self._times([architecture])[architecture]))

    def of(
        self, architectures: Sequence[Architecture], parent: Architecture, parent_ms: float
    ) -> list[float]:
        """Return latencies in ms, relative to the parent's.

        Raises:
            ValueError, PreparationError: the engine can't do it.

        """
        times = self._times([parent, *architectures])
        ratios = [np.divide(times[a], times[parent]) for a in architectures]
        _warn_if_disturbed(ratios)
        return [parent_ms * float(np.median(ratio)) for ratio in ratios]

    def _times(self, architectures: Sequence[Architecture]) -> Mapping[Architecture, list[float]]:
        with _engines(self._device, architectures) as engines:
            measured = interleave(engines, self._frames, self._progress(range(self._rounds)))
        for architecture, reason in measured.failures.items():
            raise ValueError(f'{architecture.name} can not be measured: {reason}')
        return measured.times


def _warn_if_disturbed(ratios: Sequence[NDArray[np.float64]]) -> None:
    spreads = [float(np.subtract(*np.percentile(r, (75, 25))) / np.median(r)) for r in ratios]
    if max(spreads) > DISTURBED:
        _log.warning(
            'Half of the timings of a network lie %.0f %% apart, more than %.0f %%: other '
            'programs disturb them. Stop those and begin in a new folder, or give more --rounds',
            100 * max(spreads),
            100 * DISTURBED,
        )


def resolved(device: Device, architecture: Architecture) -> Device:
    """Return a device with the names of the back end and precision that ``auto`` means here.

    Raises:
        ValueError, PreparationError: no engine of the architecture works here.

    """
    with _engines(device, [architecture]) as engines:
        provenance = engines[architecture].provenance
    return replace(device, backend=provenance.backend, precision=provenance.precision)


@contextlib.contextmanager
def _engines(
    device: Device, architectures: Sequence[Architecture]
) -> Iterator[dict[Architecture, Engine]]:
    # A cache of their own: nobody will ask for engines of random weights again.
    with tempfile.TemporaryDirectory(prefix='lpsnet_latency_') as folder:
        yield {a: build_engine(device, a, Path(folder)) for a in architectures}


def build_engine(device: Device, architecture: Architecture, cache_dir: Path) -> Engine:
    """Get an engine of a network with random weights ready.

    Raises:
        ValueError, PreparationError: the engine can't do it.

    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = LPSNet.from_architecture(architecture, num_classes=device.num_classes)
        network.info = NetworkInfo(ClassTable.for_count(device.num_classes))
        return Engine(
            network.eval(),
            device.size,
            resolution=device.resolution,
            backend=device.backend,
            precision=device.precision,
            cache_dir=cache_dir,
        )
