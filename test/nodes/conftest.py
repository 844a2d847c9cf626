"""A real node process, and a real ROS client to talk to it over DDS."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

rclpy = pytest.importorskip('rclpy', reason='rclpy is not installed: pip install .[ros]')

# ruff: noqa: E402
import cv2
import numpy as np
import torch
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import SetParametersResult
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile, ReliabilityPolicy, qos_profile_parameters
from rclpy.task import Future
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.network import CAMVID, LPSNet, NetworkInfo, save_checkpoint
from lpsnet_ros.nodes.codec import encode

DOMAIN = str(os.getpid() % 100 + 1)
TIMEOUT_S = 30.0
ANSWER_S = 5.0
RELIABLE = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)


@pytest.fixture(scope='session', autouse=True)
def ros_environment(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ['ROS_DOMAIN_ID'] = DOMAIN
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    os.environ['ROS_LOG_DIR'] = str(tmp_path_factory.mktemp('ros_logs'))


@pytest.fixture(scope='session')
@torch.no_grad()
def models_dir(
    tmp_path_factory: pytest.TempPathFactory, make_network: Callable[..., LPSNet]
) -> Path:
    """Two networks with made-up weights, whose masks have several classes; s is the dearer."""
    folder = tmp_path_factory.mktemp('models')
    for scale, resolution, channels in (('tiny', (1,), 4), ('s', (1, 0.5), 16)):
        width = (channels, channels, 2 * channels, 2 * channels, 2 * channels)
        network = make_network(resolution, width=width)
        network.info = NetworkInfo(CAMVID, training_size=(96, 128), dataset='nothing')
        logits = ImageToMask(network, (96, 128)).logits(torch.from_numpy(random_frame(0)))
        network.head.bias -= logits.mean(dim=(0, 2, 3))
        save_checkpoint(network, folder / f'lpsnet_{scale}_random.safetensors')
    return folder


class NodeProcess:
    """A program of ours as a process of its own, its output kept."""

    def __init__(self, module: str, log: Path, *arguments: str, **parameters: object) -> None:
        words = [w for name, value in parameters.items() for w in ('-p', f'{name}:={value}')]
        command = [sys.executable, '-m', module, '--ros-args', *words, *arguments]
        self._log = log
        with log.open('w') as output:
            self.popen = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    @property
    def output(self) -> str:
        return self._log.read_text()

    def stop(self, number: int = signal.SIGINT) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(TIMEOUT_S)


@pytest.fixture
def start_node(tmp_path: Path, models_dir: Path) -> Iterator[Callable[..., NodeProcess]]:
    processes: list[NodeProcess] = []

    def start(*arguments: str, **parameters: object) -> NodeProcess:
        log = tmp_path / f'node_{len(processes)}.log'
        values = {'scale': 'tiny', 'models_dir': models_dir, **parameters}
        module = 'lpsnet_ros.nodes.lpsnet_node'
        processes.append(NodeProcess(module, log, *arguments, **values))
        return processes[-1]

    yield start
    for process in processes:
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.wait()
        print(process.output)


class Client(Node):
    """A camera, a subscriber and an operator in one."""

    def __init__(self) -> None:
        super().__init__('test_client')
        self.masks: list[Image] = []
        self.statuses: list[DiagnosticStatus] = []
        self.camera = self.create_publisher(Image, 'image', RELIABLE)
        self.create_subscription(Image, '/lpsnet/mask', self.masks.append, RELIABLE)
        self.create_subscription(
            DiagnosticArray, '/diagnostics', lambda m: self.statuses.extend(m.status), RELIABLE
        )
        self.parameters = AsyncParameterClient(self, '/lpsnet', qos_profile_parameters)
        self._change = self.create_client(ChangeState, '/lpsnet/change_state')
        self._state = self.create_client(GetState, '/lpsnet/get_state')
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)

    def listen(self, message_type: type, topic: str) -> list:
        """Subscribe and return the list that the messages will be in."""
        messages: list = []
        self.create_subscription(message_type, topic, messages.append, RELIABLE)
        self.wait_for(lambda: self.count_publishers(topic), f'a publisher of {topic}')
        return messages

    def wait_for(self, condition: Callable[[], object], what: str = 'it') -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            assert time.monotonic() < deadline, f'waited {TIMEOUT_S} s in vain for {what}'
            self._executor.spin_once(timeout_sec=0.1)

    def spin_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._executor.spin_once(timeout_sec=0.05)

    def answer(self, future: Future) -> object:
        self.wait_for(future.done, 'an answer')
        return future.result()

    def ask(self, call: Callable[[], Future]) -> object:
        """Return the answer to a call that may be made twice."""
        future = call()
        self.spin_until(future.done, ANSWER_S)
        if not future.done():
            # The node may not have discovered this client's side of the service yet.
            future = call()
        return self.answer(future)

    def connect(self) -> None:
        """Wait until the node listens to the camera and the client to the node."""
        self.wait_for(lambda: self.camera.get_subscription_count(), 'the node to subscribe')
        self.wait_for(lambda: self.count_publishers('/lpsnet/mask'), 'the mask publisher')
        self.wait_for(lambda: self.statuses, 'diagnostics')

    def set(self, **values: object) -> list[SetParametersResult]:
        """Set parameters of the node and return its answers."""
        self.wait_for(self.parameters.services_are_ready, 'the parameter services')
        wanted = [Parameter(name, value=value) for name, value in values.items()]
        return self.ask(lambda: self.parameters.set_parameters(wanted)).results

    def spin_until(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            self._executor.spin_once(timeout_sec=0.05)

    def publish(
        self,
        frame: np.ndarray,
        encoding: str = 'bgr8',
        frame_id: str = 'eye',
        camera: Publisher | None = None,
    ) -> Header:
        header = Header(stamp=self.get_clock().now().to_msg(), frame_id=frame_id)
        (camera or self.camera).publish(encode(frame, encoding, header))
        return header

    def mask_of(self, header: Header) -> Image:
        def match() -> list[Image]:
            return [m for m in self.masks if m.header == header]

        self.wait_for(match, 'the mask of a frame')
        return match()[0]

    def transition(self, number: int) -> bool:
        self.wait_for(self._change.service_is_ready, 'the life cycle services')
        # A transition can't be asked for twice. A node that answers this, which can, has heard of
        # the older client of that service before.
        self.state()
        request = ChangeState.Request()
        request.transition.id = number
        return self.answer(self._change.call_async(request)).success

    def state(self) -> str:
        self.wait_for(self._state.service_is_ready, 'the life cycle services')
        return self.ask(lambda: self._state.call_async(GetState.Request())).current_state.label

    def status(self, condition: Callable[[DiagnosticStatus], bool]) -> DiagnosticStatus:
        """Wait for a fresh diagnostic status that meets a condition."""
        self.statuses.clear()
        self.wait_for(lambda: any(condition(s) for s in self.statuses), 'a diagnostic status')
        return next(s for s in self.statuses if condition(s))


def pixels(message: Image) -> np.ndarray:
    return np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)


def values(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


@pytest.fixture
def client(ros_environment: None) -> Iterator[Client]:
    rclpy.init()
    node = Client()
    yield node
    node.destroy_node()
    rclpy.shutdown()


def random_frame(seed: int, size: tuple[int, int] = (96, 128)) -> np.ndarray:
    """Draw something smooth and colourful, uint8 (H,W,3) BGR."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(noise, size[::-1], interpolation=cv2.INTER_CUBIC)
