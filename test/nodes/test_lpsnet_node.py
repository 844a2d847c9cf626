"""The segmentation node as a process, over DDS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from nodes.conftest import Client, NodeProcess, pixels, random_frame, values
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lpsnet_ros.engine import Engine
from lpsnet_ros.nodes.codec import encode

StartNode = Callable[..., NodeProcess]


@pytest.mark.parametrize('size', [(96, 128), (75, 101)])
def test_mask_belongs_to_its_image(
    start_node: StartNode, client: Client, models_dir: Path, size: tuple[int, int]
) -> None:
    start_node()
    client.connect()
    frame = random_frame(0, size)
    header = client.publish(frame, frame_id='front_optical')
    mask = client.mask_of(header)
    assert (mask.height, mask.width, mask.encoding, mask.step) == (*size, 'mono8', size[1])
    expected = Engine.load('tiny', size, models_dir=models_dir)(frame)
    assert len(np.unique(expected)) > 2
    np.testing.assert_array_equal(pixels(mask), expected)


def test_every_known_encoding_and_a_padded_step_give_the_same_mask(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    frame = random_frame(1)
    expected = pixels(client.mask_of(client.publish(frame)))
    rgba = np.dstack([frame[:, :, ::-1], np.full(frame.shape[:2], 255, np.uint8)])
    for other, encoding in (
        (frame[:, :, ::-1], 'rgb8'),
        (rgba, 'rgba8'),
        (rgba[:, :, [2, 1, 0, 3]], 'bgra8'),
    ):
        mask = client.mask_of(client.publish(other, encoding))
        np.testing.assert_array_equal(pixels(mask), expected)
    padded = encode(np.pad(frame, ((0, 0), (0, 5), (0, 0))), 'bgr8', client.publish(frame))
    padded.width = frame.shape[1]
    padded.header.stamp.nanosec ^= 1
    client.camera.publish(padded)
    np.testing.assert_array_equal(pixels(client.mask_of(padded.header)), expected)


def broken(kind: str, client: Client) -> Image:
    message = encode(random_frame(2), 'bgr8', client.publish(random_frame(2)))
    if kind == 'bad step':
        message.step = 5
    elif kind == 'short data':
        del message.data[-1000:]
    elif kind == 'unknown encoding':
        message.encoding = 'thermal9'
    else:
        message.width = 0
    return message


def test_bad_frames_are_refused_and_counted_and_the_next_good_one_is_segmented(
    start_node: StartNode, client: Client
) -> None:
    node = start_node()
    client.connect()
    kinds = ['bad step', 'short data', 'unknown encoding', 'bad size']
    for count, kind in enumerate(kinds, start=1):
        client.camera.publish(broken(kind, client))
        status = client.status(lambda s, n=count: values(s).get('refused') == str(n))
        assert kind in values(status)['last refusal']
        client.mask_of(client.publish(random_frame(3)))
    for kind in kinds:
        assert node.output.count(f'frame refused: {kind}') == 1


def test_a_frame_one_pixel_high_is_refused(start_node: StartNode, client: Client) -> None:
    start_node(scale='s', resolution=0.5)
    client.connect()
    client.publish(random_frame(0, (1, 128)))
    status = client.status(lambda s: values(s).get('refused') == '1')
    assert 'too small' in values(status)['last refusal']
    client.mask_of(client.publish(random_frame(0)))


def test_only_refused_frames_are_named_as_the_reason_for_silence(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    message = broken('unknown encoding', client)

    def keep_sending_and_look(status: DiagnosticStatus) -> bool:
        client.camera.publish(message)
        return 'only refused frames' in status.message

    status = client.status(keep_sending_and_look)
    assert status.level == DiagnosticStatus.STALE
    assert 'thermal9' in status.message


def test_of_a_burst_the_newest_frame_is_masked_and_every_frame_accounted_for(
    start_node: StartNode, client: Client
) -> None:
    start_node(scale='s', resolution=2.0)
    client.connect()
    client.mask_of(client.publish(random_frame(0, (480, 640))))
    frames = [random_frame(seed, (480, 640)) for seed in range(4)]
    for index in range(40):
        last = client.publish(frames[index % 4])
    client.mask_of(last)
    counts = values(client.status(lambda s: s.message))
    received, masked, dropped = (int(counts[k]) for k in ('received', 'masked', 'dropped'))
    assert received == masked + dropped
    assert dropped > 0
    assert masked >= len(client.masks)
    stamps = [(m.header.stamp.sec, m.header.stamp.nanosec) for m in client.masks]
    assert stamps == sorted(stamps)


def test_a_best_effort_camera_that_comes_later_is_heard(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    client.destroy_publisher(client.camera)
    client.camera = client.create_publisher(
        Image, 'image', QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    )
    client.wait_for(lambda: client.publish(random_frame(0)) and client.masks, 'a mask')


def test_diagnostics_say_why_it_is_silent(start_node: StartNode, client: Client) -> None:
    start_node(silence_s=0.5)
    client.connect()
    client.destroy_publisher(client.camera)
    status = client.status(lambda s: 'nobody publishes on /image' in s.message)
    assert status.level == DiagnosticStatus.STALE
    assert status.name == 'lpsnet: image'


def test_diagnostics_hold_rates_and_stage_latencies(start_node: StartNode, client: Client) -> None:
    start_node()
    client.connect()
    for _ in range(5):
        client.mask_of(client.publish(random_frame(0)))
    figures = values(client.status(lambda s: values(s)['masked'] == '5'))
    for stage in ('wait', 'decode', 'engine', 'publish', 'end_to_end'):
        p50, worst = (float(figures[f'{stage} {p} (ms)']) for p in ('p50', 'max'))
        assert 0 <= p50 <= worst < 10_000
    assert figures['back end'] == 'cpu'
    assert figures['model'].endswith('lpsnet_tiny_random.safetensors')
