"""What the node publishes for each frame: the mask at once, the rest while somebody looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from numpy.typing import NDArray
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from lpsnet_ros.engine import Engine, Segmentation
from lpsnet_ros.engine.overlay import bgr_palette, draw_overlay
from lpsnet_ros.network import ClassTable
from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.codec import encode
from lpsnet_ros.nodes.labels import LabelInfo, label_info
from lpsnet_ros.nodes.latest import LatestWorker
from lpsnet_ros.nodes.scaled_info import scaled_info
from lpsnet_ros.nodes.settings import Settings


class Segmented(NamedTuple):
    """A frame that has its mask, and what else may be published about it.

    Args:
        header: of the frame.
        picture: uint8 (H,W,3) BGR.
        segmentation: by ``engine``; uncertain pixels are unlabeled in its mask.
        confidence: uint8 (h,w) where it was needed for that; else None.
        engine: that made it.
        info: the camera's; None where it has none.
        settings: that held for the frame.

    """

    header: Header
    picture: NDArray[np.uint8]
    segmentation: Segmentation
    confidence: NDArray[np.uint8] | None
    engine: Engine
    info: CameraInfo | None
    settings: Settings


class Outputs:
    """Publishers of one camera; they are mute while the node is inactive.

    Confidences and overlays are computed in a thread of their own, newest first, and only while
    subscribed, so that they never hold up a mask.

    Args:
        node: to publish with.
        name: of the camera's diagnostic status.
        prefix: of the topics' names: empty, or ``NAME/``.

    Raises:
        ValueError: a ``qos_overrides`` parameter has a value that there is not.

    """

    def __init__(self, node: LifecycleNode, name: str, prefix: str) -> None:
        self._node = node
        self._name = name
        topic = f'~/{prefix}'
        create = node.create_lifecycle_publisher
        self.mask = qos.create_output(create, Image, f'{topic}mask')
        self._confidence = qos.create_output(create, Image, f'{topic}confidence')
        self._overlay = qos.create_output(create, Image, f'{topic}overlay')
        self._info = qos.create_output(create, CameraInfo, f'{topic}camera_info')
        self._latency = qos.create_output(create, DiagnosticArray, f'{topic}latency')
        self._labels = (
            qos.create_output(create, LabelInfo, f'{topic}label_info', qos.LATCHED)
            if LabelInfo
            else None
        )
        self._labelled: tuple[ClassTable, float] | None = None
        self._beside = LatestWorker('confidence and overlay', self._publish_beside, self._report)

    def publish_mask(self, result: Segmented) -> None:
        """Publish the mask, what its ids mean where that has changed, and its camera_info."""
        self.publish_labels(result.engine.classes, result.settings.confidence_threshold)
        mask = result.segmentation.mask
        self._publish(self.mask, encode(mask, 'mono8', result.header))
        if result.info is not None:
            info = scaled_info(result.info, result.engine.size, mask.shape)
            info.header = result.header
            self._publish(self._info, info)

    def publish_rest(self, result: Segmented, stages_ms: Mapping[str, float]) -> None:
        """Publish the frame's latencies, then see to confidence and overlay."""
        if self._wanted(self._latency):
            self._publish(self._latency, self._latency_message(result.header, stages_ms))
        if self._wanted(self._confidence) or self._wanted(self._overlay):
            self._beside.put(result)

    def publish_labels(self, classes: ClassTable, threshold: float) -> None:
        """Publish what the ids mean, where it is not what was published last."""
        if self._labels is None or self._labelled == (classes, threshold):
            return
        if self._labels.is_activated:
            self._labelled = (classes, threshold)
            now = self._node.get_clock().now()
            self._publish(self._labels, label_info(classes, threshold, now))

    def stop(self, timeout: float) -> bool:
        """End the thread; tell whether it ended within so many seconds."""
        return self._beside.stop(timeout)

    def _publish_beside(self, result: Segmented) -> None:
        if self._wanted(self._confidence):
            confidence = result.confidence
            if confidence is None:
                confidence = result.engine.confidence(result.segmentation)
            self._publish(self._confidence, encode(confidence, 'mono8', result.header))
        if self._wanted(self._overlay):
            palette = bgr_palette(result.engine.classes)
            mask, alpha = result.segmentation.mask, result.settings.overlay_alpha
            overlay = draw_overlay(result.picture, mask, palette, alpha)
            self._publish(self._overlay, encode(overlay, 'bgr8', result.header))

    def _latency_message(self, header: Header, stages_ms: Mapping[str, float]) -> DiagnosticArray:
        values = [KeyValue(key=stage, value=f'{ms:.3f}') for stage, ms in stages_ms.items()]
        status = DiagnosticStatus(name=self._name, message='ms', values=values)
        return DiagnosticArray(header=header, status=[status])

    def _publish(self, publisher: LifecyclePublisher, message: object) -> None:
        if not publisher.is_activated:
            return
        try:
            publisher.publish(message)
        except RuntimeError:
            # A signal may have shut the context down while the frame was in work.
            if self._node.context.ok():
                raise

    def _wanted(self, publisher: LifecyclePublisher) -> bool:
        # After a signal a publisher can't be asked any more.
        alive = publisher.is_activated and self._node.context.ok()
        return alive and publisher.get_subscription_count() > 0

    def _report(self, result: Segmented, error: Exception) -> None:
        self._node.get_logger().error(
            f'confidence or overlay failed: {error}', throttle_duration_sec=30.0
        )
