"""The Triton kernels without a GPU: interpreted on the CPU, and compiled for GPUs elsewhere.

This shows their arithmetic and indices, and that they compile; nothing of it runs on a GPU.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lpsnet_ros

FOLDER = Path(__file__).parent
TESTS = FOLDER.parent.parent
ROOT = Path(lpsnet_ros.__file__).parent.parent
DIGITS_APART = 16
no_triton = importlib.util.find_spec('triton') is None
pytestmark = pytest.mark.skipif(no_triton, reason='triton is not installed: pip install triton')


def printed_by(script: str, cache: Path) -> dict[str, float]:
    """Run a script of this folder in a process of its own; returns the JSON that it prints."""
    path = os.pathsep.join([str(ROOT), str(TESTS), os.environ.get('PYTHONPATH', '')])
    done = subprocess.run(
        [sys.executable, str(FOLDER / script)],
        env={**os.environ, 'PYTHONPATH': path, 'TRITON_CACHE_DIR': str(cache)},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope='module')
def interpreted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    return printed_by('triton_on_cpu.py', tmp_path_factory.mktemp('triton'))


def test_classes_are_those_of_the_resized_scores(interpreted: dict[str, float]) -> None:
    wrong = {case: n for case, n in interpreted.items() if case.startswith('classes')}
    assert len(wrong) > 10
    assert not {case: n for case, n in wrong.items() if n}


def test_kernels_prove_themselves(interpreted: dict[str, float]) -> None:
    assert interpreted['refused'] == 0


def test_inputs_are_those_of_torch(interpreted: dict[str, float]) -> None:
    errors = {case: error for case, error in interpreted.items() if case.startswith('input')}
    assert len(errors) > 10
    assert not {case: error for case, error in errors.items() if error > DIGITS_APART}


def test_kernels_compile_to_programs_for_nvidia_gpus(tmp_path: Path) -> None:
    sizes = printed_by('triton_to_cubin.py', tmp_path)
    assert len(sizes) == 6
    assert min(sizes.values()) > 1000
