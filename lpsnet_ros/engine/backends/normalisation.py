"""How frames become what a network was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lpsnet_ros.network import LPSNet


@dataclass(frozen=True)
class Normalisation:
    """What is taken from a pixel and what it is divided by.

    The GPU back ends normalise while they resize instead of folding it into the network as the
    CPU does: arithmetic is free in a kernel that waits for memory, values around zero keep more
    digits in half precision than 0..255, and the convolutions pad with their own zeros.

    Args:
        mean, std: float32 (3,) of red, green and blue in 0..255.
        bgr: the frames' channels are blue, green, red; else red, green, blue.

    """

    mean: Tensor
    std: Tensor
    bgr: bool

    @classmethod
    def of(cls, network: LPSNet, bgr: bool, device: torch.device) -> Normalisation:
        """Read it from a network's ``info``."""
        return cls(*network.info.pixel_statistics(device), bgr)
