"""A few frames of one size, for measuring and checking on."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.frames.sources import open_source

# Neighbouring frames of a video are nearly the same.
STEP = 10


def sample_frames(spec: str, size: tuple[int, int], count: int) -> list[NDArray[np.uint8]]:
    """Return up to ``count`` frames of a source, uint8 (H,W,3) BGR, resized to one size.

    Args:
        spec: as for ``open_source``.
        size: (height, width) of the frames.
        count: how many, ``STEP`` apart; fewer where the source is shorter.

    Raises:
        FileNotFoundError: there is no such source.
        ValueError: it can't be read, or has no frames.

    """
    source = open_source(spec)
    chosen = itertools.islice(source.frames(), 0, STEP * count, STEP)
    frames = [_resized(frame, size) for frame in chosen]
    if not frames:
        raise ValueError(f'{source.name} has no frames: give another source')
    return frames


def _resized(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    smaller = size[0] < frame.shape[0] and size[1] < frame.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(frame, (size[1], size[0]), interpolation=method)
