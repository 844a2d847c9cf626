"""The kernels of kernels.c, called on several threads."""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.engine.sampling import Side, Size, mask_sides, resized_side


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


def open_library(path: Path) -> ctypes.CDLL:
    """Open a library of the kernels.

    Raises:
        OSError: this is no library, or one for another machine.
        AttributeError: a kernel is missing.

    """
    # Under a name of its own: the loader gives back what it once opened under a name, even where
    # the file is another by now.
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / path.name
        link.symlink_to(path.resolve())
        library = ctypes.CDLL(str(link))
    for name, arguments in _SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, None
    return library


class NativeKernels:
    """Frame to network input, logits to class ids and their confidence, by rows among threads.

    Args:
        library: from ``open_library``.
        threads: how many work at a time.

    """

    def __init__(self, library: ctypes.CDLL, threads: int) -> None:
        self._library = library
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
