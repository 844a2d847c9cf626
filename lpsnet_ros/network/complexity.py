"""Size and work of a deployed LPS-Net, counted from its dimensions alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lpsnet_ros.network.architecture import STRIDES, Architecture
from lpsnet_ros.network.head import kernel_size

KERNEL_AREA = 9


class _Convolution(NamedTuple):
    in_channels: int
    out_channels: int
    stride: int


def count_parameters(architecture: Architecture, num_classes: int) -> int:
    """Count weights and biases of the folded network, head included."""
    path = sum(
        (KERNEL_AREA * c.in_channels + 1) * c.out_channels for c in _convolutions(architecture)
    )
    head = _head_weights(architecture, num_classes) + num_classes * _points(architecture)
    return architecture.num_paths * path + head


def count_multiply_adds(
    architecture: Architecture, num_classes: int, size: tuple[int, int]
) -> int:
    """Count the multiply-adds of the convolutions for one image, as papers count MACs.

    Resizing, biases and ReLUs are left out. The three forms of a network (with identity branches,
    with batch normalisation, folded) count the same.

    Args:
        architecture: its three dimensions.
        num_classes: channels of the logits.
        size: (height, width) of the picture that the network sees.

    """
    total, features = 0, 0
    for height, width in architecture.path_sizes(size):
        for c in _convolutions(architecture):
            height, width = -(-height // c.stride), -(-width // c.stride)
            total += KERNEL_AREA * c.in_channels * c.out_channels * height * width
        features = features or height * width
    return total + _head_weights(architecture, num_classes) * features


def _convolutions(architecture: Architecture) -> Iterator[_Convolution]:
    """Yield the 3x3 convolutions of one path; all paths have the same."""
    in_channels = 3
    for blocks, channels, stride in zip(architecture.depth, architecture.width, STRIDES):
        for index in range(blocks):
            yield _Convolution(in_channels, channels, stride if index == 0 else 1)
            in_channels = channels


def _head_weights(architecture: Architecture, num_classes: int) -> int:
    area = kernel_size(architecture.points_per_feature) ** 2
    return area * architecture.feature_channels * num_classes * _points(architecture)


def _points(architecture: Architecture) -> int:
    """Count what the head scores for each feature."""
    return architecture.points_per_feature**2
