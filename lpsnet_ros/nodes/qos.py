"""Quality of service: what is offered, what parameters override, how publishers are followed."""

from __future__ import annotations

from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

OUTPUT = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
DIAGNOSTICS = QoSProfile(depth=10)
# Hears every publisher; small messages are not lost the way large frames are.
CAMERA_INFO = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
FOLLOW_PUBLISHERS = 'best_available'
# A reliable frame is lost only when so many wait; older ones are dropped by the worker, counted.
INPUT_DEPTH = 5


def image_input(reliability: ReliabilityPolicy) -> QoSProfile:
    """Return the profile of an image subscription: room for a burst, no more."""
    return QoSProfile(depth=INPUT_DEPTH, reliability=reliability)


def create_output(
    node: LifecycleNode, message_type: type, topic: str, profile: QoSProfile = OUTPUT
) -> LifecyclePublisher:
    """Create a publisher whose QoS the standard ``qos_overrides`` parameters may change.

    Raises:
        ValueError: such a parameter has a value that there is not.

    """
    # rclpy writes the overrides into the profile that it is given.
    own = QoSProfile(
        depth=profile.depth, reliability=profile.reliability, durability=profile.durability
    )
    try:
        return node.create_lifecycle_publisher(
            message_type,
            topic,
            own,
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
    except RuntimeError as error:
        raise ValueError(f'qos_overrides of {topic}: {error}') from error


class InputOverrides:
    """The ``qos_overrides`` parameters of an image subscription.

    They have the standard names, but rclpy would freeze the reliability that the subscription is
    first created with; here ``best_available`` stays what it says: as the publishers offer, also
    on distributions that do not know it.

    Raises:
        ValueError: a parameter has a value that there is not.

    """

    def __init__(self, node: Node, topic: str) -> None:
        self._node = node
        self._topic = topic
        self.history = self._policy(HistoryPolicy, 'history', 'keep_last')
        self.depth: int = self._declared('depth', INPUT_DEPTH)
        self.reliability = (
            None
            if self._declared('reliability', FOLLOW_PUBLISHERS) == FOLLOW_PUBLISHERS
            else self._policy(ReliabilityPolicy, 'reliability', FOLLOW_PUBLISHERS)
        )

    def profile(self) -> QoSProfile:
        """Return what to subscribe with at this moment."""
        reliability = self.reliability or reliability_to_match(self._node, self._topic)
        return QoSProfile(history=self.history, depth=self.depth, reliability=reliability)

    def _declared(self, policy: str, default: Any) -> Any:
        name = f'qos_overrides.{self._topic}.subscription.{policy}'
        if not self._node.has_parameter(name):
            description = f'{policy} of the subscription of {self._topic}'
            descriptor = ParameterDescriptor(description=description, read_only=True)
            self._node.declare_parameter(name, default, descriptor)
        return self._node.get_parameter(name).value

    def _policy(self, kind: Any, policy: str, default: str) -> Any:
        value = self._declared(policy, default)
        try:
            return kind[value.upper()]
        except KeyError:
            known = ', '.join(member.name.lower() for member in kind)
            raise ValueError(
                f'qos_overrides.{self._topic}.subscription.{policy} must be one of {known}, '
                f'got {value!r}'
            ) from None


def reliability_to_match(node: Node, topic: str) -> ReliabilityPolicy:
    """Return the strongest reliability that every publisher of a topic offers.

    A reliable subscription hears no best-effort camera, and a best-effort one loses most large
    frames of a reliable camera on the default transport, so neither is right for both. Works on
    every distribution, BEST_AVAILABLE only from Iron on and only at creation.
    """
    offered = [p.qos_profile.reliability for p in node.get_publishers_info_by_topic(topic)]
    if any(r == ReliabilityPolicy.BEST_EFFORT for r in offered):
        return ReliabilityPolicy.BEST_EFFORT
    return ReliabilityPolicy.RELIABLE
