"""The demo: camera, node and viewer, each a process, as ``make demo`` runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from lpsnet_ros.engine.zoo import available


def test_it_segments_the_street_and_records_overlays(
    ros_environment: None, tmp_path: Path
) -> None:
    if 's' not in available():
        pytest.skip('no checkpoint of scale s in models/')
    command = [sys.executable, '-m', 'lpsnet_ros.cli.main', 'demo', '--source', 'street']
    options = ['--duration', '4', '--rate', '5', '--output', str(tmp_path / 'out')]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'published 20 frames' in done.stdout + done.stderr
    assert 'camera to mask' in done.stdout
    assert cv2.imread(str(tmp_path / 'out' / 'overlay_0001.jpg')).shape == (480, 640, 3)
    video = cv2.VideoCapture(str(tmp_path / 'out' / 'overlay.mp4'))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) >= 5


def test_a_missing_source_is_an_error_in_one_line(ros_environment: None) -> None:
    command = [sys.executable, '-m', 'lpsnet_ros.cli.main', 'demo', '--source', 'none.mp4']
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "no source 'none.mp4'" in done.stderr
