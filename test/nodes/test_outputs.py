"""What the node publishes beside the mask, over DDS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from nodes.conftest import Client, NodeProcess, pixels, random_frame
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from lpsnet_ros.engine import Engine
from lpsnet_ros.network import CAMVID

StartNode = Callable[..., NodeProcess]
SIZE = (96, 128)


def with_header(messages: list, header: Header) -> list:
    return [m for m in messages if m.header == header]


def publish_until(client: Client, frame: np.ndarray, *outputs: list) -> Header:
    """Publish until all outputs have a message of one frame: subscribing takes its time."""
    headers: list[Header] = []

    def complete() -> bool:
        headers.append(client.publish(frame))
        client.spin_for(0.1)
        return any(all(with_header(o, header) for o in outputs) for header in headers)

    client.wait_for(complete, 'a message on each output')
    return next(h for h in headers if all(with_header(o, h) for o in outputs))


def test_confidence_overlay_and_latency_come_with_the_frame_s_header(
    start_node: StartNode, client: Client, models_dir: Path
) -> None:
    start_node(overlay_alpha=0.0)
    confidences = client.listen(Image, '/lpsnet/confidence')
    overlays = client.listen(Image, '/lpsnet/overlay')
    latencies = client.listen(DiagnosticArray, '/lpsnet/latency')
    client.connect()
    frame = random_frame(1)
    header = publish_until(client, frame, confidences, overlays, latencies)
    engine = Engine.load('tiny', SIZE, models_dir=models_dir)
    expected = engine.confidence(engine.segment(frame))
    (confidence,) = with_header(confidences, header)
    assert confidence.encoding == 'mono8'
    np.testing.assert_array_equal(pixels(confidence), expected)
    (overlay,) = with_header(overlays, header)
    assert overlay.encoding == 'bgr8'
    np.testing.assert_array_equal(pixels(overlay).reshape(frame.shape), frame)
    (status,) = with_header(latencies, header)[0].status
    assert status.name == 'lpsnet: image'
    stages = {pair.key: float(pair.value) for pair in status.values}
    assert list(stages) == ['wait', 'decode', 'engine', 'publish', 'end_to_end']
    assert 0 < stages['engine'] < stages['end_to_end']


def test_uncertain_pixels_become_unlabeled(
    start_node: StartNode, client: Client, models_dir: Path
) -> None:
    engine = Engine.load('tiny', SIZE, models_dir=models_dir)
    frame = random_frame(1)
    segmentation = engine.segment(frame)
    confidence = engine.confidence(segmentation)
    threshold = float(np.median(confidence)) / 255
    start_node(confidence_threshold=threshold)
    client.connect()
    mask = pixels(client.mask_of(client.publish(frame)))
    expected = np.where(confidence < 255 * threshold, 255, segmentation.mask)
    assert 0.1 < (expected == 255).mean() < 0.9
    np.testing.assert_array_equal(mask, expected)


def test_camera_info_is_of_the_mask(start_node: StartNode, client: Client) -> None:
    start_node(mask_scale=0.5)
    camera = client.create_publisher(CameraInfo, 'camera_info', 1)
    infos = client.listen(CameraInfo, '/lpsnet/camera_info')
    client.connect()
    given = CameraInfo(height=SIZE[0], width=SIZE[1])
    given.k = [100.0, 0.0, 63.5, 0.0, 100.0, 47.5, 0.0, 0.0, 1.0]
    client.wait_for(lambda: client.count_subscribers('camera_info'), 'the node to subscribe')
    headers = []

    def both() -> list:
        camera.publish(given)
        headers.append(client.publish(random_frame(0)))
        client.spin_for(0.1)
        return infos

    client.wait_for(both, 'a camera_info')
    info = infos[-1]
    mask = client.mask_of(next(h for h in headers if h == info.header))
    assert (mask.height, mask.width) == (info.height, info.width) == (48, 64)
    assert (info.k[0], info.k[2], info.k[5]) == (50.0, 31.5, 23.5)


def test_label_info_waits_for_who_comes_late(start_node: StartNode, client: Client) -> None:
    messages = pytest.importorskip(
        'vision_msgs.msg', reason='vision_msgs is not on PyPI; a ROS machine has it from apt'
    )
    start_node()
    client.connect()
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    infos: list = []
    client.create_subscription(messages.LabelInfo, '/lpsnet/label_info', infos.append, latched)
    client.wait_for(lambda: infos, 'the label info')
    named = {c.class_id: c.class_name for c in infos[0].class_map}
    assert named == {**dict(enumerate(CAMVID.names)), 255: 'unlabeled'}
