"""The last convolution: from features to the logits of every class."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from lpsnet_ros.network.architecture import Architecture

KERNEL_OF_POINTS = 3


class Head(nn.Conv2d):
    """Scores points of the features' grid: float (N,Ci,h,w) -> logits (N,C,H,W).

    With one point for each feature this is the paper's 1x1 convolution. With more a side, the
    scores of the points to its right and below are further channels of a 3x3 one (sub-pixel
    convolution, arXiv 1609.05158), each class's row by row. Beyond the last feature there are
    none, which keeps the corners aligned: H is points * (h - 1) + 1.
    """

    def __init__(self, in_channels: int, num_classes: int, points: int) -> None:
        kernel = kernel_size(points)
        super().__init__(in_channels, num_classes * points**2, kernel, padding=kernel // 2)
        self.points = points

    @classmethod
    def of(cls, architecture: Architecture, num_classes: int) -> Head:
        """Build the head of an architecture's features."""
        return cls(architecture.feature_channels, num_classes, architecture.points_per_feature)

    def forward(self, features: Tensor) -> Tensor:
        scores = super().forward(features)
        if self.points == 1:
            return scores
        height, width = (grid_side(side, self.points) for side in features.shape[-2:])
        return F.pixel_shuffle(scores, self.points)[..., :height, :width]

    def by_class(self, parameter: Tensor) -> Tensor:
        """View a weight or bias as (C,points**2,...)."""
        return parameter.unflatten(0, (-1, self.points**2))


def kernel_size(points: int) -> int:
    """Side of the head's kernel: points between features are scored from those around."""
    return 1 if points == 1 else KERNEL_OF_POINTS


def grid_side(features: int, points: int) -> int:
    """How many points there are from the first to the last of some features in a row."""
    return points * (features - 1) + 1
