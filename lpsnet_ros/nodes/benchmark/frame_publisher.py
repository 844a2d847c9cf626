"""Cameras that publish on request, on the node's topics or past the node."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence

import rclpy
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.frames.sample import sample_frames
from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.benchmark.programs import serve
from lpsnet_ros.nodes.benchmark.topics import FRAME_DIRECT, MASK_DIRECT, image_topic
from lpsnet_ros.nodes.codec import encode
from lpsnet_ros.nodes.process import keep_large_blocks

CAMERA = QoSProfile(depth=5, reliability=ReliabilityPolicy.RELIABLE)
POLL_S = 0.01


class FramePublisher:
    """Publishes frames, and images of the size of their masks.

    Args:
        namespace: of the topics.
        cameras: names, as of ``NodeCase``.
        size: (height, width) of the frames, bgr8.
        source: of the frames, as for ``open_source``.
        frames: how many to take in turn.

    """

    def __init__(
        self,
        namespace: str,
        cameras: Sequence[str],
        size: tuple[int, int],
        source: str,
        frames: int,
    ) -> None:
        self._node = Node('camera', namespace=namespace)
        pictures = sample_frames(source, tuple(size), frames)
        coloured = [encode(picture, 'bgr8', Header()) for picture in pictures]
        grey = [encode(picture[:, :, 0].copy(), 'mono8', Header()) for picture in pictures]
        coloured_topics = [FRAME_DIRECT, *map(image_topic, cameras)]
        self._images = {**dict.fromkeys(coloured_topics, coloured), MASK_DIRECT: grey}
        self._publishers = {
            topic: self._node.create_publisher(
                Image, topic, qos.OUTPUT if topic == MASK_DIRECT else CAMERA
            )
            for topic in self._images
        }

    def answer(self, topics: Sequence[str], count: int, rate_hz: float = 0.0) -> list[int]:
        """Publish so many images, on each topic in turn, as soon as somebody subscribes.

        Returns:
            The stamp of each in ns: the system time right before it was published.

        """
        publishers = [self._publishers[topic] for topic in topics]
        while not all(publisher.get_subscription_count() for publisher in publishers):
            time.sleep(POLL_S)
        begun, stamps = time.monotonic(), []
        for index in range(count):
            if rate_hz:
                time.sleep(max(0.0, begun + index / rate_hz - time.monotonic()))
            turn = index % len(topics)
            images = self._images[topics[turn]]
            stamps.append(_publish(publishers[turn], images[index % len(images)]))
        return stamps


def _publish(publisher: Publisher, image: Image) -> int:
    now = time.time_ns()
    image.header.stamp.sec, image.header.stamp.nanosec = divmod(now, 10**9)
    publisher.publish(image)
    return now


def main() -> None:
    """Get ready as the JSON argument says, then publish on request."""
    keep_large_blocks()
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    try:
        serve(FramePublisher(**json.loads(sys.argv[1])).answer)
    finally:
        rclpy.shutdown()


if __name__ == '__main__':
    main()
