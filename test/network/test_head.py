"""The head's points: where each channel of its convolution ends up."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from lpsnet_ros.network.head import Head

FEATURES = torch.linspace(-2, 2, 6 * 3 * 5).view(1, 6, 3, 5).sin()


@torch.no_grad()
def test_one_point_for_each_feature_is_a_1x1_convolution() -> None:
    head = Head(6, 4, 1)
    assert head.kernel_size == (1, 1)
    assert torch.equal(head(FEATURES), F.conv2d(FEATURES, head.weight, head.bias))


@pytest.mark.parametrize('points', [2, 4])
@torch.no_grad()
def test_points_lie_from_each_feature_to_the_right_and_below(points: int) -> None:
    head = Head(6, 4, points)
    logits = head(FEATURES)
    assert logits.shape == (1, 4, points * 2 + 1, points * 4 + 1)
    scores = F.conv2d(FEATURES, head.weight, head.bias, padding=1)
    for row in range(points):
        for column in range(points):
            own = logits[..., row::points, column::points]
            channels = scores[:, points * row + column :: points**2]
            assert torch.equal(own, channels[..., : own.shape[-2], : own.shape[-1]])


def test_parameters_are_seen_class_by_class() -> None:
    head = Head(6, 4, 2)
    assert head.by_class(head.bias).shape == (4, 4)
    assert torch.equal(head.by_class(head.weight)[1], head.weight[4:8])
