"""Intersection over union from one confusion matrix over all frames."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics.classification import MulticlassConfusionMatrix

from lpsnet_ros.network import UNLABELED


class IntersectionOverUnion(MulticlassConfusionMatrix):
    """Per-class IoU over everything it was updated with; void pixels do not count.

    ``compute`` returns float (C,) in 0..1, NaN for a class that occurs neither in the labels nor
    in the predictions, as in the official evaluation script.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__(num_classes, ignore_index=UNLABELED)

    def compute(self) -> Tensor:
        confusion = super().compute().double()
        hits = confusion.diagonal()
        return hits / (confusion.sum(0) + confusion.sum(1) - hits)


def mean_iou(per_class: Tensor) -> float:
    """Mean over the classes that occur."""
    return torch.nanmean(per_class).item()
