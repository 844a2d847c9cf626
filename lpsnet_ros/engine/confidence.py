"""How sure the network is of each pixel's class, from the low-resolution logits."""

from __future__ import annotations

import torch
from torch import Tensor

from lpsnet_ros.engine.sampling import Size, resized_bands

FULL = 255


def confidence(logits: Tensor, frame_size: Size, mask_size: Size) -> Tensor:
    """Return the softmax probability of each pixel's best class, of the resized logits.

    Works a band of rows at a time, on the logits' device: memory grows with the result alone.

    Args:
        logits: floating (C,h,w).
        frame_size: (height, width) of the frame, whose corners are those of the logits.
        mask_size: (height, width) of the result, at most the frame's.

    Returns:
        uint8 of the mask's size, 0..255 for 0..1, rounded.

    """
    levels = torch.empty(mask_size, dtype=torch.uint8, device=logits.device)
    for band, scores in resized_bands(logits, frame_size, mask_size):
        below_best = scores.sub_(scores.amax(dim=0))
        # The best class itself contributes exp(0) = 1.
        levels[band] = (FULL / below_best.exp_().sum(dim=0)).round_()
    return levels
