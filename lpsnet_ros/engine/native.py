"""The kernels of kernels.c: compiled for this processor, cached, called on several threads."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.sampling import Side, Size, mask_sides, resized_side

SOURCE = Path(__file__).with_name('kernels.c')
FLAGS = ('-std=c11', '-O3', '-march=native', '-fPIC', '-shared')
KIND = 'cpu-kernels'


class _Side(ctypes.Structure):
    _fields_ = (
        ('source', ctypes.c_int),
        ('pixels', ctypes.c_int),
        ('offset', ctypes.c_float),
        ('step', ctypes.c_float),
    )


_INT, _SIZE, _POINTER = ctypes.c_int, ctypes.c_ssize_t, ctypes.c_void_p
_SIGNATURES = {
    'resize_frame': [
        _POINTER, _SIZE, _POINTER, _SIZE, _POINTER, _INT, _INT, _POINTER
    ],
    'upsample_argmax': [
        _POINTER, _INT, _POINTER, _POINTER, _POINTER, _INT, _INT
    ],
    'confidence': [
        _POINTER, _INT, _POINTER, _POINTER, _INT, _INT
    ],
}  # fmt: skip


class NativeKernels:
    """Frame to network input, logits to class ids and their confidence, by rows among threads.

    Args:
        library: built by ``build``.
        threads: how many work at a time.

    """

    def __init__(self, library: Path, threads: int) -> None:
        self._library = ctypes.CDLL(str(library))
        for name, arguments in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.argtypes, function.restype = arguments, None
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, 'kernels') if threads > 1 else None

    def resize_frame(self, frame: NDArray[np.uint8], out: NDArray[np.float32]) -> None:
        """Resize a frame (H,W,3) into ``out`` (h,w,3); rows of both may be padded."""
        sides = _passed(resized_side(*sizes) for sizes in zip(frame.shape[:2], out.shape[:2]))

        def work(begin: int, end: int) -> None:
            mixed_row = np.empty(frame.shape[1] * 3, np.float32)
            self._library.resize_frame(
                frame.ctypes.data, frame.strides[0], out.ctypes.data,
                out.strides[0] // out.itemsize, sides, begin, end, mixed_row.ctypes.data,
            )  # fmt: skip

        self._split(out.shape[0], work)

    def upsample_argmax(
        self,
        logits: NDArray[np.float32],
        coarse: NDArray[np.uint8],
        frame_size: Size,
        mask: NDArray[np.uint8],
    ) -> None:
        """Fill ``mask`` (H,W) from contiguous logits (h,w,C) and their argmax (h,w)."""
        sides = _passed(mask_sides(coarse.shape, frame_size, mask.shape))

        def work(begin: int, end: int) -> None:
            self._library.upsample_argmax(
                logits.ctypes.data, logits.shape[2], coarse.ctypes.data, mask.ctypes.data,
                sides, begin, end,
            )  # fmt: skip

        self._split(mask.shape[0], work)

    def confidence(
        self, logits: NDArray[np.float32], frame_size: Size, levels: NDArray[np.uint8]
    ) -> None:
        """Fill ``levels`` (H,W) with best probabilities from contiguous logits (C,h,w)."""
        sides = _passed(mask_sides(logits.shape[1:], frame_size, levels.shape))

        def work(begin: int, end: int) -> None:
            self._library.confidence(
                logits.ctypes.data, logits.shape[0], levels.ctypes.data, sides, begin, end
            )

        self._split(levels.shape[0], work)

    def _split(self, rows: int, work: Callable[[int, int], None]) -> None:
        if self._pool is None or rows < 2 * self._threads:
            work(0, rows)
            return
        bounds = [rows * i // self._threads for i in range(self._threads + 1)]
        list(self._pool.map(work, bounds[:-1], bounds[1:]))


def _passed(sides: Iterable[Side]) -> ctypes.Array[_Side]:
    # By address: libffi confuses structs of ints and floats by value when registers run short.
    return (_Side * 2)(*(_Side(*side) for side in sides))


def build(cache: EngineCache) -> tuple[Path | None, str]:
    """Return the compiled library, from the cache where it is there, and how it came about.

    Without a compiler, or where it fails, the path is None and the second value says why.
    """
    compiler = shlex.split(os.environ.get('CC', 'cc'))
    if shutil.which(compiler[0]) is None:
        return None, 'no C compiler (cc): install gcc, or set CC'
    fields = {
        'source': hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16],
        'compiler': _first_line([*compiler, '--version']),
        'flags': ' '.join(FLAGS),
        'processor': _processor(),
    }
    try:
        with cache.building(KIND, fields):
            lookup = cache.find(KIND, fields)
            if lookup.path is not None:
                return lookup.path, 'kernels from the cache'
            path = cache.store(KIND, fields, lambda target: _compile(compiler, target))
            return path, f'kernels compiled ({lookup.reason})'
    except (OSError, subprocess.SubprocessError) as error:
        return None, f'kernels can not be built: {error}'


def _compile(compiler: list[str], target: Path) -> None:
    command = [*compiler, *FLAGS, str(SOURCE), '-o', str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise OSError(f'{compiler[0]} failed: {done.stderr.strip().splitlines()[-1:]}')


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return (done.stdout.splitlines() or ['unknown'])[0]


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
