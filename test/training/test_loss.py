"""The loss and its class weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.datasets import open_camvid
from lpsnet_ros.training.loss import class_weights, segmentation_loss

WEIGHTS = torch.tensor([1.0, 2.0, 4.0])


@pytest.fixture
def logits() -> Tensor:
    return torch.sin(torch.arange(2 * 3 * 4 * 5).float()).view(2, 3, 4, 5)


@pytest.fixture
def labels() -> Tensor:
    ids = torch.arange(2 * 4 * 5).view(2, 4, 5) % 3
    ids[:, :, 2] = UNLABELED
    return ids


def test_loss_is_the_weighted_mean_of_the_true_classes_log_likelihood(
    logits: Tensor, labels: Tensor
) -> None:
    total, weight = 0.0, 0.0
    for n, y, x in (labels != UNLABELED).nonzero().tolist():
        true = labels[n, y, x]
        total -= WEIGHTS[true] * torch.log_softmax(logits[n, :, y, x], dim=0)[true]
        weight += WEIGHTS[true]
    torch.testing.assert_close(segmentation_loss(logits, labels, WEIGHTS), total / weight)


def test_void_pixels_do_not_count(logits: Tensor, labels: Tensor) -> None:
    logits.requires_grad_()
    segmentation_loss(logits, labels, WEIGHTS).backward()
    assert not logits.grad[:, :, :, 2].any()
    assert logits.grad[:, :, :, 3].all()


def test_logits_are_resized_to_the_labels(logits: Tensor, labels: Tensor) -> None:
    large = labels.repeat_interleave(3, dim=1).repeat_interleave(3, dim=2)
    scores = F.interpolate(logits, (12, 15), mode='bilinear', align_corners=True)
    expected = segmentation_loss(scores, large, WEIGHTS)
    torch.testing.assert_close(segmentation_loss(logits, large, WEIGHTS), expected)


def test_class_weights_follow_the_pixel_shares_without_void(street_root: Path) -> None:
    frames = open_camvid(street_root, ['train'])
    labels = np.stack([frames.label(index) for index in range(len(frames))])
    counts = np.bincount(labels[labels != UNLABELED], minlength=11)
    expected = 1 / np.log(1.1 + counts / counts.sum())
    weights = class_weights(frames)
    np.testing.assert_allclose(weights, expected, rtol=1e-5)
    pole, road = frames.classes.names.index('pole'), frames.classes.names.index('road')
    assert weights[pole] > 2 * weights[road]
