"""Watching a segmentation node: live figures, overlay pictures and a video."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.subscription import Subscription
from sensor_msgs.msg import Image

from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.camera import stamp_ns
from lpsnet_ros.nodes.camera_topics import IMAGE
from lpsnet_ros.nodes.codec import decode
from lpsnet_ros.nodes.diagnostics import NODE
from lpsnet_ros.nodes.recorder import OverlayRecorder

LATENCY_WINDOW = 100
SUMMARY_WINDOW = 10_000


class Viewer(Node):
    """Subscribes mask, overlay and diagnostics of a node's camera; prints a line a second.

    Args:
        target: name of the segmentation node, like ``/lpsnet``.
        camera: name of one of its cameras; empty for the only one of a node without names.
        output: folder for overlays; None records nothing.
        sim_time: take the time from ``/clock``, as the node does that is watched.

    """

    def __init__(
        self, target: str, camera: str, output: Path | None, *, sim_time: bool = False
    ) -> None:
        clock = Parameter('use_sim_time', value=sim_time)
        super().__init__('viewer', parameter_overrides=[clock])
        target = target.strip('/')
        self._target = f'/{target}'
        self._prefix = f'{target.rpartition("/")[2]}: '
        self._status_name = self._prefix + (camera or IMAGE)
        topics = f'/{target}/{camera}' if camera else f'/{target}'
        self._masks = 0
        self._masks_before = 0
        self._latencies_ms: deque[float] = deque(maxlen=SUMMARY_WINDOW)
        self._status: dict[str, str] = {}
        self._sentence = 'no diagnostics yet'
        self.recorder = OverlayRecorder(output) if output else None
        self._images = {f'{topics}/mask': self._mask}
        if self.recorder:
            self._images[f'{topics}/overlay'] = self._overlay
        self._subscribed: dict[str, Subscription] = {}
        self._follow_publishers()
        self.create_subscription(DiagnosticArray, '/diagnostics', self._diagnose, qos.DIAGNOSTICS)
        # Simulated time may stand still.
        self.create_timer(1.0, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _tick(self) -> None:
        self._follow_publishers()
        self._print_line()

    def _follow_publishers(self) -> None:
        for topic, callback in self._images.items():
            profile = qos.image_input(qos.reliability_to_match(self, topic))
            subscribed = self._subscribed.get(topic)
            if subscribed is not None:
                if subscribed.qos_profile.reliability == profile.reliability:
                    continue
                self.destroy_subscription(subscribed)
            self._subscribed[topic] = self.create_subscription(Image, topic, callback, profile)

    def _mask(self, message: Image) -> None:
        self._masks += 1
        stamp = stamp_ns(message.header)
        if stamp > 0:
            self._latencies_ms.append((self.get_clock().now().nanoseconds - stamp) / 1e6)

    def _overlay(self, message: Image) -> None:
        self.recorder.add(decode(message), stamp_ns(message.header) / 1e9)

    def _diagnose(self, message: DiagnosticArray) -> None:
        statuses = {s.name: s for s in message.status if self._is_of_target(s)}
        status = statuses.get(self._status_name)
        if status is not None:
            self._status = _values(status)
            self._sentence = status.message
            return
        others = [name for name in statuses if name.startswith(self._prefix)]
        if others and not self._status:
            there = ', '.join(others)
            self._sentence = f'no status {self._status_name}, there is {there}: see --camera'

    def _is_of_target(self, status: DiagnosticStatus) -> bool:
        # Robots' nodes have the same names, their namespaces differ.
        return _values(status).get(NODE, self._target) == self._target

    def _print_line(self) -> None:
        rate, self._masks_before = self._masks - self._masks_before, self._masks
        recent = list(self._latencies_ms)[-LATENCY_WINDOW:]
        latency = f'{np.median(recent):6.1f} ms' if recent else '   none'
        print(
            f'{rate:3d} masks/s | camera to mask {latency} | '
            f'dropped {self._count("dropped")} | refused {self._count("refused")} | '
            f'{self._sentence}',
            flush=True,
        )

    def _count(self, key: str) -> int:
        return int(self._status.get(key, 0))

    def summary(self) -> str:
        """Say what was seen, in a few lines."""
        lines = [f'masks received      {self._masks}']
        if self._latencies_ms:
            p50, p95, worst = np.percentile(self._latencies_ms, (50, 95, 100))
            lines.append(
                f'camera to mask      p50 {p50:.1f} ms, p95 {p95:.1f} ms, max {worst:.1f} ms'
            )
        if self._status:
            lines.append(
                f'node                received {self._count("received")}, '
                f'masked {self._count("masked")}, dropped {self._count("dropped")}, '
                f'refused {self._count("refused")}'
            )
            lines.append(f'engine              p50 {self._status.get("engine p50 (ms)", "?")} ms')
        if self.recorder:
            lines.append(f'written             {self.recorder.summary()}')
        return '\n'.join(lines)

    def destroy_node(self) -> None:
        """Finish the video, then destroy as usual."""
        if self.recorder:
            self.recorder.close()
        super().destroy_node()


def _values(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}
