"""What is made of a confusion matrix, against a plain count and against torchmetrics."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_jaccard_index,
    multiclass_precision,
    multiclass_recall,
)

from lpsnet_ros.network import UNLABELED
from lpsnet_ros.training import metrics
from lpsnet_ros.training.metrics import IntersectionOverUnion, mean_iou

CLASSES = 5
ABSENT = 3


def random_masks(seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return predictions and labels with void; neither holds the absent class."""
    rng = np.random.default_rng(seed)
    present = np.array([i for i in range(CLASSES) if i != ABSENT])
    prediction = rng.choice(present, (2, 30, 40))
    label = np.where(rng.random(prediction.shape) < 0.6, prediction, rng.choice(present, (30, 40)))
    label[rng.random(label.shape) < 0.1] = UNLABELED
    return prediction, label


def counted(predictions: NDArray, labels: NDArray) -> list[float]:
    valid = labels != UNLABELED
    ratios = []
    for i in range(CLASSES):
        predicted, labelled = (predictions == i) & valid, labels == i
        union = (predicted | labelled).sum()
        ratios.append((predicted & labelled).sum() / union if union else math.nan)
    return ratios


@pytest.fixture
def iou() -> IntersectionOverUnion:
    return IntersectionOverUnion(CLASSES)


def test_equals_a_plain_count_over_several_updates(iou: IntersectionOverUnion) -> None:
    pairs = [random_masks(seed) for seed in range(3)]
    for prediction, label in pairs:
        iou.update(torch.from_numpy(prediction), torch.from_numpy(label))
    expected = counted(*(np.concatenate(masks) for masks in zip(*pairs)))
    np.testing.assert_allclose(iou.compute(), expected, rtol=1e-12)
    assert math.isnan(expected[ABSENT])
    assert mean_iou(iou.compute()) == pytest.approx(np.nanmean(expected))


def test_scores_count_by_their_best_class(iou: IntersectionOverUnion) -> None:
    prediction, label = map(torch.from_numpy, random_masks(0))
    scores = torch.nn.functional.one_hot(prediction, CLASSES).permute(0, 3, 1, 2).float()
    iou.update(scores, label)
    np.testing.assert_allclose(iou.compute(), counted(prediction.numpy(), label.numpy()))


def test_class_that_is_only_predicted_counts_as_zero(iou: IntersectionOverUnion) -> None:
    iou.update(torch.tensor([[0, 1]]), torch.tensor([[0, 0]]))
    assert iou.compute().tolist()[:2] == [0.5, 0.0]
    assert mean_iou(iou.compute()) == 0.25


def test_prediction_on_void_does_not_count(iou: IntersectionOverUnion) -> None:
    iou.update(torch.tensor([[0, 1]]), torch.tensor([[0, UNLABELED]]))
    assert iou.compute()[0] == 1
    assert iou.compute()[1].isnan()


@pytest.mark.parametrize('seed', range(3))
def test_equals_torchmetrics_with_an_absent_class_and_void(seed: int) -> None:
    mask, label = map(torch.from_numpy, random_masks(seed))
    options = {'num_classes': CLASSES, 'ignore_index': UNLABELED}
    confusion = metrics.confusion_matrix(mask, label, CLASSES)
    per_class = metrics.intersection_over_union(confusion)
    theirs = multiclass_jaccard_index(mask, label, average='macro', **options)
    assert mean_iou(per_class) == pytest.approx(theirs.item(), rel=1e-5)
    assert metrics.pixel_accuracy(confusion) == pytest.approx(
        multiclass_accuracy(mask, label, average='micro', **options).item(), rel=1e-5
    )
    present = [i for i in range(CLASSES) if i != ABSENT]
    for ours, theirs_of in (
        (per_class, multiclass_jaccard_index),
        (metrics.recall(confusion), multiclass_recall),
        (metrics.precision(confusion), multiclass_precision),
    ):
        theirs = theirs_of(mask, label, average=None, **options)
        np.testing.assert_allclose(ours[present], theirs[present], rtol=1e-5)
        assert ours[ABSENT].isnan()


def test_confusion_has_labels_in_rows_and_takes_masks_of_bytes() -> None:
    mask = torch.tensor([[0, 1, 1, 2]], dtype=torch.uint8)
    label = torch.tensor([[0, 0, 1, UNLABELED]], dtype=torch.uint8)
    confusion = metrics.confusion_matrix(mask, label, 3)
    assert confusion.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_a_frame_of_void_has_no_score() -> None:
    void = torch.full((2, 2), UNLABELED, dtype=torch.uint8)
    confusion = metrics.confusion_matrix(torch.zeros_like(void), void, CLASSES)
    assert confusion.sum() == 0
    assert math.isnan(mean_iou(metrics.intersection_over_union(confusion)))
    assert math.isnan(metrics.pixel_accuracy(confusion))


def test_reset_forgets(iou: IntersectionOverUnion) -> None:
    wrong, right = torch.tensor([[1, 1]]), torch.tensor([[0, 0]])
    iou.update(wrong, right)
    iou.reset()
    iou.update(right, right)
    assert mean_iou(iou.compute()) == 1.0
