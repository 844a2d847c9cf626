"""Names of a camera's topics, remapped once."""

from __future__ import annotations

from typing import NamedTuple

from rclpy.node import Node

from lpsnet_ros.nodes.settings import COMPRESSED, RAW

IMAGE = 'image'
INFO = 'camera_info'


class CameraTopic(NamedTuple):
    """A topic's name before and after remapping.

    Args:
        given: to subscribe or publish with; rclpy remaps it then, even where it is a full name.
        full: where that ends.

    """

    given: str
    full: str


def image_topics(node: Node, prefix: str = '') -> dict[str, CameraTopic]:
    """Return a camera's image topic for each transport.

    A remapping of the image holds for its transports, as in image_transport.

    Raises:
        ValueError: a remapping of another topic would take one of them along.

    """
    plain = prefix + IMAGE
    image = CameraTopic(plain, node.resolve_topic_name(plain))
    compressed = _own_or(f'{image.full}/{COMPRESSED}', f'{plain}/{COMPRESSED}', node)
    return {RAW: image, COMPRESSED: compressed}


def info_topic(node: Node, prefix: str = '') -> CameraTopic:
    """Return a camera's camera_info topic: as remapped, else the one beside the image.

    Raises:
        ValueError: a remapping of another topic would take it along.

    """
    folder = node.resolve_topic_name(prefix + IMAGE).rpartition('/')[0]
    return _own_or(f'{folder}/{INFO}', prefix + INFO, node)


def _own_or(beside: str, plain: str, node: Node) -> CameraTopic:
    own = node.resolve_topic_name(plain)
    if own != node.resolve_topic_name(plain, only_expand=True):
        return CameraTopic(plain, own)
    again = node.resolve_topic_name(beside)
    if again != beside:
        raise ValueError(
            f'{plain} is {beside}, beside the image, but another remapping makes that {again}: '
            f'remap {plain} itself'
        )
    return CameraTopic(beside, beside)
