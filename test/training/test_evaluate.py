"""Scoring a network through the real engine."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import CAMVID, UNLABELED, ClassTable, LPSNet, load_checkpoint
from lpsnet_ros.training.datasets import DatasetError, LabelledFrames, open_dataset
from lpsnet_ros.training.evaluate import evaluate, score_masks
from lpsnet_ros.training.segmenters import Engines


@pytest.fixture
def frames(street_root: Path) -> LabelledFrames:
    return open_dataset('camvid', street_root, ['train'])


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
    assert score.pixel_accuracy == pytest.approx((masks == labels)[labels != UNLABELED].mean())
    assert score.frames == 6
    assert score.miou > 0


def test_score_is_that_of_the_official_way_on_real_frames(camvid_root: Path) -> None:
    """Count naively what the whole float scores, upsampled to the label's size, give."""
    network = load_checkpoint(find_checkpoint('s'))
    frames = open_dataset('camvid', camvid_root, ['val']).subset([0, 60])
    hits, union = np.zeros(11, np.int64), np.zeros(11, np.int64)
    for index in range(len(frames)):
        image, label = frames.frame(index)
        pixels = torch.from_numpy(image[..., ::-1].copy()).float() / 255
        pixels = (pixels - torch.tensor(network.info.mean)) / torch.tensor(network.info.std)
        with torch.inference_mode():
            logits = network(pixels.permute(2, 0, 1)[None])
        scores = F.interpolate(logits, label.shape, mode='bilinear', align_corners=True)
        mask = scores[0].argmax(0).numpy()
        for i in range(11):
            predicted, labelled = (mask == i) & (label != UNLABELED), label == i
            hits[i] += (predicted & labelled).sum()
            union[i] += (predicted | labelled).sum()
    engines = Engines(network, resolution=1.0, backend='cpu', precision='fp32')
    score = score_masks(engines, frames)
    expected = np.where(union > 0, hits / np.maximum(union, 1), np.nan)
    np.testing.assert_allclose(list(score.per_class.values()), expected, atol=2e-4)
    assert score.miou == pytest.approx(np.nanmean(expected), abs=1e-4)


def test_every_frame_has_a_score_of_its_own(small_network: LPSNet, frames: LabelledFrames) -> None:
    score = evaluate(small_network, frames)
    assert [f.name for f in score.per_frame] == ['A_0', 'A_1', 'A_2', 'A_3', 'B_0', 'B_1']
    for frame in score.per_frame:
        alone = evaluate(small_network, frames.subset([frame.index]))
        assert frame.miou == pytest.approx(alone.miou)
    assert len(score.times) == 6
    assert score.provenances[96, 128].backend == 'cpu'


def test_the_worst_frames_come_first_and_void_ones_never(
    small_network: LPSNet, frames: LabelledFrames, tmp_path: Path
) -> None:
    label = tmp_path / 'void.png'
    cv2.imwrite(str(label), np.full((96, 128), len(CAMVID), np.uint8))
    with_void = replace(frames, pairs=((frames.pairs[0][0], label), *frames.pairs))
    score = evaluate(small_network, with_void)
    worst = score.worst(4)
    others = [f for f in score.per_frame if f not in worst and not math.isnan(f.miou)]
    assert [f.miou for f in worst] == sorted(f.miou for f in worst)
    assert worst[-1].miou <= min(f.miou for f in others)
    assert len(score.worst(100)) == 6


def test_frames_of_which_nothing_is_labelled_are_refused(
    small_network: LPSNet, frames: LabelledFrames, tmp_path: Path
) -> None:
    label = tmp_path / 'void.png'
    cv2.imwrite(str(label), np.full((96, 128), len(CAMVID), np.uint8))
    void = replace(frames, pairs=((frames.pairs[0][0], label),))
    with pytest.raises(DatasetError, match='all 1 labels of CamVid to score on are void'):
        evaluate(small_network, void)


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
    with pytest.raises(
        DatasetError, match=r'the network knows class_0, .*; CamVid .*: choose a --model'
    ):
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
