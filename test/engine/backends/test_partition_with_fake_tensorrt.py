"""Partition check with a fake tensorrt: no TensorRT, no engine, no GPU (see the script)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import lpsnet_ros

SCRIPT = Path(__file__).with_name('partition_with_fake_tensorrt.py')
ROOT = Path(lpsnet_ros.__file__).parent.parent
VERSION = '2.8.0'
"""One release, because the fake leans on its insides; it is the one for JetPack 6."""


@pytest.mark.network
@pytest.mark.parametrize('output_stride', [16, 8])
def test_network_would_be_a_single_engine(
    open_wheel: Callable[[str], zipfile.ZipFile], tmp_path: Path, output_stride: int
) -> None:
    with open_wheel(VERSION) as wheel:
        wheel.extractall(tmp_path, [n for n in wheel.namelist() if n.endswith('.py')])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), str(output_stride)],
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ['_run_on_acc_0']
