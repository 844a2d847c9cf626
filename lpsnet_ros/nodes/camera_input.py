"""A camera's topics, subscribed so that its frames arrive whoever publishes them."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import QoSCompatibility, qos_check_compatible
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.camera_topics import image_topics, info_topic
from lpsnet_ros.nodes.settings import COMPRESSED, RAW
from lpsnet_ros.nodes.silence import Offer, Surroundings

MESSAGE_TYPES = {RAW: Image, COMPRESSED: CompressedImage}


class CameraInput:
    """Subscription of an image topic that follows the reliability of the topic's publishers.

    Args:
        node: to subscribe with.
        prefix: of the topics' names: empty, or ``NAME/``.
        transport: ``raw`` or ``compressed``.
        receive: called with every frame, in the node's executor.

    Raises:
        ValueError: a ``qos_overrides`` parameter has a value that there is not, or a remapping
            leads elsewhere.

    """

    def __init__(
        self,
        node: Node,
        prefix: str,
        transport: str,
        receive: Callable[[Image | CompressedImage], None],
    ) -> None:
        self._node = node
        self._receive = receive
        self._type = MESSAGE_TYPES[transport]
        self._transports = image_topics(node, prefix)
        self._image = self._transports[transport]
        self.topic = self._image.full
        self._overrides = qos.InputOverrides(node, self.topic)
        self._info_topic = info_topic(node, prefix)
        self._subscription: Subscription | None = None
        self._info_subscription: Subscription | None = None
        self.info: CameraInfo | None = None
        """The latest camera_info; None before the first."""

    def open(self) -> None:
        """Subscribe as the present publishers offer."""
        self._subscription = self._node.create_subscription(
            self._type, self._image.given, self._receive, self._overrides.profile()
        )
        if self._info_subscription is None:
            self._info_subscription = self._node.create_subscription(
                CameraInfo, self._info_topic.given, self._keep_info, qos.CAMERA_INFO
            )

    def close(self) -> None:
        """Unsubscribe, where subscribed."""
        for subscription in (self._subscription, self._info_subscription):
            if subscription is not None:
                self._node.destroy_subscription(subscription)
        self._subscription = self._info_subscription = None

    def follow_publishers(self) -> None:
        """Subscribe anew where the publishers' reliability is no longer what was assumed."""
        if self._subscription is None:
            return
        wanted = self._overrides.profile().reliability
        if wanted != self._subscription.qos_profile.reliability:
            self._node.get_logger().info(f'{self.topic} is now {wanted.name}: subscribing anew')
            self._node.destroy_subscription(self._subscription)
            self.open()

    def surroundings(self) -> Surroundings:
        """Look at who publishes here and elsewhere."""
        message_type = _type_name(self._type)
        publishers = self._node.get_publishers_info_by_topic(self.topic)
        others = {t: n.full for t, n in self._transports.items() if n != self._image}
        return Surroundings(
            self.topic,
            message_type,
            tuple(self._offer(p) for p in publishers),
            next((t for t, n in others.items() if self._node.count_publishers(n)), ''),
            () if publishers else self._published_elsewhere(message_type),
        )

    def _keep_info(self, message: CameraInfo) -> None:
        self.info = message

    def _offer(self, publisher: TopicEndpointInfo) -> Offer:
        fit, why = qos_check_compatible(publisher.qos_profile, self._overrides.profile())
        obstacle = why if fit == QoSCompatibility.ERROR else ''
        return Offer(publisher.node_name, publisher.topic_type, obstacle)

    def _published_elsewhere(self, message_type: str) -> tuple[str, ...]:
        own = self._node.get_fully_qualified_name() + '/'
        suffix = f'/{COMPRESSED}' if self._type is CompressedImage else ''
        return tuple(
            topic.removesuffix(suffix)
            for topic, types in self._node.get_topic_names_and_types()
            if message_type in types
            and topic.endswith(suffix)
            and not topic.startswith(own)
            and self._node.count_publishers(topic)
        )


def _type_name(message_type: type) -> str:
    package, kind = message_type.__module__.split('.')[:2]
    return f'{package}/{kind}/{message_type.__name__}'
