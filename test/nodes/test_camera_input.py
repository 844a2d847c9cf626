"""How the node finds its camera, and what it says where it does not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
from diagnostic_msgs.msg import DiagnosticStatus
from nodes.conftest import RELIABLE, Client, NodeProcess, random_frame, values
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

StartNode = Callable[..., NodeProcess]
BEST_EFFORT = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)


def test_compressed_frames_are_segmented(start_node: StartNode, client: Client) -> None:
    start_node(image_transport='compressed')
    camera = client.create_publisher(CompressedImage, 'image/compressed', RELIABLE)
    client.wait_for(camera.get_subscription_count, 'the subscription')
    jpeg = cv2.imencode('.jpg', random_frame(0))[1].tobytes()
    message = CompressedImage(format='jpeg')
    message.header.stamp.sec = 7
    message.data.frombytes(jpeg)
    camera.publish(message)
    mask = client.mask_of(message.header)
    assert (mask.height, mask.width) == (96, 128)
    message.data = message.data[: len(jpeg) // 2]
    camera.publish(message)
    status = client.status(lambda s: values(s)['refused'] == '1')
    assert values(status)['masked'] == '1'


def test_the_other_transport_is_pointed_out(start_node: StartNode, client: Client) -> None:
    start_node(silence_s=0.5)
    client.wait_for(lambda: client.camera.get_subscription_count(), 'the subscription')
    client.destroy_publisher(client.camera)
    client.create_publisher(CompressedImage, 'image/compressed', RELIABLE)
    client.status(lambda s: 'set image_transport to compressed' in s.message)


def test_a_reliability_that_is_overridden_is_kept_and_named_as_the_cause(
    start_node: StartNode, client: Client
) -> None:
    client.destroy_publisher(client.camera)
    client.camera = client.create_publisher(Image, 'image', BEST_EFFORT)
    start_node(silence_s=0.5, **{'qos_overrides./image.subscription.reliability': 'reliable'})
    status = client.status(lambda s: 'can not be heard' in s.message)
    assert status.level == DiagnosticStatus.STALE
    assert 'test_client on /image' in status.message


def test_a_wrong_override_ends_the_process_without_traceback(start_node: StartNode) -> None:
    node = start_node(**{'qos_overrides./image.subscription.reliability': 'telepathic'})
    assert node.popen.wait(30) == 1
    assert 'telepathic' in node.output
    assert 'Traceback' not in node.output


def test_outputs_can_be_made_best_effort(start_node: StartNode, client: Client) -> None:
    start_node(**{'qos_overrides./lpsnet/mask.publisher.reliability': 'best_effort'})
    client.wait_for(lambda: client.count_publishers('/lpsnet/mask'), 'the mask publisher')
    (publisher,) = client.get_publishers_info_by_topic('/lpsnet/mask')
    assert publisher.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT


def test_simulated_time_that_stands_still_is_told(start_node: StartNode, client: Client) -> None:
    start_node(use_sim_time='true')
    client.connect()
    client.mask_of(client.publish(random_frame(0)))

    def keep_publishing(status: DiagnosticStatus) -> bool:
        client.publish(random_frame(0))
        return 'nothing comes on /clock' in status.message

    assert client.status(keep_publishing).level == DiagnosticStatus.WARN
