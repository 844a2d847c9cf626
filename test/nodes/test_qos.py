"""What qos_overrides may say, and what the node answers where they say something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import rclpy
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import HistoryPolicy, ReliabilityPolicy
from sensor_msgs.msg import Image

from lpsnet_ros.nodes import qos

MakeNode = Callable[[str, str], LifecycleNode]


@pytest.fixture
def make_node(ros_environment: None) -> Iterator[MakeNode]:
    nodes: list[LifecycleNode] = []

    def make(override: str, value: str) -> LifecycleNode:
        arguments = ['--ros-args', '-p', f'qos_overrides.{override}:={value}']
        nodes.append(LifecycleNode('eye', cli_args=arguments))
        return nodes[-1]

    rclpy.init()
    yield make
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown()


@pytest.mark.parametrize(
    ('policy', 'value', 'reason'),
    [
        ('reliability', 'telepathic', 'must be one of system_default, reliable'),
        ('reliability', 'unknown', "best_available, got 'unknown'"),
        ('depth', '-1', 'must be 1 or more, got -1'),
        ('depth', 'five', "expecting type 'INTEGER'"),
    ],
)
def test_an_input_s_wrong_override_is_refused_by_name(
    make_node: MakeNode, policy: str, value: str, reason: str
) -> None:
    name = f'/image.subscription.{policy}'
    with pytest.raises(ValueError, match=name) as refusal:
        qos.InputOverrides(make_node(name, value), '/image')
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ('policy', 'value', 'reason'),
    [
        ('reliability', 'telepathic', 'for policy `reliability`: `telepathic`'),
        ('reliability', '1', "expecting type 'STRING'"),
        ('depth', '-1', 'depth must be 1 or more'),
    ],
)
def test_an_output_s_wrong_override_is_refused_with_its_topic(
    make_node: MakeNode, policy: str, value: str, reason: str
) -> None:
    node = make_node(f'/eye/mask.publisher.{policy}', value)
    with pytest.raises(ValueError, match='qos_overrides of ~/mask') as refusal:
        qos.create_output(node.create_lifecycle_publisher, Image, '~/mask')
    assert reason in str(refusal.value)


def test_overrides_hold(make_node: MakeNode) -> None:
    profile = qos.InputOverrides(make_node('/image.subscription.depth', '3'), '/image').profile()
    assert (profile.depth, profile.history) == (3, HistoryPolicy.KEEP_LAST)
    node = make_node('/eye/mask.publisher.reliability', 'best_effort')
    qos.create_output(node.create_lifecycle_publisher, Image, '~/mask')
    (publisher,) = node.get_publishers_info_by_topic('/eye/mask')
    assert publisher.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
