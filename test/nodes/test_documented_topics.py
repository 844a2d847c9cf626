"""The table of topics in the node's page is what the node has."""

from __future__ import annotations

import re
from pathlib import Path

import rclpy

from lpsnet_ros.nodes.camera_input import CameraInput
from lpsnet_ros.nodes.labels import LabelInfo
from lpsnet_ros.nodes.lpsnet_node import LpsnetNode
from lpsnet_ros.nodes.settings import COMPRESSED, RAW

PAGE = Path(__file__).parents[2] / 'docs' / 'lpsnet_node.md'
RCLPYS_OWN = {'/rosout', '/parameter_events', '/lpsnet/transition_event', '/clock'}


def documented_topics() -> set[tuple[str, str, str]]:
    section = PAGE.read_text().split('## Topics')[1].split('##')[0]
    rows = re.findall(r'^\| (in|out) `(\S+)` \| ([\w/]+) \|', section, re.MULTILINE)
    return {(way, topic, kind.replace('/', '/msg/')) for way, topic, kind in rows}


def test_the_topic_table_is_the_code_s(ros_environment: None) -> None:
    rclpy.init(args=['--ros-args', '-p', 'autostart:=false'])
    node = LpsnetNode()
    cameras = [CameraInput(node, '', transport, print) for transport in (RAW, COMPRESSED)]
    for camera in cameras:
        camera.open()
    named = (node.get_name(), node.get_namespace())
    out = dict(node.get_publisher_names_and_types_by_node(*named))
    taken = dict(node.get_subscriber_names_and_types_by_node(*named))
    node.destroy_node()
    rclpy.shutdown()
    there = {
        ('out', t.replace('/lpsnet/', '~/'), k[0]) for t, k in out.items() if t not in RCLPYS_OWN
    }
    there |= {('in', t[1:], k[0]) for t, k in taken.items() if t not in RCLPYS_OWN}
    optional = set() if LabelInfo else {('out', '~/label_info', 'vision_msgs/msg/LabelInfo')}
    assert there | optional == documented_topics()
