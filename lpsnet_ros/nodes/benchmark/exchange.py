"""Asks the programs of a benchmark for images and times, and waits for what comes back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from lpsnet_ros.engine.benchmark.measure import SETTLE_S
from lpsnet_ros.nodes.benchmark.case import NodeCase
from lpsnet_ros.nodes.benchmark.parts import Parts
from lpsnet_ros.nodes.benchmark.topics import image_topic, mask_topic

START_TIMEOUT_S = 900.0
RETRY_S = 3.0
TIMEOUT_S = 30.0


class Exchange:
    """Talks to the running parts of a case.

    All of its methods raise ChildProcessError where a process ended (with the end of its log) and
    TimeoutError where one did not answer or an image did not come back.
    """

    def __init__(self, parts: Parts, case: NodeCase) -> None:
        self._parts = parts
        self._masks = {image_topic(camera): mask_topic(camera) for camera in case.cameras}
        self.engine: dict[str, Any] = {}
        """Provenance of the engine that was timed alone, and its number of threads."""

    def time_engine(self) -> float:
        """Return the time of a call of the engine in ms."""
        self._parts.engine.ask()
        answer = self._parts.engine.answer(START_TIMEOUT_S)
        self.engine = answer['engine']
        return answer['ms']

    def connect(self, topics: Sequence[str]) -> None:
        """Wait until an image has once come back for each topic.

        What is published before all have discovered each other is lost.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        for topic in topics:
            while not self._came_back(topic, self._publish(topic), RETRY_S):
                if time.monotonic() > deadline:
                    raise self._nothing_came(topic, START_TIMEOUT_S)

    def there_and_back(self, topic: str) -> int:
        """Publish one image; return its stamp once it, or its mask, has come."""
        time.sleep(SETTLE_S)
        stamp = self._publish(topic)
        if not self._came_back(topic, stamp, TIMEOUT_S):
            raise self._nothing_came(topic, TIMEOUT_S)
        return stamp

    def stream(self, topics: Sequence[str], count: int, rate_hz: float) -> list[int]:
        """Publish images on each topic in turn, whether the node is free or not.

        Returns:
            Their stamps, once the masks of the last ones have come, or are overdue.

        """
        camera = self._parts.camera
        camera.ask(topics=topics, count=count, rate_hz=rate_hz)
        self._parts.listener.spin_until(camera.has_answered, count / rate_hz + TIMEOUT_S)
        stamps = camera.answer(TIMEOUT_S)
        # Nothing replaces the newest frame of a topic, so its mask is the last one to come.
        for index in range(max(0, count - len(topics)), count):
            self._came_back(topics[index % len(topics)], stamps[index], TIMEOUT_S)
        return stamps

    def _publish(self, topic: str) -> int:
        camera = self._parts.camera
        camera.ask(topics=[topic], count=1)
        self._parts.listener.spin_until(self._camera_is_done, START_TIMEOUT_S)
        (stamp,) = camera.answer(TIMEOUT_S)
        return stamp

    def _camera_is_done(self) -> bool:
        self._parts.node.check()
        return self._parts.camera.has_answered()

    def _came_back(self, topic: str, stamp: int, timeout_s: float) -> bool:
        listener = self._parts.listener
        delays, stages = listener.delays_ms[self._masks.get(topic, topic)], listener.stages_ms
        if topic in self._masks:
            return listener.spin_until(lambda: stamp in delays and stamp in stages, timeout_s)
        return listener.spin_until(lambda: stamp in delays, timeout_s)

    def _nothing_came(self, topic: str, seconds: float) -> TimeoutError:
        return TimeoutError(
            f'nothing came back for an image on {topic} in {seconds:g} s; the node logged:\n'
            f'{self._parts.node.log_end()}'
        )
