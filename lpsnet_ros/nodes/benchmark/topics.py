"""Names of the topics on which a benchmark's programs meet."""

from __future__ import annotations

from lpsnet_ros.nodes.camera_topics import IMAGE
from lpsnet_ros.nodes.lpsnet_node import NODE_NAME

FRAME_DIRECT, MASK_DIRECT = 'frame_direct', 'mask_direct'


def image_topic(camera: str) -> str:
    """Return where the node hears a camera; ``''`` is the one that needs no name."""
    return _of(camera, IMAGE)


def mask_topic(camera: str) -> str:
    """Return where the masks of a camera come."""
    return f'{NODE_NAME}/{_of(camera, "mask")}'


def latency_topic(camera: str) -> str:
    """Return where the node tells the stages of a camera's frames."""
    return f'{NODE_NAME}/{_of(camera, "latency")}'


def _of(camera: str, topic: str) -> str:
    return f'{camera}/{topic}' if camera else topic
