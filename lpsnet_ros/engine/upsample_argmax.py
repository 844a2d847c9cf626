"""Class of every pixel from low-resolution logits, without full-size scores."""

from __future__ import annotations

import torch
from torch import Tensor

from lpsnet_ros.engine.sampling import Size, mask_sides, neighbours


def upsample_argmax(logits: Tensor, frame_size: Size, mask_size: Size) -> Tensor:
    """Resize logits bilinearly and take the best class of each pixel of a mask.

    Equals ``argmax`` of the resized float scores, exact ties aside. Between four neighbouring
    logits that agree on the class, every pixel has that class (its scores are a convex
    combination of theirs), so scores are computed only where neighbours disagree, one row of
    logits at a time: memory grows with the logits and the mask alone.

    Args:
        logits: float (C,h,w).
        frame_size: (height, width) of the frame, whose corners are those of the logits.
        mask_size: (height, width) of the result, at most the frame's.

    Returns:
        uint8 class ids of the mask's size.

    """
    rows, columns = map(neighbours, mask_sides(logits.shape[1:], frame_size, mask_size))
    coarse = logits.argmax(dim=0)
    mask = coarse.to(torch.uint8)[rows.first][:, columns.first]
    mixed = _disagreeing_cells(coarse)
    wide = torch.lerp(logits[:, :, columns.first], logits[:, :, columns.second], columns.weight)
    for row in mixed.any(dim=1).nonzero().flatten().tolist():
        start, stop = torch.searchsorted(rows.first, torch.tensor([row, row + 1])).tolist()
        pixels = mixed[row][columns.first].nonzero().flatten()
        upper = wide[:, row, pixels].unsqueeze(1)
        lower = wide[:, min(row + 1, wide.shape[1] - 1), pixels].unsqueeze(1)
        scores = torch.lerp(upper, lower, rows.weight[start:stop, None])
        mask[start:stop].index_copy_(1, pixels, _argmax(scores))
    return mask


def _disagreeing_cells(coarse: Tensor) -> Tensor:
    """Mark the cells (h,w), by their upper left corner, whose corners differ in class."""
    padded = torch.nn.functional.pad(coarse[None].float(), (0, 1, 0, 1), mode='replicate')[0]
    corners = torch.stack([padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]])
    return (corners != corners[0]).any(dim=0)


def _argmax(scores: Tensor) -> Tensor:
    """Return uint8 argmax over the first dimension; several times as fast as torch's on CPU."""
    best = scores[0].clone()
    ids = torch.zeros(best.shape, dtype=torch.uint8)
    for index in range(1, scores.shape[0]):
        ids.masked_fill_(scores[index] > best, index)
        torch.maximum(best, scores[index], out=best)
    return ids
