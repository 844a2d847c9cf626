"""Quality of service: what is offered, and how a subscription follows its publishers."""

from __future__ import annotations

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

OUTPUT = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
DIAGNOSTICS = QoSProfile(depth=10)


def image_input(reliability: ReliabilityPolicy) -> QoSProfile:
    """Return the profile of an image subscription: the newest frames, never a queue."""
    return QoSProfile(depth=2, reliability=reliability)


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
