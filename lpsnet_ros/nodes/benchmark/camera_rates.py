"""How many masks several cameras of a node get, beside one that has the node for itself."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median
from typing import Any

from lpsnet_ros.nodes.benchmark.case import Conduct, NodeCase
from lpsnet_ros.nodes.benchmark.exchange import Exchange
from lpsnet_ros.nodes.benchmark.listener import Listener
from lpsnet_ros.nodes.benchmark.parts import running_parts
from lpsnet_ros.nodes.benchmark.topics import image_topic, mask_topic

BLOCK_S = 5.0
ENGINE_CALLS = 5
# Frames come twice as fast as the engine takes them: it always has one to go on with, and the
# two cores of a small machine are not spent on carrying frames that nobody can segment.
OVERFEED = 2.0


@dataclass(frozen=True)
class CameraRates:
    """Masks a second of one and of all cameras, in turns in one run.

    Args:
        case: what was measured.
        engine: provenance of the engine that was timed alone, and its number of threads.
        sent_hz: frames a second, of all cameras that were sending together.
        one_hz: masks a second while the first camera alone was sending, a block each.
        all_hz: masks a second of all cameras together while all were sending, a block each.
        masks: camera -> how many it got in the blocks of ``all_hz``.

    """

    case: NodeCase
    engine: Mapping[str, Any]
    sent_hz: float
    one_hz: Sequence[float]
    all_hz: Sequence[float]
    masks: Mapping[str, int]

    @property
    def ratio(self) -> float:
        """What all cameras get together, as a multiple of what one gets (of medians)."""
        return median(self.all_hz) / median(self.one_hz)

    @property
    def largest_deviation(self) -> float:
        """How far a camera's masks are from an equal share at most, as a part of that share."""
        equal = sum(self.masks.values()) / len(self.masks)
        return max(abs(count - equal) for count in self.masks.values()) / equal


def run_camera_rates(case: NodeCase, conduct: Conduct) -> CameraRates:
    """Start all processes, stream from one and from all cameras in turns, stop the processes.

    Raises:
        ChildProcessError: a process ended; holds the end of its log.
        TimeoutError: a process did not answer, or no mask came.

    """
    with running_parts(case, conduct) as parts:
        exchange = Exchange(parts, case)
        sent_hz = OVERFEED * 1e3 / median(exchange.time_engine() for _ in range(ENGINE_CALLS))
        exchange.connect([image_topic(camera) for camera in case.cameras])
        groups = {'one': case.cameras[:1], 'all': case.cameras}
        blocks: dict[str, list[_Block]] = {name: [] for name in groups}
        order = random.Random(conduct.seed)
        for _ in conduct.progress(range(conduct.rounds), '{}x{}'.format(*case.size)):
            for name in order.sample(list(groups), len(groups)):
                blocks[name].append(_run_block(exchange, parts.listener, groups[name], sent_hz))
    return CameraRates(
        case,
        exchange.engine,
        sent_hz,
        [block.rate_hz for block in blocks['one']],
        [block.rate_hz for block in blocks['all']],
        {name: sum(block.masks[name] for block in blocks['all']) for name in case.cameras},
    )


@dataclass(frozen=True)
class _Block:
    rate_hz: float
    masks: Mapping[str, int]


def _run_block(
    exchange: Exchange, listener: Listener, cameras: Sequence[str], sent_hz: float
) -> _Block:
    count = round(BLOCK_S * sent_hz)
    stamps = exchange.stream([image_topic(camera) for camera in cameras], count, sent_hz)
    arrivals = {
        camera: masks_while_sending(listener.delays_ms[mask_topic(camera)], stamps)
        for camera in cameras
    }
    return _Block(
        rate_hz(sorted(chain.from_iterable(arrivals.values()))),
        {camera: len(times) for camera, times in arrivals.items()},
    )


def masks_while_sending(delays_ms: Mapping[int, float], stamps: Sequence[int]) -> list[float]:
    """Return when masks came, in s, of those that came before the last frame was sent.

    Later ones came while nothing kept the engine busy any more.

    Args:
        delays_ms: a frame's stamp in ns -> ms until its mask came.
        stamps: of all frames, in the order they were sent.

    """
    times = [stamp / 1e9 + delays_ms[stamp] / 1e3 for stamp in stamps if stamp in delays_ms]
    return [time for time in times if time <= stamps[-1] / 1e9]


def rate_hz(times: Sequence[float]) -> float:
    """Return the rate of events at sorted times in s; 0 for fewer than two."""
    if len(times) < 2:
        return 0.0
    return (len(times) - 1) / (times[-1] - times[0])
