"""Counting classes, and drawing frames by them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.balance import ClassBalance, count_pixels
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames, open_dataset

# Frames x classes: class 1 is rare, class 2 is nowhere, frame 1 holds nothing.
PIXELS = np.array([[900, 0, 0, 500], [0, 0, 0, 0], [900, 4, 0, 500], [900, 16, 0, 0]])
DRAWS = 4000


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_counts_are_those_of_the_labels(street_root: Path) -> None:
    frames = open_dataset('camvid', street_root, ['train'])
    pixels = count_pixels(frames, threads=2)
    assert pixels.shape == (6, 11)
    for index in range(len(frames)):
        label = frames.label(index)
        expected = [(label == i).sum() for i in range(11)]
        np.testing.assert_array_equal(pixels[index], expected)
        assert pixels[index].sum() == (label != UNLABELED).sum() < label.size


def test_labels_of_nothing_but_void_are_refused(street_root: Path, tmp_path: Path) -> None:
    frames = open_dataset('camvid', street_root, ['train'])
    void = tmp_path / 'void.png'
    cv2.imwrite(str(void), np.full((96, 128), len(frames.classes), np.uint8))
    empty: LabelledFrames = replace(frames, pairs=((frames.pairs[0][0], void),))
    with pytest.raises(DatasetError, match='all 1 labels of CamVid are void, nothing can be'):
        count_pixels(empty)


def test_every_class_that_occurs_is_equally_likely(rng: np.random.Generator) -> None:
    balance = ClassBalance(PIXELS)
    classes = [balance.draw(rng)[1] for _ in range(DRAWS)]
    shares = np.bincount(classes, minlength=4) / DRAWS
    np.testing.assert_allclose(shares, [1 / 3, 1 / 3, 0, 1 / 3], atol=0.03)


def test_frame_shows_the_class_that_it_was_drawn_for(rng: np.random.Generator) -> None:
    balance = ClassBalance(PIXELS)
    assert all(PIXELS[balance.draw(rng)] > 0 for _ in range(DRAWS))


def test_frame_is_as_likely_as_the_root_of_its_pixels(rng: np.random.Generator) -> None:
    balance = ClassBalance(PIXELS)
    frames = [balance.draw_rare(rng)[0] for _ in range(DRAWS)]
    np.testing.assert_allclose(np.bincount(frames) / DRAWS, [0, 0, 1 / 3, 2 / 3], atol=0.03)


def test_rare_is_less_than_half_of_an_even_share_among_the_classes_that_occur() -> None:
    assert ClassBalance(PIXELS).rare.tolist() == [1]
    assert ClassBalance(np.array([[10, 11, 0]])).rare.tolist() == []
    assert ClassBalance(np.array([[100, 19, 0, 0]])).rare.tolist() == [1]
    assert ClassBalance(np.array([[100, 40, 0, 0]])).rare.tolist() == []
