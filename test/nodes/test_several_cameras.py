"""Several cameras in one node."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from nodes.conftest import RELIABLE, Client, NodeProcess, random_frame, values
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from lpsnet_ros.nodes.codec import encode_jpeg

StartNode = Callable[..., NodeProcess]
NAMES = ('front', 'left', 'rear', 'right')
SIZE = (480, 640)


def counts_of(client: Client) -> dict[str, dict[str, str]]:
    """Return the latest figures of each camera."""
    client.statuses.clear()
    wanted = {f'lpsnet: {name}' for name in NAMES}
    client.wait_for(lambda: wanted <= {s.name for s in client.statuses}, 'every status')
    return {s.name.removeprefix('lpsnet: '): values(s) for s in client.statuses}


def test_cameras_have_topics_of_their_own_and_fair_shares(
    start_node: StartNode, client: Client
) -> None:
    # Compressed: DDS delivers large frames in bursts on a busy machine, and who has no frame
    # waiting has no turn.
    start_node(scale='s', resolution=2.0, cameras=str(list(NAMES)), image_transport='compressed')
    cameras = {
        n: client.create_publisher(CompressedImage, f'{n}/image/compressed', RELIABLE)
        for n in NAMES
    }
    masks = {n: client.listen(Image, f'/lpsnet/{n}/mask') for n in NAMES}
    client.wait_for(
        lambda: all(c.get_subscription_count() for c in cameras.values()), 'the subscriptions'
    )
    frame = random_frame(0, SIZE)

    def publish(name: str) -> Header:
        header = Header(stamp=client.get_clock().now().to_msg(), frame_id=name)
        cameras[name].publish(encode_jpeg(frame, header))
        return header

    first = {n: publish(n) for n in NAMES}
    client.wait_for(
        lambda: all(first[n] in [m.header for m in masks[n]] for n in NAMES), 'every mask'
    )
    for _ in range(150):
        for name in NAMES:
            publish(name)
        client.spin_for(1 / 30)
    client.spin_for(1.0)
    for name in NAMES:
        assert {m.header.frame_id for m in masks[name]} == {name}
    figures = counts_of(client)
    for each in figures.values():
        received, masked, dropped = (int(each[k]) for k in ('received', 'masked', 'dropped'))
        assert received == masked + dropped
        assert dropped > 0, 'the engine had time to spare: nothing was shared'
    shares = np.array([int(f['masked']) for f in figures.values()], float)
    np.testing.assert_allclose(shares, shares.mean(), rtol=0.1, atol=1)


def test_a_silent_camera_takes_no_turn_and_is_told_apart(
    start_node: StartNode, client: Client
) -> None:
    start_node(cameras=str(list(NAMES)), silence_s=0.5)
    camera = client.create_publisher(Image, 'left/image', RELIABLE)
    masks = client.listen(Image, '/lpsnet/left/mask')
    client.wait_for(camera.get_subscription_count, 'the subscription')
    for count in range(1, 6):
        client.publish(random_frame(0), camera=camera)
        client.wait_for(lambda n=count: len(masks) == n, 'the mask')
    status = client.status(lambda s: s.name == 'lpsnet: rear' and 'nobody' in s.message)
    assert 'there are /image, /left/image: remap' in status.message


def test_names_that_no_topic_can_have_are_refused(start_node: StartNode, client: Client) -> None:
    start_node(cameras="['front-left']")
    status = client.status(lambda s: 'configuring failed' in s.message)
    assert 'cameras must be names of letters, digits and _ that begin' in status.message
