"""Quality of service: what is offered, what parameters override, how publishers are followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import (
    InvalidQosOverridesError,
    QosCallbackResult,
    QoSOverridingOptions,
)

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
_ALLOWED = 'depth must be 1 or more, reliability not unknown'
AnyPublisher = TypeVar('AnyPublisher')


def image_input(reliability: ReliabilityPolicy) -> QoSProfile:
    """Return the profile of an image subscription: room for a burst, no more."""
    return QoSProfile(depth=INPUT_DEPTH, reliability=reliability)


def create_output(
    create: Callable[..., AnyPublisher],
    message_type: type,
    topic: str,
    profile: QoSProfile = OUTPUT,
) -> AnyPublisher:
    """Create a publisher whose QoS the standard ``qos_overrides`` parameters may change.

    Args:
        create: the node's method that creates it.
        message_type, topic: of the publisher.
        profile: where nothing is overridden.

    Raises:
        ValueError: such a parameter has a value that there is not.

    """
    # rclpy writes the overrides into the profile that it is given.
    own = QoSProfile(
        depth=profile.depth, reliability=profile.reliability, durability=profile.durability
    )
    options = QoSOverridingOptions.with_default_policies(callback=_check)
    try:
        return create(message_type, topic, own, qos_overriding_options=options)
    except (RuntimeError, InvalidParameterTypeException, InvalidQosOverridesError) as error:
        raise ValueError(f'qos_overrides of {topic}: {error}') from error


def _check(profile: QoSProfile) -> QosCallbackResult:
    allowed = profile.depth >= 1 and profile.reliability != ReliabilityPolicy.UNKNOWN
    return QosCallbackResult(successful=allowed, reason='' if allowed else _ALLOWED)


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
        if self.depth < 1:
            raise ValueError(f'{self._name("depth")} must be 1 or more, got {self.depth}')
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
        name = self._name(policy)
        if not self._node.has_parameter(name):
            description = f'{policy} of the subscription of {self._topic}'
            descriptor = ParameterDescriptor(description=description, read_only=True)
            try:
                self._node.declare_parameter(name, default, descriptor)
            except InvalidParameterTypeException as error:
                raise ValueError(str(error)) from error
        return self._node.get_parameter(name).value

    def _name(self, policy: str) -> str:
        return f'qos_overrides.{self._topic}.subscription.{policy}'

    def _policy(self, kind: Any, policy: str, default: str) -> Any:
        value = self._declared(policy, default)
        known = {member.name.lower(): member for member in kind if member.name != 'UNKNOWN'}
        if value.lower() not in known:
            raise ValueError(
                f'{self._name(policy)} must be one of {", ".join(known)}, got {value!r}'
            )
        return known[value.lower()]


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
