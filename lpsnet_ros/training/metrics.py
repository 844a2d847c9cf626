"""What a confusion matrix says of a network: IoU, recall, precision, pixel accuracy."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics.classification import MulticlassConfusionMatrix
from torchmetrics.functional.classification import multiclass_confusion_matrix

from lpsnet_ros.network import UNLABELED


class IntersectionOverUnion(MulticlassConfusionMatrix):
    """Per-class IoU over everything it was updated with; void pixels do not count.

    ``compute`` returns float (C,) in 0..1, NaN for a class that occurs neither in the labels nor
    in the predictions, as in the official evaluation script.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__(num_classes, ignore_index=UNLABELED)

    def compute(self) -> Tensor:
        return intersection_over_union(super().compute())


def confusion_matrix(mask: Tensor, label: Tensor, num_classes: int) -> Tensor:
    """Count pixels: row the labelled class, column the predicted one; void does not count.

    Args:
        mask, label: class ids of one size, ``UNLABELED`` in the label where void.
        num_classes: rows and columns of the result.

    Returns:
        int64 (C,C).

    """
    return multiclass_confusion_matrix(
        mask.long(), label.long(), num_classes, ignore_index=UNLABELED, validate_args=False
    )


def intersection_over_union(confusion: Tensor) -> Tensor:
    """Return tp / (tp + fp + fn) of each class, float64 (C,); NaN where it does not occur."""
    hits = confusion.diagonal().double()
    return hits / (confusion.sum(0) + confusion.sum(1) - hits)


def recall(confusion: Tensor) -> Tensor:
    """Return the share of each class's labelled pixels that were found, float64 (C,); or NaN."""
    return confusion.diagonal().double() / confusion.sum(1)


def precision(confusion: Tensor) -> Tensor:
    """Return the share of each class's predicted pixels that are right, float64 (C,); or NaN."""
    return confusion.diagonal().double() / confusion.sum(0)


def pixel_accuracy(confusion: Tensor) -> float:
    """Return the share of labelled pixels that were predicted right; NaN where there are none."""
    return (confusion.diagonal().sum().double() / confusion.sum()).item()


def mean_iou(per_class: Tensor) -> float:
    """Mean over the classes that occur."""
    return torch.nanmean(per_class).item()
