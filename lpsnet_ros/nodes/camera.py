"""One camera of the node: its input, its outputs, its figures."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from lpsnet_ros.engine import Engine
from lpsnet_ros.nodes.camera_input import CameraInput
from lpsnet_ros.nodes.camera_topics import IMAGE
from lpsnet_ros.nodes.outputs import Outputs
from lpsnet_ros.nodes.rate_limit import RateLimit
from lpsnet_ros.nodes.statistics import Snapshot, Statistics
from lpsnet_ros.nodes.transport_loss import TransportLoss


class Camera:
    """What the node keeps for each camera.

    Args:
        node: to subscribe and publish with.
        name: of the camera; empty for the only one.
        transport: ``raw`` or ``compressed``.
        receive: called with the camera and every frame of it, in the node's executor.

    Raises:
        ValueError: a ``qos_overrides`` parameter has a value that there is not.

    """

    def __init__(
        self,
        node: LifecycleNode,
        name: str,
        transport: str,
        receive: Callable[[Camera, Image | CompressedImage], None],
    ) -> None:
        prefix = f'{name}/' if name else ''
        self.name = name or IMAGE
        self.status_name = f'{node.get_name()}: {self.name}'
        self.input = CameraInput(node, prefix, transport, lambda m: receive(self, m))
        self.outputs = Outputs(node, self.status_name, prefix)
        self.rate_limit = RateLimit()
        self.statistics = Statistics()
        self.transport = TransportLoss()
        self.engine: Engine | None = None
        """The one in use; None where none was made yet."""
        self.failure = ''
        """Why the engine failed at its latest frame; empty where it did not."""
        self.waiting = False
        """Whether its latest frame waits for an engine that is being prepared."""
        self.before = Snapshot()
        """The snapshot that the diagnostics before were made from."""

    def open(self) -> None:
        """Subscribe."""
        self.statistics.listen(time.monotonic())
        self.input.open()

    def frame_received(self, message: Image | CompressedImage, now: float, pause_s: float) -> None:
        """Count a frame; ``now`` and ``pause_s`` as for ``Statistics``, by the monotonic clock."""
        self.statistics.frame_received(now, pause_s)
        self.transport.add(stamp_ns(message.header))


def stamp_ns(header: Header) -> int:
    """Return a header's stamp in nanoseconds; 0 and less is none.

    rclpy's ``Time`` raises at a negative one, as a driver may send whose clock is not set yet.
    """
    return header.stamp.sec * 10**9 + header.stamp.nanosec
