"""Scoring a network through the real engine."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lpsnet_ros.engine import Engine
from lpsnet_ros.network import CAMVID, UNLABELED, ClassTable, LPSNet
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames, open_camvid
from lpsnet_ros.training.evaluate import evaluate


@pytest.fixture
def frames(street_root: Path) -> LabelledFrames:
    return open_camvid(street_root, ['train'])


def test_score_is_that_of_the_engines_masks(small_network: LPSNet, frames: LabelledFrames) -> None:
    score = evaluate(small_network, frames, resolution=1.5)
    engine = Engine(small_network, (96, 128), resolution=1.5)
    masks = np.stack([engine(frames.image(i)) for i in range(len(frames))])
    labels = np.stack([frames.label(i) for i in range(len(frames))])
    masks[labels == UNLABELED] = UNLABELED
    for i, name in enumerate(CAMVID.names):
        union = ((masks == i) | (labels == i)).sum()
        expected = ((masks == i) & (labels == i)).sum() / union if union else math.nan
        assert score.per_class[name] == pytest.approx(expected, nan_ok=True)
    assert score.miou == pytest.approx(np.nanmean(list(score.per_class.values())))
    assert score.frames == 6
    assert score.miou > 0


def test_frames_may_differ_in_size(
    small_network: LPSNet, frames: LabelledFrames, tmp_path: Path
) -> None:
    image, label = tmp_path / 'image.png', tmp_path / 'label.png'
    cv2.imwrite(str(image), cv2.resize(frames.image(0), (64, 48)))
    cv2.imwrite(str(label), np.full((48, 64), 3, np.uint8))
    mixed = replace(frames, pairs=(*frames.pairs, (image, label)))
    assert evaluate(small_network, mixed).frames == 7


def test_other_classes_are_refused(small_network: LPSNet, frames: LabelledFrames) -> None:
    small_network.info = replace(small_network.info, classes=ClassTable.numbered(11))
    with pytest.raises(DatasetError, match=r'the network knows class_0, .*; CamVid is labelled'):
        evaluate(small_network, frames)


def test_label_of_another_size_is_refused(
    small_network: LPSNet, frames: LabelledFrames, tmp_path: Path
) -> None:
    label = tmp_path / 'label.png'
    cv2.imwrite(str(label), np.zeros((48, 64), np.uint8))
    wrong = replace(frames, pairs=((frames.pairs[0][0], label),))
    with pytest.raises(
        DatasetError, match=r'label\.png: size \(48, 64\), its frame has \(96, 128\)'
    ):
        evaluate(small_network, wrong)
