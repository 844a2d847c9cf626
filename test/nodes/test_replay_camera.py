"""The replay camera as a process, and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from nodes.conftest import TIMEOUT_S, Client, NodeProcess
from rclpy.parameter import Parameter
from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from lpsnet_ros.frames import render_street
from lpsnet_ros.nodes.codec import decode
from lpsnet_ros.nodes.pinhole import pinhole_info
from lpsnet_ros.nodes.replay_camera import PARAMETERS, ReplayCamera

CAMERA = 'lpsnet_ros.nodes.replay_camera'
PAGE = Path(__file__).parents[2] / 'docs' / 'replay_camera.md'


@pytest.fixture
def make_camera(client: Client) -> Iterator[Callable[..., ReplayCamera]]:
    """Make a camera in this process, with remapping rules and parameters."""
    cameras: list[ReplayCamera] = []

    def make(*rules: str, **values: object) -> ReplayCamera:
        overrides = [Parameter(name, value=value) for name, value in values.items()]
        arguments = ['--ros-args', *(word for rule in rules for word in ('-r', rule))]
        cameras.append(ReplayCamera(parameter_overrides=overrides, cli_args=arguments))
        client.executor.add_node(cameras[-1])
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.destroy_node()


def test_it_publishes_its_frames_in_order_and_ends(client: Client, tmp_path: Path) -> None:
    frames: list[Image] = []
    infos: list[CameraInfo] = []
    client.create_subscription(CameraInfo, 'camera_info', infos.append, 100)
    client.create_subscription(Image, 'image', frames.append, 100)
    camera = NodeProcess(
        CAMERA,
        tmp_path / 'camera.log',
        source='street',
        rate_hz=20.0,
        duration_s=0.5,
        frame_id='left',
        wait_for_subscribers=1,
        # As deep as the video is long, so that a busy host can't make it forget an unsent one.
        **{'qos_overrides./image.publisher.depth': 10},
    )
    client.wait_for(lambda: camera.popen.poll() is not None, 'the camera to end')
    client.spin_until(lambda: len(frames) == 10, TIMEOUT_S)
    assert camera.popen.wait(TIMEOUT_S) == 0
    assert 'published 10 frames' in camera.output
    assert len(frames) == 10
    for index, message in enumerate(frames):
        assert bytes(message.data) == render_street(index)[0].tobytes()
        assert message.header.frame_id == 'left'
    headers = [message.header for message in frames]
    assert all(info == pinhole_info(640, 480, info.header) for info in infos)
    assert all(info.header in headers for info in infos[-5:])
    assert len(infos) >= 5


def test_compressed_frames_follow_a_remap_and_qos_overrides(
    client: Client, make_camera: Callable[..., ReplayCamera]
) -> None:
    frames: list[CompressedImage] = []
    client.create_subscription(CompressedImage, '/rig/left/compressed', frames.append, 100)
    make_camera(
        'image:=/rig/left',
        image_transport='compressed',
        wait_for_subscribers=1,
        **{'qos_overrides./rig/camera_info.publisher.reliability': 'best_effort'},
    )
    client.wait_for(lambda: frames, 'a frame')
    difference = decode(frames[0]).astype(int) - render_street(0)[0]
    assert np.abs(difference).mean() < 6
    (images,) = client.get_publishers_info_by_topic('/rig/left/compressed')
    (infos,) = client.get_publishers_info_by_topic('/rig/camera_info')
    assert images.qos_profile.reliability == ReliabilityPolicy.RELIABLE
    assert infos.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT


def test_camera_info_obeys_a_remap_of_its_own(make_camera: Callable[..., ReplayCamera]) -> None:
    camera = make_camera('image:=/rig/left', 'camera_info:=/calibration')
    assert camera.count_publishers('/calibration') == 1
    assert camera.count_publishers('/rig/camera_info') == 0


@pytest.mark.parametrize('encoding', ['rgb8', 'bgra8', 'mono8'])
def test_raw_frames_come_in_other_encodings(
    client: Client, make_camera: Callable[..., ReplayCamera], encoding: str
) -> None:
    frames: list[Image] = []
    client.create_subscription(Image, 'image', frames.append, 10)
    make_camera(encoding=encoding, camera_info=False, wait_for_subscribers=1)
    client.wait_for(lambda: frames, 'a frame')
    assert frames[0].encoding == encoding
    expected = render_street(0)[0]
    if encoding == 'mono8':
        expected = np.repeat((expected @ (0.114, 0.587, 0.299))[:, :, None], 3, axis=2)
    np.testing.assert_allclose(decode(frames[0]), expected, atol=1)
    assert not client.count_publishers('camera_info')


@pytest.mark.parametrize(
    ('values', 'reason'),
    [
        ({'rate_hz': 20}, '9.0, not 9'),
        ({'rate_hz': -5.0}, 'rate_hz must be 0 or more, not -5.0'),
        ({'source': 0}, 'in quotes: "1"'),
        ({'encoding': 'nv12'}, 'must be one of bgr8, rgb8, bgra8, mono8'),
        ({'image_transport': 'theora'}, "must be one of raw, compressed, not 'theora'"),
    ],
)
def test_a_wrong_parameter_says_what_is_allowed(
    make_camera: Callable[..., ReplayCamera], values: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        make_camera(**values)


def test_every_parameter_is_read_only_and_described(
    make_camera: Callable[..., ReplayCamera],
) -> None:
    for descriptor in make_camera().describe_parameters(list(PARAMETERS)):
        assert descriptor.read_only
        assert descriptor.description.endswith('.')


def test_a_missing_source_is_an_error_without_traceback(client: Client, tmp_path: Path) -> None:
    camera = NodeProcess(CAMERA, tmp_path / 'camera.log', source=str(tmp_path / 'none.mp4'))
    assert camera.popen.wait(TIMEOUT_S) == 1
    assert 'no source' in camera.output
    assert 'Traceback' not in camera.output


def test_the_page_has_every_parameter_with_its_default() -> None:
    section = PAGE.read_text().split('| parameter |')[1].split('\n\n')[0]
    rows = [[c.strip() for c in r.split('|')[1:3]] for r in section.splitlines()[2:]]
    expected = []
    for name, (default, *_) in PARAMETERS.items():
        shown = f'`{default}`' if isinstance(default, str) else str(default).lower()
        expected.append([f'`{name}`', shown])
    assert rows == expected
