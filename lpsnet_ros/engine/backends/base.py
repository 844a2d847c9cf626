"""What a back end is: a way to compute masks of frames of one size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.network import LPSNet

Frame = NDArray[np.uint8]
Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class Task:
    """What a back end is asked to get ready for.

    Args:
        network: folded, float32, with its ``info``.
        frame_size: (height, width) of the frames.
        mask_size: (height, width) of the masks, at most the frames'.
        network_size: (height, width) of the picture that the network sees.
        bgr: the frames' channels are blue, green, red; else red, green, blue.
        precision: one of the back end's ``precisions``.

    """

    network: LPSNet
    frame_size: tuple[int, int]
    mask_size: tuple[int, int]
    network_size: tuple[int, int]
    bgr: bool
    precision: str


class PreparationError(RuntimeError):
    """A back end that should work here can't get ready for a task; says why and the fix."""


class Backend(ABC):
    """Computes masks for one ``Task``; getting ready happens in the constructor.

    Args:
        task: what to get ready for; left as it is.
        cache: where to keep what is worth keeping.

    Raises:
        PreparationError: out of memory, or a build that failed.

    """

    name: ClassVar[str]
    precisions: ClassVar[tuple[str, ...]]
    device: str
    note: str
    """How it got ready: from the cache, built and why, or what it does without."""

    @classmethod
    @abstractmethod
    def unavailable(cls) -> str | None:
        """Say why this back end can't work here; None where it can."""

    @classmethod
    @abstractmethod
    def best_precision(cls) -> str:
        """Return the precision that ``auto`` means here."""

    @abstractmethod
    def __init__(self, task: Task, cache: EngineCache) -> None: ...

    @abstractmethod
    def __call__(self, frame: Frame) -> Mask:
        """Return the class ids of a C-contiguous frame (H,W,3), both of the task's sizes."""

    @abstractmethod
    def timed(self, frame: Frame) -> tuple[Mask, Mapping[str, float]]:
        """As a call, with the time of each stage in ms."""
