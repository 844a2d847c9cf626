"""Encodings left to cv_bridge: without it, with broken ones, and with a fake that works.

Each case is a process of its own, as a cv_bridge is looked for once in a process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install .[ros]')

FAKE = Path(__file__).with_name('fake_cv_bridge')
DECODE = """
import sys
import numpy as np
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from lpsnet_ros.nodes.codec import FrameRefused, decode, encode

def show(message):
    try:
        print(decode(message).tolist())
    except FrameRefused as refusal:
        print(refusal)

assert 'cv_bridge' not in sys.modules
for encoding, step in {cases}:
    message = encode(np.zeros((1, step), np.uint8), encoding, Header())
    message.data[:4] = type(message.data)('B', (0x00, 0xF8, 0x1F, 0x00))
    message.width = 2
    show(message)
show(encode(np.full((1, 1, 3), 9, np.uint8), 'bgr8', Header()))
"""
SOUND = '[[[9, 9, 9]]]'
RED_AND_BLUE = '[[[0, 0, 248], [248, 0, 0]]]'


def lines(folder: Path | None, *cases: tuple[str, int]) -> list[str]:
    """Decode messages of two pixels (encoding, step) one after the other, then a good bgr8."""
    parts = [str(folder)] if folder else []
    path = os.pathsep.join([*parts, str(Path(__file__).parents[3])])
    command = [sys.executable, '-c', DECODE.format(cases=cases)]
    environment = os.environ | {'PYTHONPATH': path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def broken(tmp_path: Path, *code: str) -> Path:
    package = tmp_path / 'cv_bridge'
    package.mkdir()
    (package / '__init__.py').write_text('\n'.join(code))
    return tmp_path


@pytest.mark.skipif(
    'subprocess.call([sys.executable, "-c", "import cv_bridge"], stderr=subprocess.DEVNULL) == 0',
    reason='a cv_bridge is installed',
)
def test_without_cv_bridge_the_frame_is_refused_with_what_works() -> None:
    refusal, sound = lines(None, ('rgb565', 4))
    assert "unknown encoding: 'rgb565' is left to cv_bridge, but it is not installed" in refusal
    assert 'without it these work: bgr8, rgb8' in refusal
    assert sound == SOUND


@pytest.mark.parametrize(
    ('code', 'reason'),
    [
        (['raise ImportError("numpy.core.multiarray failed to import")'], 'multiarray failed'),
        (['raise AttributeError("_ARRAY_API not found")'], '_ARRAY_API not found'),
        (['raise SystemError("initialization failed")'], 'SystemError: initialization failed'),
        (['import os, signal', 'os.kill(os.getpid(), signal.SIGKILL)'], 'SIGKILL'),
        (
            [
                'import os, signal',
                'class CvBridge:',
                '    def imgmsg_to_cv2(self, *_):',
                '        os.kill(os.getpid(), signal.SIGKILL)',
            ],
            'ended with SIGKILL, as one built for numpy 1 does',
        ),
    ],
    ids=['ImportError', 'AttributeError', 'SystemError', 'dies in import', 'dies converting'],
)
def test_a_broken_cv_bridge_costs_the_frame_and_not_the_process(
    tmp_path: Path, code: list[str], reason: str
) -> None:
    first, again, sound = lines(broken(tmp_path, *code), ('rgb565', 4), ('rgb565', 4))
    assert 'is left to cv_bridge, but it is broken here' in first
    assert reason in first
    assert 'without it these work: bgr8' in first
    assert again == first
    assert sound == SOUND


def test_a_cv_bridge_that_works_is_used() -> None:
    assert lines(FAKE, ('rgb565', 4), ('rgb565', 6)) == [RED_AND_BLUE] * 2 + [SOUND]


def test_a_working_cv_bridge_is_guarded_from_what_it_gets_wrong() -> None:
    odd_step, short_step, unknown, sound = lines(
        FAKE, ('rgb565', 5), ('rgb565', 3), ('nonsense', 4)
    )
    assert odd_step.startswith('bad step: 5 bytes a row; cv_bridge needs a multiple of the 2')
    assert short_step.startswith('bad step: 3 bytes a row; 2 rgb565 pixels need 4')
    assert 'Unrecognized image encoding [nonsense]; known are bgr8' in unknown
    assert sound == SOUND


def test_what_is_decoded_here_never_loads_cv_bridge(tmp_path: Path) -> None:
    deadly = broken(tmp_path, 'import os, signal', 'os.kill(os.getpid(), signal.SIGKILL)')
    assert lines(deadly) == [SOUND]
