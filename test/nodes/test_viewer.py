"""``lpsnet view``: what it shows of which camera."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from nodes.conftest import RELIABLE, TIMEOUT_S, Client, NodeProcess, random_frame
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lpsnet_ros.nodes.viewer import Viewer


def test_one_of_several_cameras_is_shown_and_recorded(
    start_node: Callable[..., NodeProcess], client: Client, tmp_path: Path
) -> None:
    start_node(cameras='[front, left]')
    front = client.create_publisher(Image, 'front/image', RELIABLE)
    client.wait_for(front.get_subscription_count, 'the subscription')
    command = [sys.executable, '-m', 'lpsnet_ros.cli.main', 'view', '--camera', 'front']
    log = tmp_path / 'viewer.log'
    with log.open('w') as output:
        viewer = subprocess.Popen(
            [*command, '--output', str(tmp_path / 'out')], stdout=output, stderr=output
        )
    try:
        for topic in ('mask', 'overlay'):
            topic = f'/lpsnet/front/{topic}'
            client.wait_for(lambda t=topic: client.count_subscribers(t), 'the viewer')

        def shown() -> re.Match[str] | None:
            client.publish(random_frame(0), camera=front)
            return re.search(r'[1-9]\d* masks/s .* [.\d]+ masks/s from [.\d]+', log.read_text())

        client.wait_for(shown, 'a line with masks and the diagnosis')
        viewer.send_signal(signal.SIGINT)
        assert viewer.wait(TIMEOUT_S) == 0
    finally:
        viewer.kill()
        viewer.wait()
    assert re.search(r'node +received [1-9]', log.read_text())
    assert '/left/image' not in log.read_text()
    assert cv2.imread(str(tmp_path / 'out' / 'overlay_0001.jpg')).shape == (96, 128, 3)


@pytest.mark.parametrize(
    ('camera', 'name'), [('', 'robot: image'), ('front', 'robot: front'), ('rear', None)]
)
def test_it_knows_its_camera_by_the_status_s_name(
    client: Client, capsys: pytest.CaptureFixture, camera: str, name: str | None
) -> None:
    viewer = Viewer('/fleet/robot', camera, None)
    names = ('robot: image', 'robot: front', 'robot2: rear', 'other: rear')
    statuses = [
        DiagnosticStatus(name=n, message=f'I am {n}', values=[KeyValue(key='dropped', value='7')])
        for n in names
    ]
    viewer._diagnose(DiagnosticArray(status=statuses))
    viewer._print_line()
    line = capsys.readouterr().out
    viewer.destroy_node()
    if name:
        assert f'dropped 7 | refused 0 | I am {name}\n' in line
    else:
        sentence = 'no status robot: rear, there is robot: image, robot: front: see --camera'
        assert f'dropped 0 | refused 0 | {sentence}\n' in line


def test_another_robot_s_node_of_the_same_name_is_not_shown(
    client: Client, capsys: pytest.CaptureFixture
) -> None:
    viewer = Viewer('/fleet/robot', '', None)
    for node in ('/fleet/robot', '/other/robot'):
        values = [KeyValue(key='node', value=node)]
        status = DiagnosticStatus(name='robot: image', message=f'I am {node}', values=values)
        viewer._diagnose(DiagnosticArray(status=[status]))
    viewer._print_line()
    viewer.destroy_node()
    assert 'I am /fleet/robot\n' in capsys.readouterr().out


def test_it_hears_a_publisher_of_another_reliability(client: Client) -> None:
    viewer = Viewer('/robot', '', None)
    profile = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    masks = client.create_publisher(Image, '/robot/mask', profile)
    client.wait_for(lambda: viewer.count_publishers('/robot/mask'), 'the publisher')
    viewer._tick()
    client.wait_for(masks.get_subscription_count, 'the subscription')
    viewer.destroy_node()


def test_a_mask_whose_camera_knows_no_time_has_no_latency(client: Client) -> None:
    viewer = Viewer('/lpsnet', '', None)
    mask = Image()
    for mask.header.stamp.sec in (0, -5):
        viewer._mask(mask)
    assert viewer.summary() == 'masks received      2'
    viewer.destroy_node()
