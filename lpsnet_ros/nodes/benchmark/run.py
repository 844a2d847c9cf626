"""One case: blocks of frames that take turns, with and without the node."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lpsnet_ros.engine.benchmark.measure import SETTLE_S
from lpsnet_ros.nodes.benchmark.case import Conduct, NodeCase
from lpsnet_ros.nodes.benchmark.frame_publisher import FRAME_DIRECT, MASK_DIRECT, NODE_INPUT
from lpsnet_ros.nodes.benchmark.listener import MASK
from lpsnet_ros.nodes.benchmark.parts import Parts, running_parts
from lpsnet_ros.nodes.benchmark.results import NODE_STAGES, NodeResult, Stream

BLOCK_FRAMES = 5
RATE_HZ = 30.0
RATE_BLOCK_S = 1.0
START_TIMEOUT_S = 900.0
RETRY_S = 3.0
TIMEOUT_S = 30.0


def run_node_case(case: NodeCase, conduct: Conduct) -> NodeResult:
    """Start all processes, run the blocks in a new order each round, and stop the processes.

    Raises:
        ChildProcessError: a process ended; holds the end of its log.
        TimeoutError: a process did not answer, or the mask of a single frame did not come.

    """
    with running_parts(case, conduct) as parts:
        blocks = _Blocks(parts)
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
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._listener = parts.listener
        self._engine: dict[str, Any] = {}
        self.times = _Times()

    def connect(self) -> None:
        """Wait for the engine, then until every kind of image has once come through.

        What is published before all have discovered each other is lost.
        """
        self._engine_alone()
        deadline = time.monotonic() + START_TIMEOUT_S
        for topic in (NODE_INPUT, FRAME_DIRECT, MASK_DIRECT):
            while not self._came_back(topic, self._publish(topic), RETRY_S):
                if time.monotonic() > deadline:
                    raise self._nothing_came(topic, START_TIMEOUT_S)

    def run(self, order: random.Random) -> None:
        """Run every block once."""
        blocks: list[Callable[[], None]] = [
            self._engine_alone,
            self._one_by_one,
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
            engine=self._engine,
            alone_ms=times.alone,
            one_by_one=self._stream(times.one_by_one),
            at_rate=self._stream(times.at_rate),
            rate_hz=RATE_HZ,
            frame_transport_ms=times.frame_direct,
            mask_transport_ms=times.mask_direct,
        )

    def _engine_alone(self) -> None:
        self._parts.engine.ask(count=BLOCK_FRAMES)
        answer = self._parts.engine.answer(START_TIMEOUT_S)
        self._engine = answer['engine']
        self.times.alone += answer['ms']

    def _one_by_one(self) -> None:
        self.times.one_by_one += [self._there_and_back(NODE_INPUT) for _ in range(BLOCK_FRAMES)]

    def _frames_direct(self) -> None:
        self.times.frame_direct += self._delays(FRAME_DIRECT)

    def _masks_direct(self) -> None:
        self.times.mask_direct += self._delays(MASK_DIRECT)

    def _delays(self, topic: str) -> list[float]:
        stamps = [self._there_and_back(topic) for _ in range(BLOCK_FRAMES)]
        return [self._listener.delays_ms[topic][stamp] for stamp in stamps]

    def _at_rate(self) -> None:
        camera = self._parts.camera
        camera.ask(topic=NODE_INPUT, count=round(RATE_BLOCK_S * RATE_HZ), rate_hz=RATE_HZ)
        self._listener.spin_until(camera.has_answered, TIMEOUT_S)
        stamps = camera.answer(TIMEOUT_S)
        # Nothing replaces the newest frame, so its mask is the last one to come.
        self._came_back(NODE_INPUT, stamps[-1], TIMEOUT_S)
        self.times.at_rate += stamps

    def _there_and_back(self, topic: str) -> int:
        """Publish one image; return its stamp once it, or its mask, has come."""
        time.sleep(SETTLE_S)
        stamp = self._publish(topic)
        if not self._came_back(topic, stamp, TIMEOUT_S):
            raise self._nothing_came(topic, TIMEOUT_S)
        return stamp

    def _publish(self, topic: str) -> int:
        camera = self._parts.camera
        camera.ask(topic=topic, count=1)
        self._listener.spin_until(self._camera_is_done, START_TIMEOUT_S)
        (stamp,) = camera.answer(TIMEOUT_S)
        return stamp

    def _camera_is_done(self) -> bool:
        self._parts.node.check()
        return self._parts.camera.has_answered()

    def _came_back(self, topic: str, stamp: int, timeout_s: float) -> bool:
        delays, stages = self._listener.delays_ms, self._listener.stages_ms
        if topic == NODE_INPUT:
            return self._listener.spin_until(
                lambda: stamp in delays[MASK] and stamp in stages, timeout_s
            )
        return self._listener.spin_until(lambda: stamp in delays[topic], timeout_s)

    def _nothing_came(self, topic: str, seconds: float) -> TimeoutError:
        return TimeoutError(
            f'nothing came back for an image on {topic} in {seconds:g} s; the node logged:\n'
            f'{self._parts.node.log_end()}'
        )

    def _stream(self, stamps: Sequence[int]) -> Stream:
        delays, stages = self._listener.delays_ms[MASK], self._listener.stages_ms
        masked = [stamp for stamp in stamps if stamp in delays and stamp in stages]
        return Stream(
            len(stamps),
            [delays[stamp] for stamp in masked],
            {stage: [stages[stamp][stage] for stamp in masked] for stage in NODE_STAGES},
        )
