"""The launch files, run by the real ``ros2 launch`` where ROS 2 is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip('launch_ros', reason='launch_ros is not installed: source a ROS 2')
packages = pytest.importorskip('ament_index_python.packages')
try:
    packages.get_package_share_directory('lpsnet_ros')
except LookupError:
    pytest.skip('lpsnet_ros is in no sourced workspace: colcon build', allow_module_level=True)

# ruff: noqa: E402
from lpsnet_ros.nodes.launching import NAME, OVERRIDES
from lpsnet_ros.nodes.lpsnet_node import NODE_NAME
from lpsnet_ros.nodes.settings import SETTINGS

COMMON = {'params_file', 'log_level', *OVERRIDES}
NAMING = {'namespace', 'name'}
ARGUMENTS = {
    'lpsnet': {'image', *NAMING, *COMMON},
    'multi_camera': {'cameras', 'image', *NAMING, *COMMON},
    'demo': {'source', 'rviz', *COMMON} - {'use_sim_time'},
}
TIMEOUT_S = 120.0


def ros2_launch(file: str, *arguments: str) -> list[str]:
    return ['ros2', 'launch', 'lpsnet_ros', f'{file}.launch.py', *arguments]


class Launched:
    """A running ``ros2 launch``, its output kept."""

    def __init__(self, log: Path, file: str, *arguments: str) -> None:
        self._log = log
        command = ros2_launch(file, *arguments, f'sigterm_timeout:={TIMEOUT_S:g}')
        with log.open('w') as output:
            self.popen = subprocess.Popen(
                command, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_for(self, pattern: str) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not re.search(pattern, self.output):
            hope = self.popen.poll() is None and time.monotonic() < deadline
            assert hope, f'waited in vain for {pattern!r}:\n{self.output}'
            time.sleep(0.2)

    def interrupt(self) -> int:
        """Send SIGINT to ``ros2 launch`` alone, as another program would; its exit code."""
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(TIMEOUT_S)

    def started_processes(self) -> list[int]:
        return [int(pid) for pid in re.findall(r'process started with pid \[(\d+)\]', self.output)]


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Launched]]:
    monkeypatch.setenv('ROS_DOMAIN_ID', str(os.getpid() % 100 + 1))
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    monkeypatch.setenv('ROS_LOG_DIR', str(tmp_path / 'ros_logs'))
    running: list[Launched] = []

    def start(file: str, *arguments: str) -> Launched:
        running.append(Launched(tmp_path / f'{len(running)}.log', file, *arguments))
        return running[-1]

    yield start
    for launched in running:
        if launched.popen.poll() is None:
            os.killpg(launched.popen.pid, signal.SIGKILL)
            launched.popen.wait()


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_launch_arguments_are_the_node_s() -> None:
    assert NAME == NODE_NAME
    own = {name: kind for name, (kind, _) in OVERRIDES.items() if name != 'use_sim_time'}
    assert own == {name: type(SETTINGS[name].default) for name in own}


def test_launching_does_not_load_torch() -> None:
    code = 'import sys, lpsnet_ros.nodes.launching; sys.exit("torch" in sys.modules)'
    subprocess.run([sys.executable, '-c', code], check=True)


@pytest.mark.parametrize('file', list(ARGUMENTS))
def test_show_args_lists_every_argument(file: str) -> None:
    command = ros2_launch(file, '--show-args')
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    assert set(re.findall(r"^    '(\w+)':", done.stdout, re.MULTILINE)) == ARGUMENTS[file]


def test_one_camera_is_remapped_and_ends_cleanly(launch: Callable[..., Launched]) -> None:
    node = launch('lpsnet', 'image:=/eye/image_raw', 'namespace:=robot', 'resolution:=1')
    node.wait_for(r'active: /eye/image_raw -> /robot/lpsnet/mask')
    assert node.interrupt() == 0
    assert 'process has finished cleanly' in node.output
    assert node.started_processes()
    assert not any(map(runs, node.started_processes()))


def test_arguments_override_the_parameter_file(
    launch: Callable[..., Launched], tmp_path: Path
) -> None:
    file = tmp_path / 'parameters.yaml'
    file.write_text('{"/**": {ros__parameters: {autostart: true, scale: none_such}}}')
    from_file = launch('lpsnet', f'params_file:={file}')
    from_file.wait_for("configuring failed: no model 'none_such'")
    assert from_file.interrupt() == 0
    overridden = launch('lpsnet', f'params_file:={file}', 'scale:=also_none')
    overridden.wait_for("configuring failed: no model 'also_none'")
    assert overridden.interrupt() == 0


def test_each_camera_is_remapped(launch: Callable[..., Launched]) -> None:
    node = launch('multi_camera', 'cameras:=[front, left]', 'image:=/rig/CAMERA/image_rect')
    node.wait_for(r'active: /rig/front/image_rect -> /lpsnet/front/mask')
    node.wait_for(r'active: /rig/left/image_rect -> /lpsnet/left/mask')
    assert node.interrupt() == 0


@pytest.mark.parametrize(
    ('argument', 'reason'),
    [
        ('cameras:=front', "cameras must be a list of names, like '.front, left.', got 'front'"),
        ('image:=/same/image', "image must hold the word CAMERA, got '/same/image'"),
    ],
)
def test_cameras_that_can_not_be_named_are_refused(argument: str, reason: str) -> None:
    command = ros2_launch('multi_camera', 'cameras:=[front]', argument)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode
    assert re.search(reason, done.stdout + done.stderr)


def test_the_demo_shows_the_camera_to_the_node(launch: Callable[..., Launched]) -> None:
    demo = launch('demo', 'rviz:=false')
    demo.wait_for(r'publishing the rendered street .* on /camera/image_raw')
    demo.wait_for(r'active: /camera/image_raw -> /lpsnet/mask')
    camera = demo.started_processes()[0]
    environment = Path(f'/proc/{camera}/environ').read_bytes()
    profile = re.search(rb'FASTRTPS_DEFAULT_PROFILES_FILE=([^\0]+)', environment)
    assert Path(os.fsdecode(profile[1])).name == 'fastdds_large_images.xml'
    assert demo.interrupt() == 0
    assert len(demo.started_processes()) == 2
    assert not any(map(runs, demo.started_processes()))


def test_the_demo_s_camera_and_node_speak_the_same_transport(
    launch: Callable[..., Launched],
) -> None:
    demo = launch('demo', 'rviz:=false', 'image_transport:=compressed')
    demo.wait_for(r'publishing the rendered street .* on /camera/image_raw/compressed')
    demo.wait_for(r'active: /camera/image_raw/compressed -> /lpsnet/mask')
    assert demo.interrupt() == 0


def test_the_demo_ends_with_its_camera(launch: Callable[..., Launched]) -> None:
    demo = launch('demo', 'rviz:=false', 'source:=none.mp4')
    demo.popen.wait(TIMEOUT_S)
    assert "no source 'none.mp4'" in demo.output
    assert not any(map(runs, demo.started_processes()))
