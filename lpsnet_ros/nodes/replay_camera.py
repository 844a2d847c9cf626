"""A camera without hardware: publishes a video, pictures or a device as sensor_msgs/Image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.frames import FrameSource, open_source
from lpsnet_ros.frames.sources import STREET, repeated
from lpsnet_ros.nodes.codec import encode
from lpsnet_ros.nodes.process import run_node

_PARAMETERS = {
    'source': (STREET, 'A video, a picture, a folder of pictures, a camera index, or "street".'),
    'rate_hz': (0.0, "Frames a second; 0 means the source's own."),
    'loop': (True, 'Start again at the end; false ends the process there.'),
    'duration_s': (0.0, 'End the process after this time of publishing; 0 means never.'),
    'frame_id': ('camera', 'frame_id of the messages.'),
    'reliable': (True, 'Reliability offered: reliable, else best effort as many cameras.'),
    'wait_for_subscribers': (0, 'Start when so many subscribe.'),
}


class ReplayCamera(Node):
    """Publishes ``image`` (bgr8), stamped with the time of publishing."""

    def __init__(self, **options: object) -> None:
        super().__init__('camera', **options)
        for name, (default, description) in _PARAMETERS.items():
            descriptor = ParameterDescriptor(description=description, read_only=True)
            self.declare_parameter(name, default, descriptor)
        self._source = open_source(self._value('source'))
        self._frames: Iterator[NDArray[np.uint8]] = self._iterate(self._source)
        self._rate = self._value('rate_hz') or self._source.rate_hz
        duration = self._value('duration_s')
        self._limit = round(duration * self._rate) if duration else None
        self._published = 0
        reliability = (
            ReliabilityPolicy.RELIABLE
            if self._value('reliable')
            else ReliabilityPolicy.BEST_EFFORT
        )
        profile = QoSProfile(depth=5, reliability=reliability)
        self._publisher = self.create_publisher(Image, 'image', profile)
        self._timer = self.create_timer(1 / self._rate, self._tick)
        self.get_logger().info(
            f'publishing {self._source.name} at {self._rate:g} Hz on {self._publisher.topic_name}'
        )

    def _value(self, name: str):
        return self.get_parameter(name).value

    def _iterate(self, source: FrameSource) -> Iterator[NDArray[np.uint8]]:
        return repeated(source) if self._value('loop') else source.frames()

    def _tick(self) -> None:
        waited_for = self._value('wait_for_subscribers')
        if not self._published and self._publisher.get_subscription_count() < waited_for:
            return
        frame = next(self._frames, None)
        if frame is None or self._published == self._limit:
            self.get_logger().info(f'published {self._published} frames')
            self._timer.cancel()
            self.context.try_shutdown()
            return
        stamp = self.get_clock().now().to_msg()
        header = Header(stamp=stamp, frame_id=self._value('frame_id'))
        self._publisher.publish(encode(frame, 'bgr8', header))
        self._published += 1


def main(args: Sequence[str] | None = None) -> None:
    """Run the camera until its source ends or it is stopped."""
    run_node(ReplayCamera, args)


if __name__ == '__main__':
    main()
