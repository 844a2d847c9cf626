"""The real wheels of torch_tensorrt, whose source the tests read."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

PLATFORMS = ('manylinux_2_28_x86_64', 'manylinux_2_34_x86_64')


@pytest.fixture(scope='session')
def open_wheel(request: pytest.FixtureRequest) -> Callable[[str], zipfile.ZipFile]:
    """Open a release of torch_tensorrt, downloaded once; skips where that fails."""
    folder = request.config.cache.mkdir('torch_tensorrt_wheels')

    def opened(version: str) -> zipfile.ZipFile:
        pattern = f'torch_tensorrt-{version}-*.whl'
        if not list(folder.glob(pattern)):
            _download(version, folder)
        return zipfile.ZipFile(next(folder.glob(pattern)))

    return opened


def _download(version: str, folder: Path) -> None:
    command = [
        sys.executable, '-m', 'pip', 'download', f'torch-tensorrt=={version}', '--no-deps',
        '--only-binary=:all:', '--python-version=312', '--dest', str(folder),
        *(f'--platform={p}' for p in PLATFORMS),
    ]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=240)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f'torch-tensorrt {version} can not be downloaded: {error}')
