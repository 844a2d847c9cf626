"""What run_node does at the end of a process."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

# A node whose engine is in the making, in a thread that nothing can interrupt.
PROGRAM = """
import sys, threading, time
from rclpy.node import Node
from lpsnet_ros.nodes.process import run_node

class Building(Node):
    building_at_exit = True
    exit_code = int(sys.argv[1])

    def __init__(self):
        super().__init__('building')
        threading.Thread(target=time.sleep, args=(60,)).start()
        self.create_timer(0.1, lambda: print('spinning', flush=True))

run_node(Building)
"""


@pytest.mark.parametrize('code', [0, 1])
def test_a_build_does_not_keep_the_process_alive(code: int) -> None:
    command = [sys.executable, '-c', PROGRAM, str(code)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == 'spinning\n'
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == code
        finally:
            process.kill()
