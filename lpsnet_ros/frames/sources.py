"""Frames from a video, a folder of pictures, a camera, or the rendered street."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.frames.street import render_street

PICTURE_SUFFIXES = ('.png', '.jpg', '.jpeg', '.webp', '.bmp')
STREET = 'street'
DEFAULT_RATE_HZ = 15.0
STREET_FRAMES = 200


@dataclass(frozen=True)
class FrameSource:
    """Frames as uint8 (H,W,3) BGR arrays, again from the start with every ``frames()``.

    Args:
        name: what the frames are, for people.
        rate_hz: the source's own rate.
        frames: starts an iteration.

    """

    name: str
    rate_hz: float
    frames: Callable[[], Iterator[NDArray[np.uint8]]]


def open_source(spec: str) -> FrameSource:
    """Open a video file, a picture, a folder of pictures, a camera index, or ``street``.

    Raises:
        FileNotFoundError: there is nothing of that name.
        ValueError: it can't be read as frames.

    """
    if spec == STREET:
        return FrameSource('the rendered street', DEFAULT_RATE_HZ, _street)
    if spec.isdecimal():
        return _open_capture(int(spec), f'camera {spec}')
    path = Path(spec)
    if path.is_dir():
        return _open_folder(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'no source {spec!r}: give a video, a picture, a folder of pictures, '
            f'a camera index or {STREET!r}'
        )
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return FrameSource(path.name, DEFAULT_RATE_HZ, lambda: _pictures([path]))
    return _open_capture(str(path), path.name)


def _open_folder(folder: Path) -> FrameSource:
    pictures = sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)
    if not pictures:
        raise ValueError(f'{folder} holds no pictures ({", ".join(PICTURE_SUFFIXES)})')
    name = f'{folder} ({len(pictures)} pictures)'
    return FrameSource(name, DEFAULT_RATE_HZ, lambda: _pictures(pictures))


def _open_capture(device: int | str, name: str) -> FrameSource:
    capture = cv2.VideoCapture(device)
    if not capture.isOpened():
        raise ValueError(f'{name}: OpenCV can not open it as a video or camera')
    rate = capture.get(cv2.CAP_PROP_FPS) or DEFAULT_RATE_HZ
    capture.release()
    return FrameSource(name, rate, lambda: _captured(device))


def _street() -> Iterator[NDArray[np.uint8]]:
    return (render_street(index)[0] for index in range(STREET_FRAMES))


def _pictures(paths: list[Path]) -> Iterator[NDArray[np.uint8]]:
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError(f'{path}: can not be decoded')
        yield picture


def _captured(device: int | str) -> Iterator[NDArray[np.uint8]]:
    capture = cv2.VideoCapture(device)
    try:
        while True:
            good, frame = capture.read()
            if not good:
                return
            yield frame
    finally:
        capture.release()


def repeated(source: FrameSource) -> Iterator[NDArray[np.uint8]]:
    """Iterate over a source for ever.

    Raises:
        ValueError: it has no frame.

    """
    while True:
        frame = None
        for frame in source.frames():
            yield frame
        if frame is None:
            raise ValueError(f'{source.name} has no frames')
