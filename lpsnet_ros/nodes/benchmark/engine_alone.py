"""The engine in a process without ROS, timed on request."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import Any

import torch

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.benchmark import load_network
from lpsnet_ros.engine.benchmark.measure import SETTLE_S
from lpsnet_ros.frames.sample import sample_frames
from lpsnet_ros.nodes.benchmark.programs import serve


class EngineAlone:
    """Times an engine's calls.

    Args:
        checkpoint: the network's file.
        size: (height, width) of the frames.
        source: of the frames, as for ``open_source``.
        frames: how many to take in turn.
        cache_dir, options: as for ``Engine``.

    """

    def __init__(
        self,
        checkpoint: str,
        size: tuple[int, int],
        source: str,
        frames: int,
        cache_dir: str | None,
        **options: object,
    ) -> None:
        self._frames = cycle(sample_frames(source, tuple(size), frames))
        name, network = load_network(checkpoint)
        self._engine = Engine(
            network,
            tuple(size),
            cache_dir=Path(cache_dir) if cache_dir else None,
            model=name,
            **options,
        )

    def answer(self) -> dict[str, Any]:
        """Return the time of a call with the next frame in ms, and what was timed."""
        time.sleep(SETTLE_S)
        frame = next(self._frames)
        begun = time.perf_counter()
        self._engine(frame)
        ms = 1e3 * (time.perf_counter() - begun)
        provenance = asdict(self._engine.provenance)
        return {'ms': ms, 'engine': {**provenance, 'threads': torch.get_num_threads()}}


def main() -> None:
    """Get ready as the JSON argument says, then time on request."""
    serve(EngineAlone(**json.loads(sys.argv[1])).answer)


if __name__ == '__main__':
    main()
