"""What a back end is: a way to compute masks of frames of one size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.confidence import confidence
from lpsnet_ros.network import LPSNet

Frame = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Confidence = NDArray[np.uint8]


class Segmentation(NamedTuple):
    """A frame's mask, and what its confidence can be computed from later.

    Further frames leave it as it is.

    Args:
        mask: uint8 (H,W) class ids.
        logits: floating (C,h,w), on the device that computed them.
        frame_size: (height, width) of the frame, whose corners are those of the logits.

    """

    mask: Mask
    logits: Tensor
    frame_size: tuple[int, int]


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
    def timed(self, frame: Frame) -> tuple[Segmentation, Mapping[str, float]]:
        """Segment a C-contiguous frame (H,W,3) of the task's size; gives each stage's ms too."""

    def segment(self, frame: Frame) -> Segmentation:
        """Segment a C-contiguous frame (H,W,3) of the task's size."""
        return self.timed(frame)[0]

    def __call__(self, frame: Frame) -> Mask:
        """Return the class ids alone."""
        return self.segment(frame).mask

    @torch.inference_mode()
    def confidence(self, segmentation: Segmentation) -> Confidence:
        """Return the softmax probability of each pixel's class, 0..255, in the mask's size.

        May be called from a thread of its own while further frames are segmented.
        """
        mask, logits, frame_size = segmentation
        return confidence(logits, frame_size, mask.shape).cpu().numpy()
