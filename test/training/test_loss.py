"""The loss and its class weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training.balance import count_pixels
from lpsnet_ros.training.datasets import open_dataset
from lpsnet_ros.training.loss import (
    class_weights,
    distillation_loss,
    hardest,
    jaccard_loss,
    segmentation_loss,
)
from lpsnet_ros.training.metrics import IntersectionOverUnion, mean_iou
from lpsnet_ros.training.recipe import Objective

WEIGHTS = torch.tensor([1.0, 2.0, 4.0])
PLAIN = Objective(jaccard=0.0)


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
    torch.testing.assert_close(segmentation_loss(logits, labels, WEIGHTS, PLAIN), total / weight)


def test_void_pixels_do_not_count(logits: Tensor, labels: Tensor) -> None:
    logits.requires_grad_()
    segmentation_loss(logits, labels, WEIGHTS, PLAIN).backward()
    assert not logits.grad[:, :, :, 2].any()
    assert logits.grad[:, :, :, 3].all()


def test_logits_are_resized_to_the_labels(logits: Tensor, labels: Tensor) -> None:
    large = labels.repeat_interleave(3, dim=1).repeat_interleave(3, dim=2)
    scores = F.interpolate(logits, (12, 15), mode='bilinear', align_corners=True)
    expected = segmentation_loss(scores, large, WEIGHTS, PLAIN)
    torch.testing.assert_close(segmentation_loss(logits, large, WEIGHTS, PLAIN), expected)


@pytest.mark.parametrize('objective', [PLAIN, Objective(jaccard=1.0)])
def test_loss_of_void_alone_is_zero_and_trains_nothing(
    logits: Tensor, labels: Tensor, objective: Objective
) -> None:
    logits.requires_grad_()
    loss = segmentation_loss(logits, torch.full_like(labels, UNLABELED), WEIGHTS, objective)
    loss.backward()
    assert loss == 0
    assert not logits.grad.any()


@pytest.mark.parametrize('objective', [PLAIN, Objective(jaccard=1.0)])
def test_half_precision_is_summed_in_full(
    logits: Tensor, labels: Tensor, objective: Objective
) -> None:
    half = (3 * logits).bfloat16()
    expected = segmentation_loss(half.float(), labels, WEIGHTS, objective)
    with torch.autocast('cpu', torch.bfloat16):
        loss = segmentation_loss(half, labels, WEIGHTS, objective)
    torch.testing.assert_close(loss, expected)


def own_probability(scores: Tensor, labels: Tensor) -> Tensor:
    """Return each pixel's probability of its own class, 2 where void."""
    known = labels.where(labels != UNLABELED, 0)
    own = torch.softmax(scores, dim=1).gather(1, known[:, None])[:, 0]
    return own.where(labels != UNLABELED, 2.0)


@pytest.mark.parametrize('threshold', [0.2, 0.3, 0.4])
def test_hard_pixels_are_those_below_the_threshold(
    logits: Tensor, labels: Tensor, threshold: float
) -> None:
    hard = own_probability(logits, labels) <= threshold
    assert 0 < hard.sum() < (labels != UNLABELED).sum()
    kept = hardest(logits.log_softmax(dim=1), labels, threshold, min_kept=1)
    assert torch.equal(kept, labels.where(hard, UNLABELED))


def test_the_hardest_are_kept_where_too_few_are_hard(logits: Tensor, labels: Tensor) -> None:
    kept = hardest(logits.log_softmax(dim=1), labels, threshold=1e-6, min_kept=7)
    own = own_probability(logits, labels)
    assert torch.equal(kept, labels.where(own <= own.flatten().sort().values[6], UNLABELED))
    assert (kept != UNLABELED).sum() == 7


def test_all_labelled_pixels_are_kept_where_the_batch_is_small(
    logits: Tensor, labels: Tensor
) -> None:
    assert torch.equal(
        hardest(logits.log_softmax(dim=1), labels, threshold=0.1, min_kept=10_000), labels
    )


def test_ohem_is_the_mean_over_the_hard_pixels(logits: Tensor, labels: Tensor) -> None:
    objective = replace(PLAIN, loss='ohem', ohem_threshold=0.3, ohem_min_kept=1)
    hard = hardest(logits.log_softmax(dim=1), labels, 0.3, 1)
    loss = segmentation_loss(logits, labels, WEIGHTS, objective)
    torch.testing.assert_close(loss, segmentation_loss(logits, hard, WEIGHTS, PLAIN))
    assert loss > 1.2 * segmentation_loss(logits, labels, WEIGHTS, PLAIN)


def test_jaccard_of_certain_scores_is_what_the_metric_counts(labels: Tensor) -> None:
    mask = (labels.where(labels != UNLABELED, 0) * 7 // 3) % 3
    mask[0, 0] = labels[0, 0].where(labels[0, 0] != UNLABELED, 1)
    certain = 100 * F.one_hot(mask, 3).permute(0, 3, 1, 2).float()
    counted = IntersectionOverUnion(3)
    counted.update(certain, labels)
    expected = 1 - mean_iou(counted.compute())
    assert 0.1 < expected < 0.9
    torch.testing.assert_close(jaccard_loss(certain.log_softmax(dim=1), labels).item(), expected)


def test_jaccard_is_over_the_classes_that_the_labels_show(logits: Tensor, labels: Tensor) -> None:
    labels = labels.where(labels != 2, UNLABELED)
    p = torch.softmax(logits, dim=1) * (labels != UNLABELED)[:, None]
    expected = 0.0
    for class_ in (0, 1):
        truth = labels == class_
        overlap = p[:, class_][truth].sum()
        expected += (1 - overlap / (p[:, class_].sum() + truth.sum() - overlap)) / 2
    torch.testing.assert_close(jaccard_loss(logits.log_softmax(dim=1), labels), expected)


def test_jaccard_is_added_with_its_weight(logits: Tensor, labels: Tensor) -> None:
    expected = segmentation_loss(logits, labels, WEIGHTS, PLAIN)
    expected = expected + 0.5 * jaccard_loss(logits.log_softmax(dim=1), labels)
    loss = segmentation_loss(logits, labels, WEIGHTS, replace(PLAIN, jaccard=0.5))
    torch.testing.assert_close(loss, expected)


def test_a_teacher_that_agrees_gives_no_loss(logits: Tensor) -> None:
    # Logits that differ by a constant mean the same.
    assert distillation_loss(logits, logits + 3, temperature=2.0).abs() < 1e-6


@pytest.mark.parametrize('temperature', [1.0, 3.0])
def test_distillation_is_the_divergence_from_the_teacher(
    logits: Tensor, temperature: float
) -> None:
    teacher = torch.cos(torch.arange(2 * 3 * 8 * 10).float()).view(2, 3, 8, 10)
    resized = F.interpolate(teacher, (4, 5), mode='bilinear', align_corners=True)
    p = torch.softmax(resized / temperature, dim=1)
    q = torch.softmax(logits / temperature, dim=1)
    expected = temperature**2 * (p * (p.log() - q.log())).sum(dim=1).mean()
    assert expected > 0.1
    torch.testing.assert_close(distillation_loss(logits, teacher, temperature), expected)


def test_class_weights_follow_the_pixel_shares_without_void(street_root: Path) -> None:
    frames = open_dataset('camvid', street_root, ['train'])
    labels = np.stack([frames.label(index) for index in range(len(frames))])
    counts = np.bincount(labels[labels != UNLABELED], minlength=11)
    expected = 1 / np.log(1.1 + counts / counts.sum())
    weights = class_weights(count_pixels(frames))
    np.testing.assert_allclose(weights, expected, rtol=1e-5)
    pole, road = frames.classes.names.index('pole'), frames.classes.names.index('road')
    assert weights[pole] > 2 * weights[road]
