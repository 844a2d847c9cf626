"""Random scale, crop, flip and colour, and pasting of classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
        zoom: range of the random enlargement, on top of the data set's own.
        jitter: strength of the colour changes (see ``jitter_colour``).
        copy_paste: chance that a sample gets another one's rare classes (see ``paste``).

    Raises:
        ValueError: a value is out of range.

    """

    crop: tuple[int, int] = (480, 640)
    zoom: tuple[float, float] = (0.65, 2.0)
    jitter: float = 0.4
    copy_paste: float = 0.0

    def __post_init__(self) -> None:
        if min(self.crop) < 1:
            raise ValueError(f'crop must be a height and a width of at least 1; got {self.crop}')
        if not 0 < self.zoom[0] <= self.zoom[1] < math.inf:
            raise ValueError(
                f'zoom must be the smallest and the largest factor, above 0; got {self.zoom}'
            )
        if not 0 <= self.jitter < 1:
            raise ValueError(f'jitter must be in 0..1, 1 excluded; got {self.jitter}')
        if not 0 <= self.copy_paste <= 1:
            raise ValueError(f'copy_paste must be in 0..1; got {self.copy_paste}')


def augment(
    image: Frame,
    label: Frame,
    upscale: float,
    ranges: Augmentation,
    rng: np.random.Generator,
    aim: int | None = None,
) -> tuple[Frame, Frame]:
    """Draw a sample from a frame.

    Args:
        image: uint8 (H,W,3) BGR.
        label: uint8 (H,W) class ids.
        upscale: the data set's own enlargement.
        ranges: what to draw from.
        rng: source of randomness.
        aim: id of a class in the label that the sample is to show; None for any part.

    Returns:
        The image at the crop's size and its label at the crop's size / upscale: enlarging labels
        adds no information and costs loss time.

    """
    image, label = _random_crop(image, label, upscale, ranges, rng, aim)
    if rng.random() < 0.5:
        image, label = cv2.flip(image, 1), cv2.flip(label, 1)
    return jitter_colour(image, ranges.jitter, rng), label


def paste(
    image: Frame, label: Frame, donor: Frame, donor_label: Frame, classes: Sequence[int]
) -> tuple[Frame, Frame]:
    """Copy the donor's pixels of some classes over a sample (as ClassMix, arXiv 2007.07936).

    Args:
        image: uint8 (H,W,3).
        label: uint8 (h,w) class ids, of the image's size or smaller.
        donor, donor_label: another sample of the same sizes.
        classes: ids of what is copied.

    """
    region = np.isin(donor_label, classes)
    size = image.shape[1], image.shape[0]
    enlarged = cv2.resize(region.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    image = cv2.copyTo(donor, enlarged, image.copy())
    return image, np.where(region, donor_label, label)


def _random_crop(
    image: Frame,
    label: Frame,
    upscale: float,
    ranges: Augmentation,
    rng: np.random.Generator,
    aim: int | None,
) -> tuple[Frame, Frame]:
    height, width = ranges.crop
    zoom = upscale * np.exp(rng.uniform(*np.log(ranges.zoom)))
    window = np.array([width, height]) / zoom
    free = np.array([image.shape[1], image.shape[0]]) - window
    corner = rng.uniform(0, 1, 2)
    if aim is None:
        corner = corner * free
    else:
        shown = _any_pixel(label, aim, rng) - corner * (window - 1)
        corner = np.clip(shown, 0, free.clip(min=0))
    left, top = np.where(free > 0, corner, free / 2)
    label_size = int(width / upscale), int(height / upscale)
    return (
        _window(image, left, top, zoom, (width, height), cv2.INTER_LINEAR, 0),
        _window(label, left, top, zoom / upscale, label_size, cv2.INTER_NEAREST, UNLABELED),
    )


def _any_pixel(label: Frame, class_id: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw x and y of a pixel of a class."""
    y, x = np.divmod(rng.choice(np.flatnonzero(label == class_id)), label.shape[1])
    return np.array([x, y])


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
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    greys = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    faded = cv2.addWeighted(image, saturation, greys, 1 - saturation, 0)
    curves = 255 * np.linspace(0, 1, 256)[:, None] ** gamma * gains
    pivot = curves[int(cv2.mean(grey)[0])].mean()
    curves = (curves - pivot) * contrast + pivot
    table = np.clip(np.rint(curves), 0, 255).astype(np.uint8)
    return cv2.LUT(faded, table.reshape(1, 256, 3))
