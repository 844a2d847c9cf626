"""The kernels of kernels.c: compiled for this processor, kept in the cache, proved before use."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch

from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.confidence import confidence
from lpsnet_ros.engine.native import NativeKernels, open_library
from lpsnet_ros.engine.reason import reason_of
from lpsnet_ros.engine.upsample_argmax import upsample_argmax
from lpsnet_ros.network.model import resize

SOURCE = Path(__file__).with_name('kernels.c')
FLAGS = ('-std=c11', '-O3', '-march=native', '-fPIC', '-shared')
KIND = 'cpu-kernels'

FRAME_SIZE, INPUT_SIZE = (47, 61), (33, 83)
LOGITS_SHAPE, MASK_SIZES = (11, 7, 9), ((47, 61), (20, 26))
ERRORS_ALLOWED = 0.01
"""Share of classes that rounding may turn, and of the values' range that it may move them by."""


class WrongKernels(RuntimeError):
    """A library that does not compute what torch does; says which kernel."""


class CompilationFailed(RuntimeError):
    """The compiler's own last line says why."""


def build(cache: EngineCache) -> tuple[ctypes.CDLL | None, str]:
    """Return the kernels' library, from the cache where it is there, and how it came about.

    It is trusted once it computes what torch does; one from the cache that can't be opened or
    computes something else is compiled anew. Where nothing can be kept, it is compiled for this
    process alone. Without a compiler, or where that fails as well, the library is None and the
    second value says why.
    """
    compiler = shlex.split(os.environ.get('CC') or 'cc')
    if shutil.which(compiler[0]) is None:
        return None, f'no C compiler ({compiler[0]}): install gcc, or set CC'
    try:
        try:
            return _kept(cache, compiler)
        except OSError as error:
            return _not_kept(compiler), f'kernels compiled, not kept: {reason_of(error)}'
    except (OSError, AttributeError, subprocess.SubprocessError, RuntimeError) as error:
        return None, f'torch in place of C kernels ({reason_of(error)})'


def _kept(cache: EngineCache, compiler: list[str]) -> tuple[ctypes.CDLL, str]:
    fields = _fields(compiler)
    with cache.building(KIND, fields):
        lookup = cache.find(KIND, fields)
        reason = lookup.reason
        if lookup.path is not None:
            try:
                return proved_library(lookup.path), 'kernels from the cache'
            except (OSError, AttributeError, WrongKernels) as error:
                reason = f'{lookup.path.name} can not be used: {reason_of(error)}'
        path = cache.store(KIND, fields, lambda target: _compile(compiler, target))
        return proved_library(path), f'kernels compiled ({reason})'


def _not_kept(compiler: list[str]) -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'kernels'
        _compile(compiler, path)
        return proved_library(path)


def proved_library(path: Path) -> ctypes.CDLL:
    """Open a library and compare its results with torch's; takes a few ms.

    Raises:
        OSError, AttributeError: it is no library, or lacks a kernel.
        WrongKernels: it computes something else.

    """
    library = open_library(path)
    kernels = NativeKernels(library, 1)
    rng = np.random.default_rng(0)
    _prove_resize(kernels, rng.integers(0, 256, (*FRAME_SIZE, 3), np.uint8))
    logits = torch.from_numpy(3 * rng.standard_normal(LOGITS_SHAPE, np.float32))
    for mask_size in MASK_SIZES:
        _prove_classes(kernels, logits, mask_size)
        _prove_confidence(kernels, logits, mask_size)
    return library


def _prove_resize(kernels: NativeKernels, frame: np.ndarray) -> None:
    resized = np.zeros((*INPUT_SIZE, 3), np.float32)
    kernels.resize_frame(frame, resized)
    expected = resize(torch.from_numpy(frame).permute(2, 0, 1)[None].float(), INPUT_SIZE)[0]
    error = np.abs(resized - expected.permute(1, 2, 0).numpy()).max()
    _require(error <= 255 * ERRORS_ALLOWED, 'resize_frame')


def _prove_classes(
    kernels: NativeKernels, logits: torch.Tensor, mask_size: tuple[int, int]
) -> None:
    mask = np.full(mask_size, 255, np.uint8)
    scores = logits.permute(1, 2, 0).contiguous()
    coarse = scores.argmax(dim=2).to(torch.uint8)
    kernels.upsample_argmax(scores.numpy(), coarse.numpy(), FRAME_SIZE, mask)
    expected = upsample_argmax(logits, FRAME_SIZE, mask_size).numpy()
    _require(np.mean(mask != expected) <= ERRORS_ALLOWED, 'upsample_argmax')


def _prove_confidence(
    kernels: NativeKernels, logits: torch.Tensor, mask_size: tuple[int, int]
) -> None:
    levels = np.zeros(mask_size, np.uint8)
    kernels.confidence(logits.numpy(), FRAME_SIZE, levels)
    expected = confidence(logits, FRAME_SIZE, mask_size).numpy()
    error = np.abs(levels.astype(int) - expected).max()
    _require(error <= 255 * ERRORS_ALLOWED, 'confidence')


def _require(equal: bool, kernel: str) -> None:
    if not equal:
        raise WrongKernels(f'{kernel} does not compute what torch does')


def _fields(compiler: list[str]) -> dict[str, str]:
    told = subprocess.run([*compiler, '--version'], capture_output=True, text=True, timeout=30)
    return {
        'source': hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16],
        'compiler': next(iter(told.stdout.splitlines()), 'unknown'),
        'flags': ' '.join((*compiler, *FLAGS)),
        'processor': _processor(),
    }


def _compile(compiler: list[str], target: Path) -> None:
    command = [*compiler, *FLAGS, str(SOURCE), '-o', str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        last_line = next(reversed(done.stderr.strip().splitlines()), 'no message')
        raise CompilationFailed(f'{compiler[0]} failed: {last_line}')


def _processor() -> str:
    """Name what ``-march=native`` depends on."""
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        return platform.machine()
    wanted = ('model name', 'flags', 'Features', 'CPU part')
    described = sorted({line for line in lines if line.split('\t')[0].strip() in wanted})
    return (
        f'{platform.machine()} {hashlib.sha256(chr(10).join(described).encode()).hexdigest()[:16]}'
    )
