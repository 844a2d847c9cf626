"""One case: blocks of frames that take turns, with and without the node."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from lpsnet_ros.nodes.benchmark.case import Conduct, NodeCase
from lpsnet_ros.nodes.benchmark.exchange import Exchange
from lpsnet_ros.nodes.benchmark.listener import Listener
from lpsnet_ros.nodes.benchmark.parts import running_parts
from lpsnet_ros.nodes.benchmark.results import NODE_STAGES, NodeResult, Stream
from lpsnet_ros.nodes.benchmark.topics import FRAME_DIRECT, MASK_DIRECT, image_topic, mask_topic

BLOCK_FRAMES = 5
RATE_HZ = 30.0
RATE_BLOCK_S = 1.0


def run_node_case(case: NodeCase, conduct: Conduct) -> NodeResult:
    """Start all processes, run the blocks in a new order each round, and stop the processes.

    Args:
        case: of one camera.
        conduct: how to measure.

    Raises:
        ChildProcessError: a process ended; holds the end of its log.
        TimeoutError: a process did not answer, or the mask of a single frame did not come.

    """
    with running_parts(case, conduct) as parts:
        blocks = _Blocks(Exchange(parts, case), parts.listener, *case.cameras)
        blocks.connect()
        order = random.Random(conduct.seed)
        blocks.run(order)
        blocks.times = _Times()
        for _ in conduct.progress(range(conduct.rounds), '{}x{}'.format(*case.size)):
            blocks.run(order)
        return blocks.result(case)


@dataclass
class _Times:
    """Times of the blocks in ms; frames that went through the node stand by their stamps."""

    alone: list[float] = field(default_factory=list)
    one_by_one: list[int] = field(default_factory=list)
    at_rate: list[int] = field(default_factory=list)
    frame_direct: list[float] = field(default_factory=list)
    mask_direct: list[float] = field(default_factory=list)


class _Blocks:
    def __init__(self, exchange: Exchange, listener: Listener, camera: str) -> None:
        self._exchange = exchange
        self._listener = listener
        self._image, self._mask = image_topic(camera), mask_topic(camera)
        self.times = _Times()

    def connect(self) -> None:
        """Wait for the engine, then until every kind of image has once come through."""
        self._engine_alone()
        self._exchange.connect((self._image, FRAME_DIRECT, MASK_DIRECT))

    def run(self, order: random.Random) -> None:
        """Run every block once."""
        blocks: list[Callable[[], None]] = [
            partial(self._pairs, order),
            self._at_rate,
            self._frames_direct,
            self._masks_direct,
        ]
        order.shuffle(blocks)
        for block in blocks:
            block()

    def result(self, case: NodeCase) -> NodeResult:
        times = self.times
        return NodeResult(
            case=case,
            engine=self._exchange.engine,
            alone_ms=times.alone,
            one_by_one=self._stream(times.one_by_one),
            at_rate=self._stream(times.at_rate),
            rate_hz=RATE_HZ,
            frame_transport_ms=times.frame_direct,
            mask_transport_ms=times.mask_direct,
        )

    def _pairs(self, order: random.Random) -> None:
        # One after the other: a machine's speed drifts by more than a node may add.
        for _ in range(BLOCK_FRAMES):
            pair: list[Callable[[], None]] = [self._engine_alone, self._one_by_one]
            order.shuffle(pair)
            for part in pair:
                part()

    def _engine_alone(self) -> None:
        self.times.alone.append(self._exchange.time_engine())

    def _one_by_one(self) -> None:
        self.times.one_by_one.append(self._exchange.there_and_back(self._image))

    def _frames_direct(self) -> None:
        self.times.frame_direct += self._delays(FRAME_DIRECT)

    def _masks_direct(self) -> None:
        self.times.mask_direct += self._delays(MASK_DIRECT)

    def _delays(self, topic: str) -> list[float]:
        stamps = [self._exchange.there_and_back(topic) for _ in range(BLOCK_FRAMES)]
        return [self._listener.delays_ms[topic][stamp] for stamp in stamps]

    def _at_rate(self) -> None:
        count = round(RATE_BLOCK_S * RATE_HZ)
        self.times.at_rate += self._exchange.stream([self._image], count, RATE_HZ)

    def _stream(self, stamps: Sequence[int]) -> Stream:
        delays, stages = self._listener.delays_ms[self._mask], self._listener.stages_ms
        masked = [stamp for stamp in stamps if stamp in delays and stamp in stages]
        return Stream(
            len(stamps),
            [delays[stamp] for stamp in masked],
            {stage: [stages[stamp][stage] for stamp in masked] for stage in NODE_STAGES},
        )
