"""What to measure of the node, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lpsnet_ros.engine.backends import AUTO

Progress = Callable[[Iterable[int], str], Iterable[int]]


@dataclass(frozen=True)
class NodeCase:
    """What to measure.

    Args:
        checkpoint: the network's file.
        size: (height, width) of the frames, bgr8.
        resolution, backend, precision: as for ``Engine``.
        cameras: names of the node's cameras; ``''`` is the one that needs no name.

    """

    checkpoint: Path
    size: tuple[int, int]
    resolution: float | None = 1.0
    backend: str = AUTO
    precision: str = AUTO
    cameras: tuple[str, ...] = ('',)


@dataclass(frozen=True)
class Conduct:
    """How to measure.

    Args:
        source: of the frames, as for ``open_source``.
        frames: how many of them to take in turn.
        rounds: how often every block is run, after one round that does not count.
        seed: of the blocks' order.
        cache_dir: as for ``Engine``.
        threads: of the engine, alone and in the node; None leaves it to torch.
        fastdds_profile: XML file for the process that publishes the frames; None for none.
        progress: wraps the numbers of the rounds; gets their label, too.

    """

    source: str
    frames: int
    rounds: int
    seed: int = 0
    cache_dir: Path | None = None
    threads: int | None = None
    fastdds_profile: Path | None = None
    progress: Progress = lambda rounds, label: rounds
