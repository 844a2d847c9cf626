"""A model made ready for frames of one size."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.engine.backends import AUTO, prepare
from lpsnet_ros.engine.backends.base import Confidence, Frame, Mask, Segmentation, Task
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import ClassTable, ImageTooSmallError, LPSNet, load_checkpoint

RESOLUTION_RANGE = (0.25, 2.0)
WARM_CALLS, WARM_S = 5, 0.2


@dataclass(frozen=True)
class Provenance:
    """Where an engine comes from.

    Args:
        model: the checkpoint's path, or the architecture's name for a network in memory.
        backend, precision, device: what computes.
        reason: why this back end.
        note: how it got ready: from the cache, built and why, or what it does without.
        resolution: ratio of the frame that the network sees.
        seconds: time that it took to get ready.

    """

    model: str
    backend: str
    precision: str
    device: str
    reason: str
    note: str
    resolution: float
    seconds: float


class Engine:
    """Segments frames of one size: uint8 (H,W,3) in, uint8 class ids of ``mask_size`` out.

    May be called from several threads, which then wait for one another.
    """

    def __init__(
        self,
        network: LPSNet,
        size: tuple[int, int],
        *,
        resolution: float | None = None,
        mask_scale: float = 1.0,
        bgr: bool = True,
        backend: str = AUTO,
        precision: str = AUTO,
        cache_dir: Path | None = None,
        model: str = '',
    ) -> None:
        """Make a network ready.

        Args:
            network: carries its ``info``.
            size: (height, width) of the frames.
            resolution: ratio of the frame that the network sees, 0.25..2.0; None brings frames
                to the height that the network was trained on.
            mask_scale: ratio of the frame's size that masks have, above 0 and at most 1; a mask
                pixel shows the frame at its own centre, as a camera image that image_proc resized.
            bgr: the frames' channel order; False for RGB.
            backend: ``auto`` or a back end's name.
            precision: ``auto``, or one that the back end computes in.
            cache_dir: private folder for what is worth keeping; below ``~/.cache`` by default.
            model: what to call the network in ``provenance``.

        Raises:
            ValueError: the network has no ``info``, a frame of that size is too small for it,
                the resolution or mask scale is out of range, or the back end can't do it.
            PreparationError: the back end that was asked for by name can't get ready.

        """
        started = time.perf_counter()
        info = network.required_info
        if min(size) < 1:
            raise ValueError(f'a frame needs at least one pixel, got {size[0]}x{size[1]}')
        ratio = resolution_for(network, size, resolution)
        seen = network_size(size, ratio)
        _require_pixels(network, size, seen)
        self.size = size
        self.mask_size = _mask_size(size, mask_scale)
        task = partial(Task, network.deployed(), size, self.mask_size, seen, bgr)
        self._backend, choice = prepare(backend, precision, task, EngineCache(cache_dir))
        self._one_at_a_time = threading.Lock()  # The back end's buffers are fixed.
        self.classes: ClassTable = info.classes
        self.warm_ms = self._warm_up()
        """Time in ms of a call on a black frame: what engines on this machine compare by."""
        self.provenance = Provenance(
            model=model or network.architecture.name,
            backend=choice.backend.name,
            precision=choice.precision,
            device=self._backend.device,
            reason=choice.reason,
            note=self._backend.note,
            resolution=ratio,
            seconds=time.perf_counter() - started,
        )

    @classmethod
    def load(
        cls,
        model: str | os.PathLike,
        size: tuple[int, int],
        *,
        models_dir: Path | None = None,
        **options: object,
    ) -> Engine:
        """Load a scale, a checkpoint's name or a path; the rest as for the class.

        Raises:
            FileNotFoundError: there is no such checkpoint.
            ValueError: the checkpoint is damaged, or as for the class.

        """
        path = find_checkpoint(os.fspath(model), models_dir)
        return cls(load_checkpoint(path), size, model=str(path), **options)

    def __call__(self, frame: Frame) -> Mask:
        """Return the class ids of a frame; strides may be any.

        Raises:
            ValueError: the frame is not uint8, has not three channels, or has another size.

        """
        with self._one_at_a_time:
            return self._backend(self._checked(frame))

    def segment(self, frame: Frame) -> Segmentation:
        """As a call, but keeps what ``confidence`` needs: the low-resolution logits."""
        with self._one_at_a_time:
            return self._backend.segment(self._checked(frame))

    def timed(self, frame: Frame) -> tuple[Segmentation, Mapping[str, float]]:
        """As ``segment``, with the time of each of the back end's stages in ms."""
        with self._one_at_a_time:
            return self._backend.timed(self._checked(frame))

    def confidence(self, segmentation: Segmentation) -> Confidence:
        """Return how sure the network is of a mask that this engine made.

        May be called from a thread of its own while further frames are segmented.

        Returns:
            uint8 of the mask's size: the softmax probability of each pixel's class, of the
            bilinearly resized logits, times 255 and rounded.

        """
        return self._backend.confidence(segmentation)

    def _warm_up(self) -> float:
        """Call the engine some times; return the shortest time in ms after the first."""
        black = np.zeros((*self.size, 3), np.uint8)
        self(black)
        times: list[float] = []
        while len(times) < WARM_CALLS and sum(times) < WARM_S:
            begun = time.perf_counter()
            self(black)
            times.append(time.perf_counter() - begun)
        return 1e3 * min(times)

    def _checked(self, frame: NDArray) -> Frame:
        expected = (*self.size, 3)
        if frame.dtype != np.uint8 or frame.shape != expected:
            raise ValueError(
                f'expected a uint8 frame of shape {expected}, got {frame.dtype} {frame.shape}: '
                'load an engine for that size'
            )
        return np.require(frame, requirements='CW')


def _require_pixels(network: LPSNet, size: tuple[int, int], seen: tuple[int, int]) -> None:
    needed = network.smallest_side
    if min(seen) < needed:
        raise ImageTooSmallError(
            f'frames of {size[0]}x{size[1]} are too small: the network would see '
            f'{seen[0]}x{seen[1]} and needs {needed} pixels a side; set a higher resolution, or '
            'send larger frames'
        )


def network_size(frame_size: tuple[int, int], resolution: float) -> tuple[int, int]:
    """Return (height, width) of the picture that an engine's network sees."""
    return _scaled(frame_size, resolution)


def _mask_size(frame_size: tuple[int, int], scale: float) -> tuple[int, int]:
    if not 0 < scale <= 1:
        raise ValueError(f'mask_scale must be above 0 and at most 1, got {scale}')
    return _scaled(frame_size, scale)


def _scaled(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    return tuple(max(1, round(side * ratio)) for side in size)


def resolution_for(network: LPSNet, size: tuple[int, int], resolution: float | None) -> float:
    """Return the ratio of frames of a size that an engine's network sees; None as for ``Engine``.

    Raises:
        ValueError: the resolution is out of range.

    """
    low, high = RESOLUTION_RANGE
    if resolution is None:
        trained = network.info.training_size
        return min(high, max(low, trained[0] / size[0])) if trained else 1.0
    if not low <= resolution <= high:
        raise ValueError(f'resolution must be in {low}..{high}, got {resolution}')
    return resolution
