"""Logits and sizes that every way of upsampling them is tested with."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

UNDECIDED = 1e-5
"""Pixels whose two best scores are closer may have either class."""

SIZES = [
    ((12, 17), (90, 131)),
    ((5, 7), (5, 7)),
    ((9, 13), (8, 14)),
    ((1, 7), (16, 50)),
    ((7, 1), (50, 16)),
    ((1, 1), (9, 9)),
    ((6, 8), (1, 40)),
    ((6, 8), (40, 1)),
    ((6, 8), (1, 1)),
]
"""Heights and widths of logits and of their masks."""

SCALED_SIZES = [
    ((12, 17), (90, 132), (30, 44)),
    ((12, 17), (91, 131), (45, 66)),
    ((12, 17), (90, 131), (81, 118)),
    ((45, 60), (90, 131), (9, 13)),
    ((5, 7), (1, 40), (1, 10)),
    ((6, 8), (33, 50), (1, 1)),
]
"""Heights and widths of logits, frames, and masks that are smaller than these."""


def noise(classes: int, height: int, width: int) -> Tensor:
    return torch.randn(classes, height, width, generator=torch.Generator().manual_seed(3))


def scores_at_pixel_centres(
    logits: Tensor, frame_size: tuple[int, int], mask_size: tuple[int, int]
) -> Tensor:
    """Return the logits (C,h,w), aligned with the frame's corners, at a mask's pixel centres."""
    rows, columns = (
        (2 * ((torch.arange(new, dtype=torch.float64) + 0.5) * old / new - 0.5) / max(old - 1, 1))
        - 1
        for old, new in zip(frame_size, mask_size)
    )
    y, x = torch.meshgrid(rows, columns, indexing='ij')
    grid = torch.stack([x, y], dim=2)[None]
    return F.grid_sample(
        logits[None].double(), grid, mode='bilinear', padding_mode='border', align_corners=True
    )[0]
