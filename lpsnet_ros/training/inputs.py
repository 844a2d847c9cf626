"""From a batch of pictures to what the network takes."""

from __future__ import annotations

import torch
from torch import Tensor

from lpsnet_ros.network import NetworkInfo


def normalise(images: Tensor, info: NetworkInfo) -> Tensor:
    """Turn uint8 RGB pictures (N,H,W,3) into the network's float (N,3,H,W), channels last."""
    mean = torch.tensor(info.mean, device=images.device) * 255
    std = torch.tensor(info.std, device=images.device) * 255
    return ((images - mean) / std).permute(0, 3, 1, 2)
