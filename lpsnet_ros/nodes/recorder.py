"""Overlays as pictures and one video in a folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.engine.overlay import write_picture

Picture = NDArray[np.uint8]
VIDEO_NAME = 'overlay.mp4'
FRAMES_FOR_RATE = 10
PICTURE_PERIOD_S = 1.0


class OverlayRecorder:
    """Writes every overlay to ``overlay.mp4`` and one a second as a JPEG.

    The video's rate is that of the stamps, so the first frames wait until it is known.

    Args:
        folder: made where it does not exist.

    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._waiting: list[tuple[float, Picture]] = []
        self._video: cv2.VideoWriter | None = None
        self._size: tuple[int, int] | None = None
        self._last_picture = float('-inf')
        self._pictures = 0
        self._frames = 0

    def add(self, picture: Picture, stamp: float) -> None:
        """Record a BGR picture (H,W,3) with its time in seconds."""
        if stamp - self._last_picture >= PICTURE_PERIOD_S:
            self._last_picture = stamp
            self._pictures += 1
            write_picture(self._folder / f'overlay_{self._pictures:04d}.jpg', picture)
        if self._video is not None:
            self._write(picture)
            return
        self._waiting.append((stamp, picture.copy()))
        if len(self._waiting) == FRAMES_FOR_RATE:
            self._open_video()

    def close(self) -> None:
        """Finish the video."""
        if self._waiting:
            self._open_video()
        if self._video is not None:
            self._video.release()
            self._video = None

    def summary(self) -> str:
        """Say what was written and where."""
        return (
            f'{self._pictures} pictures and {VIDEO_NAME} ({self._frames} frames) in {self._folder}'
        )

    def _open_video(self) -> None:
        stamps = [stamp for stamp, _ in self._waiting]
        spacing = float(np.median(np.diff(stamps))) if len(stamps) > 1 else 0.0
        rate = min(60.0, max(1.0, 1 / spacing)) if spacing > 0 else 10.0
        height, width = self._waiting[0][1].shape[:2]
        self._size = (width, height)
        fourcc = cv2.VideoWriter_fourcc(*'mp4v')
        path = str(self._folder / VIDEO_NAME)
        self._video = cv2.VideoWriter(path, fourcc, rate, self._size)
        for _, picture in self._waiting:
            self._write(picture)
        self._waiting = []

    def _write(self, picture: Picture) -> None:
        if picture.shape[1::-1] != self._size:
            picture = cv2.resize(picture, self._size)
        self._video.write(picture)
        self._frames += 1
