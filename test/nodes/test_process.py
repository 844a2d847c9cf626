"""What run_node does at the end of a process."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from nodes.conftest import TIMEOUT_S, Client, random_frame
from sensor_msgs.msg import Image

# A node whose engine is in the making, in a thread that nothing can interrupt.
BUILDING = """
import sys, threading, time
from rclpy.node import Node
from lpsnet_ros.nodes.process import run_node

class Building(Node):
    busy_at_exit = True
    exit_code = int(sys.argv[1])

    def __init__(self):
        super().__init__('building')
        threading.Thread(target=time.sleep, args=(60,)).start()
        self.create_timer(0.1, lambda: print('spinning', flush=True))

run_node(Building)
"""
# The node with an engine that never answers, as a GPU that hangs.
STUCK = """
import time
from lpsnet_ros.engine import Engine
from lpsnet_ros.nodes.lpsnet_node import main
Engine.{method} = lambda *_: time.sleep(600)
main()
"""
# The node where the middleware refuses a subscription.
UNSUBSCRIBED = """
from lpsnet_ros.nodes.camera_input import CameraInput
from lpsnet_ros.nodes.lpsnet_node import main

def refuse(camera_input):
    raise RuntimeError('no more memory')

CameraInput.open = refuse
main()
"""


@contextmanager
def running(program: str, *arguments: str) -> Iterator[subprocess.Popen]:
    command = [sys.executable, '-c', program, *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize('code', [0, 1])
def test_a_build_does_not_keep_the_process_alive(code: int) -> None:
    with running(BUILDING, str(code)) as process:
        assert process.stdout.readline() == 'spinning\n'
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == code


def test_an_engine_that_never_answers_is_told_and_does_not_keep_the_process_alive(
    client: Client, models_dir: Path
) -> None:
    program = STUCK.format(method='segment')
    with running(program, *arguments(models_dir), '-p', 'slow_for_s:=0.5') as process:
        client.connect()
        client.publish(random_frame(0))
        status = client.status(lambda s: s.level == DiagnosticStatus.ERROR)
        assert 'no answer from the engine' in status.message
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_S) == 0
        assert 'leaving without it' in process.stdout.read()


def test_a_confidence_that_never_comes_does_not_keep_the_process_alive(
    client: Client, models_dir: Path
) -> None:
    confidences: list[Image] = []
    client.create_subscription(Image, '/lpsnet/confidence', confidences.append, 1)
    with running(STUCK.format(method='confidence'), *arguments(models_dir)) as process:
        client.connect()
        client.wait_for(lambda: client.count_publishers('/lpsnet/confidence'), 'the publisher')
        client.wait_for(lambda: client.publish(random_frame(0)) and client.masks, 'a mask')
        client.spin_for(1.0)
        client.mask_of(client.publish(random_frame(0)))
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_S) == 0
        assert 'leaving without it' in process.stdout.read()
    assert not confidences


def test_a_failed_activation_is_told_and_leaves_nothing_behind(
    client: Client, models_dir: Path
) -> None:
    with running(UNSUBSCRIBED, *arguments(models_dir)):
        status = client.status(lambda s: s.level == DiagnosticStatus.ERROR)
        assert status.message == 'on_activate failed: no more memory'
        assert client.state() == 'unconfigured'


def arguments(models_dir: Path) -> list[str]:
    return ['--ros-args', '-p', 'scale:=tiny', '-p', f'models_dir:={models_dir}']
