"""What the node publishes for each frame: the mask at once, the overlay when somebody looks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.engine.overlay import bgr_palette, draw_overlay
from lpsnet_ros.network import ClassTable
from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.codec import encode
from lpsnet_ros.nodes.latest import LatestWorker


class Segmented(NamedTuple):
    """A picture with its mask, and how to draw the two."""

    header: Header
    picture: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    classes: ClassTable
    alpha: float


class Outputs:
    """Publishers of ``~/mask`` and ``~/overlay``; they are mute while the node is inactive.

    Overlays are drawn in a thread of their own, newest first, and only while subscribed, so that
    they never hold up a mask.
    """

    def __init__(self, node: LifecycleNode) -> None:
        self._context = node.context
        self.mask = node.create_lifecycle_publisher(Image, '~/mask', qos.OUTPUT)
        self.overlay = node.create_lifecycle_publisher(Image, '~/overlay', qos.OUTPUT)
        self._drawing = LatestWorker('overlay', self._draw)

    def publish(self, segmented: Segmented) -> None:
        """Publish the mask with its picture's header, then see to the overlay."""
        self._publish(self.mask, encode(segmented.mask, 'mono8', segmented.header))
        if self.overlay.is_activated and self.overlay.get_subscription_count():
            self._drawing.put(segmented)

    def stop(self) -> None:
        """End the drawing thread."""
        self._drawing.stop()

    def _draw(self, segmented: Segmented) -> None:
        palette = bgr_palette(segmented.classes)
        overlay = draw_overlay(segmented.picture, segmented.mask, palette, segmented.alpha)
        self._publish(self.overlay, encode(overlay, 'bgr8', segmented.header))

    def _publish(self, publisher: LifecyclePublisher, message: Image) -> None:
        if not publisher.is_activated:
            return
        try:
            publisher.publish(message)
        except RuntimeError:
            # A signal may have shut the context down while the frame was in work.
            if self._context.ok():
                raise
