"""From a batch of pictures to what the network takes."""

from __future__ import annotations

from torch import Tensor

from lpsnet_ros.network import NetworkInfo


def normalise(images: Tensor, info: NetworkInfo) -> Tensor:
    """Turn uint8 RGB pictures (N,H,W,3) into the network's float (N,3,H,W), channels last."""
    mean, std = info.pixel_statistics(images.device)
    return ((images - mean) / std).permute(0, 3, 1, 2)
