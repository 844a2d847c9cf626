"""Where a camera's topics end up after remapping, as rclpy itself has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image

from lpsnet_ros.nodes.camera_topics import image_topics, info_topic
from lpsnet_ros.nodes.settings import COMPRESSED, RAW

MakeNode = Callable[..., Node]


@pytest.fixture
def make_node(ros_environment: None) -> Iterator[MakeNode]:
    nodes: list[Node] = []

    def make(*rules: str) -> Node:
        arguments = [word for rule in rules for word in ('-r', rule)]
        nodes.append(Node('eye', cli_args=['--ros-args', *arguments]))
        return nodes[-1]

    rclpy.init()
    yield make
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown()


def test_without_remapping_they_stand_beside_each_other(make_node: MakeNode) -> None:
    node = make_node()
    full = {transport: topic.full for transport, topic in image_topics(node, 'front/').items()}
    assert full == {RAW: '/front/image', COMPRESSED: '/front/image/compressed'}
    assert info_topic(node, 'front/').full == '/front/camera_info'


def test_the_image_takes_the_others_along(make_node: MakeNode) -> None:
    node = make_node('image:=/rig/left')
    assert image_topics(node)[COMPRESSED].full == '/rig/left/compressed'
    assert info_topic(node).full == '/rig/camera_info'


def test_one_that_is_remapped_itself_goes_there(make_node: MakeNode) -> None:
    node = make_node('image:=/rig/left', 'image/compressed:=/jpeg', 'camera_info:=/calibration')
    assert image_topics(node)[COMPRESSED].full == '/jpeg'
    assert info_topic(node).full == '/calibration'


def test_two_swapped_cameras_are_swapped_once(make_node: MakeNode) -> None:
    node = make_node('front/image:=/left/image', 'left/image:=/front/image')
    for camera, there in (('front', '/left/image'), ('left', '/front/image')):
        topic = image_topics(node, f'{camera}/')[RAW]
        assert topic.full == there
        assert node.create_subscription(Image, topic.given, print, 1).topic_name == there


def test_a_rule_that_would_lead_elsewhere_is_named(make_node: MakeNode) -> None:
    node = make_node('front/image:=/left/image', 'left/camera_info:=/elsewhere')
    with pytest.raises(ValueError, match='makes that /elsewhere: remap front/camera_info itself'):
        info_topic(node, 'front/')
