"""The subscriber at the end: when images come, and what the node says about each frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import rclpy
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.benchmark.results import NODE_STAGES
from lpsnet_ros.nodes.benchmark.topics import (
    FRAME_DIRECT,
    MASK_DIRECT,
    latency_topic,
    mask_topic,
)
from lpsnet_ros.nodes.process import keep_large_blocks

ALL_OF_THEM = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)


class Listener:
    """Subscribes what is measured; use it in a ``with``.

    Args:
        namespace: of the topics.
        cameras: names, as of ``NodeCase``.

    """

    def __init__(self, namespace: str, cameras: Sequence[str]) -> None:
        self._namespace = namespace
        self._cameras = cameras
        self._profiles = {
            **dict.fromkeys(map(mask_topic, cameras), ALL_OF_THEM),
            FRAME_DIRECT: qos.image_input(ReliabilityPolicy.RELIABLE),
            MASK_DIRECT: ALL_OF_THEM,
        }
        self.delays_ms: dict[str, dict[int, float]] = {topic: {} for topic in self._profiles}
        """Topic -> stamp in ns -> ms from the stamp to the image's callback."""
        self.stages_ms: dict[int, dict[str, float]] = {}
        """Stamp in ns -> the node's stages of that frame."""

    def __enter__(self) -> Listener:
        keep_large_blocks()
        self._context = rclpy.Context()
        rclpy.init(args=[], context=self._context)
        node = Node('listener', namespace=self._namespace, context=self._context)
        for topic, profile in self._profiles.items():
            node.create_subscription(Image, topic, partial(self._image, topic), profile)
        for topic in map(latency_topic, self._cameras):
            node.create_subscription(DiagnosticArray, topic, self._latency, ALL_OF_THEM)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(node)
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()
        rclpy.try_shutdown(context=self._context)

    def spin_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Receive until the condition holds; return whether it did in time."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._executor.spin_once(timeout_sec=0.05)
        return True

    def _image(self, topic: str, message: Image) -> None:
        now, stamp = time.time_ns(), _nanoseconds(message.header.stamp)
        self.delays_ms[topic][stamp] = (now - stamp) / 1e6

    def _latency(self, message: DiagnosticArray) -> None:
        values = {pair.key: pair.value for pair in message.status[0].values}
        stages = {stage: float(values[stage]) for stage in NODE_STAGES}
        self.stages_ms[_nanoseconds(message.header.stamp)] = stages


def _nanoseconds(stamp: Time) -> int:
    return stamp.sec * 10**9 + stamp.nanosec
