"""Importing torch_tensorrt, which fails in many ways, all turned into one reason."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import io
from types import ModuleType

import torch

from lpsnet_ros.engine.backends.gpu import cuda_obstacle
from lpsnet_ros.engine.reason import reason_of

OLDEST = (2, 8)


@functools.cache
def import_torch_tensorrt() -> tuple[ModuleType | None, str]:
    """Return the module, or None and why it can't be used here.

    Importing it makes a CUDA context, so this is called late, and only where a GPU is. It is
    tried once: a second try after a failure fails in another way, with a misleading reason.
    """
    obstacle = cuda_obstacle()
    if obstacle:
        return None, obstacle
    obstacle = _missing_module()
    if obstacle:
        return None, obstacle
    try:
        # It prints while it looks for libraries.
        with contextlib.redirect_stdout(io.StringIO()):
            module = importlib.import_module('torch_tensorrt')
    # By version and by what is missing: Exception itself, FileNotFoundError, OSError,
    # AssertionError, RuntimeError, ImportError or AttributeError.
    except Exception as error:
        return None, f'torch_tensorrt can not be imported: {reason_of(error)}'
    if _version(module) < OLDEST:
        oldest = '.'.join(map(str, OLDEST))
        return None, f'torch_tensorrt {module.__version__} is too old: install {oldest} or newer'
    return module, ''


def _missing_module() -> str | None:
    if importlib.util.find_spec('torch_tensorrt') is None:
        return (
            'no Python module torch_tensorrt: '
            f'install the torch-tensorrt that fits torch {torch.__version__}'
        )
    if importlib.util.find_spec('tensorrt') is None:
        return (
            'no Python module tensorrt: on a Jetson apt install python3-libnvinfer, and make the '
            'virtual environment with --system-site-packages; elsewhere pip install tensorrt'
        )
    return None


def _version(module: ModuleType) -> tuple[int, ...]:
    return tuple(int(part) for part in module.__version__.split('.')[:2])
