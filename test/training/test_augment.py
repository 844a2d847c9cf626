"""Random scale, crop, flip and colour, and pasting of classes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.augment import Augmentation, augment, jitter_colour, paste

SIZE = (96, 128)
INSIDE = 255


def coordinates(axis: int = 1) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw a picture whose green and blue tell y and x, and ids that tell one of them."""
    y, x = np.indices(SIZE)
    image = np.stack([2 * x, 2 * y, np.full(SIZE, INSIDE)], axis=2).astype(np.uint8)
    return image, (y, x)[axis].astype(np.uint8)


def still(crop: tuple[int, int], zoom: float) -> Augmentation:
    return Augmentation(crop, (zoom, zoom), jitter=0)


@pytest.mark.parametrize('upscale', [1.0, 2.0])
@pytest.mark.parametrize('crop', [(64, 64), (48, 80), (96, 128), (160, 200)])
def test_sample_has_the_crops_size_and_its_label_that_before_enlarging(
    crop: tuple[int, int], upscale: float
) -> None:
    image, label = augment(*coordinates(), upscale, Augmentation(crop), np.random.default_rng(0))
    assert image.shape == (*crop, 3)
    assert label.shape == (crop[0] // upscale, crop[1] // upscale)
    assert image.dtype == label.dtype == np.uint8


@pytest.mark.parametrize('axis', [0, 1])
@pytest.mark.parametrize('upscale', [1, 2])
@pytest.mark.parametrize('zoom', [0.6, 1.0, 1.6])
def test_label_stays_on_its_pixels(zoom: float, upscale: int, axis: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(4):
        image, label = augment(*coordinates(axis), upscale, still((64, 80), zoom), rng)
        cells = image.reshape(label.shape[0], upscale, label.shape[1], upscale, 3)
        whole = (cells[..., 2] == INSIDE).all(axis=(1, 3)) & (label != UNLABELED)
        assert whole.sum() > 500
        distance = cells[..., 1 - axis].mean(axis=(1, 3))[whole] / 2 - label[whole]
        assert np.abs(distance).max() < 0.6
        assert np.ptp(label[whole]) > 15


def test_label_pixel_is_the_middle_of_the_pixels_it_stands_for() -> None:
    label = np.tile(np.arange(32, dtype=np.uint8), (24, 1))
    image = cv2.merge([8 * label] * 3)
    whole_frame = still((48, 64), 1.0)
    sample, ids = augment(image, label, 2.0, whole_frame, np.random.default_rng(0))
    middles = sample.reshape(24, 2, 32, 2, 3).mean(axis=(1, 3, 4)) / 8
    assert np.ptp(ids) == 31
    np.testing.assert_allclose(middles[1:-1, 1:-1], ids[1:-1, 1:-1], atol=0.1)


def test_part_outside_the_frame_is_void() -> None:
    image, label = augment(*coordinates(), 1.0, still(SIZE, 0.5), np.random.default_rng(0))
    inside = np.zeros(SIZE, bool)
    inside[24:72, 32:96] = True
    np.testing.assert_array_equal(label != UNLABELED, inside)
    assert not image[:23].any()
    assert not image[:, :31].any()


def test_zoom_of_one_and_a_crop_of_the_frame_change_nothing_but_the_side() -> None:
    image, label = coordinates()
    rng = np.random.default_rng(0)
    flips = []
    for _ in range(20):
        sample, ids = augment(image, label, 1.0, still(SIZE, 1.0), rng)
        flipped = bool(sample[0, 0, 0])
        side = -1 if flipped else 1
        np.testing.assert_array_equal(sample, image[:, ::side])
        np.testing.assert_array_equal(ids, label[:, ::side])
        flips.append(flipped)
    assert 4 < sum(flips) < 16


def test_crops_reach_every_part_of_the_frame() -> None:
    image, label = coordinates()
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        seen.update(augment(image, label, 1.0, still((48, 48), 1.0), rng)[1].flat)
    assert seen >= set(range(3, 125))


def test_zoom_stays_in_its_range() -> None:
    rng = np.random.default_rng(0)
    ranges = Augmentation((32, 32), (0.5, 2.0), jitter=0)
    steps = []
    for _ in range(200):
        image, _ = augment(*coordinates(), 1.0, ranges, rng)
        x = image[16, 4:28, 0].astype(float) / 2
        steps.append(abs(x[-1] - x[0]) / 23)
    assert 0.45 < min(steps) < 0.6
    assert 1.7 < max(steps) < 2.1


def test_no_jitter_is_no_change() -> None:
    image, _ = coordinates()
    np.testing.assert_array_equal(jitter_colour(image, 0.0, np.random.default_rng(0)), image)


def test_stronger_jitter_changes_more() -> None:
    image, _ = coordinates()

    def change(strength: float) -> float:
        rng = np.random.default_rng(0)
        samples = [jitter_colour(image, strength, rng).astype(int) for _ in range(30)]
        return float(np.mean([np.abs(sample - image).mean() for sample in samples]))

    assert 2 < change(0.1) < change(0.2) < change(0.4) < 80


def test_jitter_keeps_the_order_of_greys() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 12).reshape(16, 64, 3)
    rng = np.random.default_rng(0)
    for _ in range(100):
        greys = jitter_colour(ramp, 0.4, rng).reshape(-1, 3).astype(int)
        assert (np.diff(greys, axis=0) >= 0).all()
        assert np.ptp(greys, axis=0).min() > 60


def spot(x: int, y: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw one white pixel of class 1 on black class 0."""
    label = np.zeros(SIZE, np.uint8)
    label[y, x] = 1
    return cv2.merge([255 * label] * 3), label


@pytest.mark.parametrize('place', [(0, 0), (127, 0), (0, 95), (127, 95), (60, 40)])
def test_sample_shows_the_class_that_it_aims_at(place: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    ranges = Augmentation((32, 48), (1.0, 2.0), jitter=0)
    for _ in range(50):
        _, label = augment(*spot(*place), 1.0, ranges, rng, aim=1)
        assert (label == 1).any()
        assert (label != UNLABELED).all()


def test_aim_is_anywhere_in_the_sample() -> None:
    rng = np.random.default_rng(0)
    ranges = still((32, 48), 1.0)
    places = set()
    for _ in range(300):
        places.update(zip(*np.nonzero(augment(*spot(60, 40), 1.0, ranges, rng, aim=1)[1])))
    rows, columns = zip(*places)
    assert set(rows) >= set(range(2, 30))
    assert set(columns) >= set(range(3, 45))


def test_aim_in_a_crop_larger_than_the_frame_is_the_frame() -> None:
    ranges = still((192, 256), 1.0)
    _, label = augment(*spot(5, 5), 1.0, ranges, np.random.default_rng(0), aim=1)
    assert (label != UNLABELED).sum() == 96 * 128


@pytest.mark.parametrize('upscale', [1, 2])
def test_pasted_are_the_donors_pixels_of_these_classes_and_no_others(upscale: int) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, (2, 24, 32), np.uint8)
    images = rng.integers(0, 256, (2, 24 * upscale, 32 * upscale, 3), np.uint8)
    before = images.copy()
    image, label = paste(images[0], labels[0], images[1], labels[1], [1, 3])
    pasted = (labels[1] == 1) | (labels[1] == 3)
    np.testing.assert_array_equal(label, np.where(pasted, labels[1], labels[0]))
    pixels = pasted.repeat(upscale, axis=0).repeat(upscale, axis=1)[..., None]
    np.testing.assert_array_equal(image, np.where(pixels, before[1], before[0]))
    np.testing.assert_array_equal(images, before)
