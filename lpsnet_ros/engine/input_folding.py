"""Moving the normalisation of frames into the network's first convolutions."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from lpsnet_ros.network import LPSNet


def frame_mean(network: LPSNet, bgr: bool) -> Tensor:
    """Return the normalisation's mean as a pixel of a frame: float (3,), 0..255."""
    mean, _ = network.info.pixel_statistics()
    return mean.flip(0) if bgr else mean


@torch.no_grad()
def fold_normalisation(network: LPSNet, bgr: bool) -> LPSNet:
    """Return a copy that takes frames as they are, 0..255 in their own channel order.

    A convolution of (x - mean) / std is one of x with other weights and bias. Its zero padding of
    the normalised picture is a padding of the frame with the mean, which the caller has to do:
    the first convolutions no longer pad, so each path's input must be one pixel larger on every
    side, filled with ``frame_mean``.

    Args:
        network: folded, with its ``info``.
        bgr: the frames' channels are blue, green, red.

    """
    folded = copy.deepcopy(network).requires_grad_(False)
    mean, std = network.info.pixel_statistics()
    scale, shift = 1 / std, mean / std
    for path in folded.paths:
        conv = path.stages[0][0].conv
        conv.bias -= torch.einsum('oihw,i->o', conv.weight, shift)
        weight = conv.weight * scale[:, None, None]
        conv.weight.copy_(weight.flip(1) if bgr else weight)
        conv.padding = (0, 0)
    return folded
