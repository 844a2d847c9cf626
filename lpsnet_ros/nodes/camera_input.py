"""A camera topic, subscribed so that its frames arrive whoever publishes them."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import Image

from lpsnet_ros.nodes import qos


class CameraInput:
    """Subscription of an image topic that follows the reliability of the topic's publishers.

    Args:
        node: to subscribe with.
        topic: relative name.
        receive: called with every frame, in the node's executor.

    """

    def __init__(self, node: Node, topic: str, receive: Callable[[Image], None]) -> None:
        self._node = node
        self._receive = receive
        self._subscription: Subscription | None = None
        self.topic = node.resolve_topic_name(topic)

    @property
    def publishers(self) -> int:
        """How many publish on the topic."""
        return self._node.count_publishers(self.topic)

    def open(self) -> None:
        """Subscribe as the present publishers offer."""
        profile = qos.image_input(qos.reliability_to_match(self._node, self.topic))
        self._subscription = self._node.create_subscription(
            Image, self.topic, self._receive, profile
        )

    def close(self) -> None:
        """Unsubscribe, where subscribed."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def follow_publishers(self) -> None:
        """Subscribe anew where the publishers' reliability is no longer what was assumed."""
        if self._subscription is None:
            return
        assumed = self._subscription.qos_profile.reliability
        offered = qos.reliability_to_match(self._node, self.topic)
        if offered != assumed:
            self._node.get_logger().info(f'{self.topic} is now {offered.name}: subscribing anew')
            self.close()
            self.open()
