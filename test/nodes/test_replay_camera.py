"""The replay camera as a process."""

from __future__ import annotations

from pathlib import Path

from nodes.conftest import TIMEOUT_S, Client, NodeProcess
from sensor_msgs.msg import Image

from lpsnet_ros.frames import render_street

CAMERA = 'lpsnet_ros.nodes.replay_camera'


def test_it_publishes_its_frames_in_order_and_ends(client: Client, tmp_path: Path) -> None:
    frames: list[Image] = []
    client.create_subscription(Image, 'image', frames.append, 100)
    camera = NodeProcess(
        CAMERA,
        tmp_path / 'camera.log',
        source='street',
        rate_hz=20.0,
        duration_s=0.5,
        frame_id='left',
        wait_for_subscribers=1,
    )
    client.wait_for(lambda: camera.popen.poll() is not None, 'the camera to end')
    client.spin_for(0.2)
    assert camera.popen.wait(TIMEOUT_S) == 0
    assert 'published 10 frames' in camera.output
    assert len(frames) == 10
    for index, message in enumerate(frames):
        assert bytes(message.data) == render_street(index)[0].tobytes()
        assert message.header.frame_id == 'left'


def test_a_missing_source_is_an_error_without_traceback(client: Client, tmp_path: Path) -> None:
    camera = NodeProcess(CAMERA, tmp_path / 'camera.log', source=str(tmp_path / 'none.mp4'))
    assert camera.popen.wait(TIMEOUT_S) == 1
    assert 'no source' in camera.output
    assert 'Traceback' not in camera.output
