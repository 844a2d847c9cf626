"""Whether torch can use a GPU here, and clear words where getting ready on it fails."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator

import torch

from lpsnet_ros.engine.backends.base import PreparationError, Task
from lpsnet_ros.engine.reason import reason_of

GPU_CALLS = threading.RLock()
"""Held by whatever runs a network on the GPU or captures a CUDA graph there.

torch captures one graph at a time in a process, and TensorRT captures its own in a mode in which
no other thread may ask the driver for what a frame needs, pinned memory for instance.
"""


def cuda_obstacle() -> str | None:
    """Say why torch can't compute on an NVIDIA GPU here; None where it can."""
    if torch.version.cuda is None:
        return f'torch {torch.__version__} is built without CUDA: install a CUDA build of it'
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        if torch.cuda.is_available():
            return None
    causes = [reason_of(w.message) for w in caught] or ['no NVIDIA GPU or no driver: nvidia-smi']
    return f'torch {torch.__version__} finds no usable GPU: {"; ".join(causes)}'


@contextlib.contextmanager
def preparing(task: Task) -> Iterator[None]:
    """Turn whatever goes wrong while getting ready into one error.

    Raises:
        PreparationError: with what failed and what to do about it.

    """
    height, width = task.frame_size
    try:
        yield
    except PreparationError:
        raise
    except torch.OutOfMemoryError as error:
        raise PreparationError(
            f'not enough GPU memory for frames of {width}x{height} ({reason_of(error)}): '
            'free some, or choose a smaller scale or resolution'
        ) from error
    except Exception as error:  # cuDNN, the driver, Triton and TensorRT raise nearly anything.
        raise PreparationError(
            f'getting ready for frames of {width}x{height} failed: {reason_of(error)}'
        ) from error
