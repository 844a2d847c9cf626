"""What is measured of the node, what comes out, and what that says about the node's own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from lpsnet_ros.engine.benchmark.measure import Summary, summarise
from lpsnet_ros.nodes.benchmark.case import NodeCase

ENGINE = 'engine'
NODE_STAGES = ('wait', 'decode', ENGINE, 'publish')
ALLOWED_SHARE = 0.10
ALLOWED_MS = 3.0


@dataclass(frozen=True)
class Stream:
    """Frames that were sent to the node, and when their masks came.

    Args:
        sent: how many frames.
        end_to_end_ms: from before publishing a frame to its mask's callback, one a mask.
        stages_ms: stage of the node -> its times, one a mask.

    """

    sent: int
    end_to_end_ms: Sequence[float]
    stages_ms: Mapping[str, Sequence[float]]

    @property
    def node_ms(self) -> list[float]:
        """The stages' sum for each mask: from the frame's callback to the mask handed to DDS."""
        return [sum(times) for times in zip(*self.stages_ms.values())]

    @property
    def besides_engine_ms(self) -> list[float]:
        """The same without the engine."""
        return [
            all_ms - engine_ms for all_ms, engine_ms in zip(self.node_ms, self.stages_ms[ENGINE])
        ]


@dataclass(frozen=True)
class NodeResult:
    """Times in ms of one case, all measured in turns in one run.

    Args:
        case: what was measured.
        engine: provenance of the engine that was timed alone, and its number of threads.
        alone_ms: the engine in a process without ROS.
        one_by_one: the next frame was published when the mask of the one before had come, each
            right before or after a time of ``alone_ms``.
        at_rate: frames were published at ``rate_hz``, whether the node was free or not.
        rate_hz: of those.
        frame_transport_ms: frames from a publisher to a subscriber, without the node.
        mask_transport_ms: the same with images of the mask's size.

    """

    case: NodeCase
    engine: Mapping[str, Any]
    alone_ms: Sequence[float]
    one_by_one: Stream
    at_rate: Stream
    rate_hz: float
    frame_transport_ms: Sequence[float]
    mask_transport_ms: Sequence[float]

    @property
    def alone(self) -> Summary:
        """The engine alone."""
        return summarise(self.alone_ms)

    @property
    def added_ms(self) -> float:
        """How much longer a frame is in the node than in the engine alone: median of pairs."""
        pairs = zip(self.one_by_one.node_ms, self.alone_ms)
        return median(inside - alone for inside, alone in pairs)

    @property
    def allowed_ms(self) -> float:
        """What the node may add: a tenth of the engine's time or 3 ms, the larger."""
        return max(ALLOWED_SHARE * self.alone.p50, ALLOWED_MS)

    @property
    def beyond_transport_ms(self) -> float:
        """What the medians leave of end to end without the engine and without transport."""
        parts = (self.alone_ms, self.frame_transport_ms, self.mask_transport_ms)
        known = sum(summarise(times).p50 for times in parts)
        return summarise(self.one_by_one.end_to_end_ms).p50 - known
