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

MODULES = ('tensorrt', 'torch_tensorrt')


@functools.cache
def import_torch_tensorrt() -> tuple[ModuleType | None, str]:
    """Return the module, or None and why it can't be used here.

    Importing it makes a CUDA context, so this is called late, and only where a GPU is. It is
    tried once: a second try after a failure fails in another way, with a misleading reason.
    """
    obstacle = cuda_obstacle()
    if obstacle:
        return None, obstacle
    missing = [m for m in MODULES if importlib.util.find_spec(m) is None]
    if missing:
        return None, (
            f'no Python module {" and ".join(missing)}: '
            f'install the torch-tensorrt that fits torch {torch.__version__}'
        )
    try:
        # It prints while it looks for libraries.
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module('torch_tensorrt'), ''
    # By version and by what is missing: Exception itself, FileNotFoundError, OSError,
    # AssertionError, RuntimeError, ImportError or AttributeError.
    except Exception as error:
        return None, f'torch_tensorrt can not be imported: {reason_of(error)}'
