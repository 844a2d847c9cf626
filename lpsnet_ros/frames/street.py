"""A small rendered street with its ground truth, for places without real footage."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.network import CAMVID

Picture = NDArray[np.uint8]
SIZE = (480, 640)
_LOOKS = {
    'sky': (235, 220, 200),
    'building': (90, 110, 140),
    'tree': (50, 90, 60),
    'pavement': (150, 150, 155),
    'road': (95, 95, 95),
    'car': (60, 40, 150),
    'pole': (60, 60, 60),
}


def render_street(index: int, size: tuple[int, int] = SIZE) -> tuple[Picture, Picture]:
    """Render frame ``index`` of a drive along a street.

    Returns:
        The frame, uint8 (H,W,3) BGR, and its CamVid class ids, uint8 (H,W).

    """
    canvas = _Canvas(size)
    canvas.polygon('sky', [(0, 0), (1, 0), (1, 1), (0, 1)])
    canvas.polygon('building', [(0, 0.05), (0.38, 0.38), (0.38, 0.55), (0, 0.8)])
    canvas.polygon('building', [(1, 0.0), (0.66, 0.36), (0.66, 0.55), (1, 0.8)])
    canvas.polygon('pavement', [(0, 0.75), (0.4, 0.53), (0.62, 0.53), (1, 0.75), (1, 1), (0, 1)])
    canvas.polygon('road', [(0.44, 0.53), (0.56, 0.53), (0.95, 1), (0.05, 1)])
    for offset in range(3):
        distance = 1 - ((index * 0.02 + offset / 3) % 1)
        near = (1 - distance) ** 2
        x, foot = 0.36 - 0.36 * near, 0.55 + 0.3 * near
        canvas.polygon('pole', _box(x, foot - 0.1 - 0.5 * near, 0.004 + 0.012 * near, foot))
        canvas.disc('tree', (1 - x, foot - 0.12 - 0.25 * near), 0.03 + 0.1 * near)
    swing = 0.03 * np.sin(index / 8)
    canvas.polygon('car', _box(0.55 + swing, 0.56, 0.13, 0.72))
    return canvas.with_texture(index)


def _box(left: float, top: float, width: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (left + width, top), (left + width, bottom), (left, bottom)]


class _Canvas:
    """Draws shapes in relative coordinates on the picture and on its ids alike."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.extent = np.array([size[1], size[0]])
        self.picture = np.zeros((*size, 3), np.uint8)
        self.ids = np.zeros(size, np.uint8)

    def polygon(self, name: str, corners: Sequence[tuple[float, float]]) -> None:
        points = [np.rint(np.array(corners) * self.extent).astype(np.int32)]
        cv2.fillPoly(self.picture, points, _LOOKS[name])
        cv2.fillPoly(self.ids, points, CAMVID.names.index(name))

    def disc(self, name: str, centre: tuple[float, float], radius: float) -> None:
        pixel = np.rint(np.array(centre) * self.extent).astype(int).tolist()
        pixels = max(1, round(radius * self.extent[0]))
        cv2.circle(self.picture, pixel, pixels, _LOOKS[name], cv2.FILLED)
        cv2.circle(self.ids, pixel, pixels, CAMVID.names.index(name), cv2.FILLED)

    def with_texture(self, seed: int) -> tuple[Picture, Picture]:
        noise = np.random.default_rng(seed).integers(-8, 9, self.picture.shape, np.int16)
        return np.clip(self.picture + noise, 0, 255).astype(np.uint8), self.ids
