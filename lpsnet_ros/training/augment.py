"""Random scale, crop, flip and colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lpsnet_ros.network import UNLABELED

Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class Augmentation:
    """Ranges that training samples are drawn from.

    Args:
        crop: (height, width) of the network's input.
        scale: range of the random enlargement, on top of the data set's own.
        jitter: strength of the colour changes (see ``jitter_colour``).

    """

    crop: tuple[int, int] = (480, 640)
    scale: tuple[float, float] = (0.65, 2.0)
    jitter: float = 0.4


def augment(
    image: Frame, label: Frame, upscale: float, ranges: Augmentation, rng: np.random.Generator
) -> tuple[Frame, Frame]:
    """Draw a sample from a frame.

    Args:
        image: uint8 (H,W,3) BGR.
        label: uint8 (H,W) class ids.
        upscale: the data set's own enlargement.
        ranges: what to draw from.
        rng: source of randomness.

    Returns:
        The image at the crop's size and its label at the crop's size / upscale: enlarging labels
        adds no information and costs loss time.

    """
    image, label = _random_crop(image, label, upscale, ranges, rng)
    if rng.random() < 0.5:
        image, label = cv2.flip(image, 1), cv2.flip(label, 1)
    return jitter_colour(image, ranges.jitter, rng), label


def _random_crop(
    image: Frame, label: Frame, upscale: float, ranges: Augmentation, rng: np.random.Generator
) -> tuple[Frame, Frame]:
    height, width = ranges.crop
    zoom = upscale * np.exp(rng.uniform(*np.log(ranges.scale)))
    free = np.array([image.shape[1] - width / zoom, image.shape[0] - height / zoom])
    left, top = np.where(free > 0, rng.uniform(0, 1, 2) * free, free / 2)
    label_size = int(width / upscale), int(height / upscale)
    return (
        _window(image, left, top, zoom, (width, height), cv2.INTER_LINEAR, 0),
        _window(label, left, top, zoom / upscale, label_size, cv2.INTER_NEAREST, UNLABELED),
    )


def _window(
    picture: Frame,
    left: float,
    top: float,
    zoom: float,
    size: tuple[int, int],
    interpolation: int,
    border: int,
) -> Frame:
    """Cut out the window at (left, top) of a picture, enlarged by ``zoom`` to ``size``."""
    # Pixel centres: output pixel x shows the source at left + (x + 0.5) / zoom - 0.5.
    offset = 0.5 / zoom - 0.5
    to_source = np.array([[1 / zoom, 0, left + offset], [0, 1 / zoom, top + offset]])
    return cv2.warpAffine(
        picture,
        to_source,
        size,
        flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(border,) * 3,
    )


def jitter_colour(image: Frame, strength: float, rng: np.random.Generator) -> Frame:
    """Change brightness, contrast, saturation, gamma and white balance of a BGR picture.

    Each changes by up to ``strength``, white balance by a quarter of it.
    """
    brightness, contrast, saturation = 1 + rng.uniform(-strength, strength, 3)
    gamma = 2 ** rng.uniform(-strength, strength)
    gains = brightness * (1 + rng.uniform(-strength, strength, 3) / 4)
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    faded = cv2.addWeighted(image, saturation, grey, 1 - saturation, 0)
    curves = 255 * np.linspace(0, 1, 256)[:, None] ** gamma * gains
    pivot = curves[int(grey.mean())].mean()
    curves = (curves - pivot) * contrast + pivot
    table = np.clip(np.rint(curves), 0, 255).astype(np.uint8)
    return cv2.LUT(faded, table.reshape(1, 256, 3))
