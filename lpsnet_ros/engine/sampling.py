"""Where the pixels of a resized side lie in its source, and resizing a band at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

Size = tuple[int, int]
BAND_SCORES = 2**21
"""How many scores are held at a time: 8 MiB, however large the result."""


class Side(NamedTuple):
    """One side of a resize: pixel ``i`` of ``pixels`` lies at ``offset + i * step``.

    Positions are in pixels of the source, which has ``source`` of them.
    """

    source: int
    pixels: int
    offset: float
    step: float


def resized_side(source: int, pixels: int) -> Side:
    """Return the side of a resize with aligned corners."""
    return mask_side(source, pixels, pixels)


def mask_side(source: int, frame: int, pixels: int) -> Side:
    """Return where the pixels of a mask lie in the logits.

    The logits' corners are those of the frame. A mask that is smaller than the frame shows it at
    the centres of its own, larger pixels, as a camera image that image_proc resized does.

    Args:
        source: pixels of the logits along this side.
        frame: pixels of the frame.
        pixels: of the mask, at most those of the frame.

    """
    unit = (source - 1) / (frame - 1) if frame > 1 else 0.0
    ratio = frame / pixels
    return Side(source, pixels, (ratio - 1) / 2 * unit, ratio * unit)


def mask_sides(source: Size, frame: Size, mask: Size) -> tuple[Side, Side]:
    """Return the ``mask_side`` of the heights and of the widths."""
    rows, columns = (mask_side(*sizes) for sizes in zip(source, frame, mask))
    return rows, columns


class Neighbours(NamedTuple):
    """The two source indices of each new index, and the weight of the second."""

    first: Tensor
    second: Tensor
    weight: Tensor


def neighbours(side: Side, device: torch.device | None = None) -> Neighbours:
    """Return between which pixels of the source those of a resized side lie."""
    position = torch.arange(side.pixels, dtype=torch.float32, device=device)
    position = position * side.step + side.offset
    first = position.long().clamp(max=side.source - 1)
    return Neighbours(first, (first + 1).clamp(max=side.source - 1), position - first)


def resized_bands(logits: Tensor, frame: Size, mask: Size) -> Iterator[tuple[slice, Tensor]]:
    """Resize logits (C,h,w) to the pixels of a mask, a band of its rows at a time.

    Nothing here depends on values, so that a CUDA graph can hold it.

    Yields:
        The band's rows and their float32 scores (C,rows,W).

    """
    sides = mask_sides(logits.shape[1:], frame, mask)
    rows, columns = (neighbours(side, logits.device) for side in sides)
    band_rows = max(1, BAND_SCORES // (logits.shape[0] * mask[1]))
    for start in range(0, mask[0], band_rows):
        band = slice(start, start + band_rows)
        narrow = _mixed(logits, 1, Neighbours(*(v[band] for v in rows)))
        yield band, _mixed(narrow, 2, columns)


def _mixed(scores: Tensor, dim: int, source: Neighbours) -> Tensor:
    first, second = (scores.index_select(dim, i).float() for i in source[:2])
    weight = source.weight[:, None] if dim == 1 else source.weight
    return first.lerp_(second, weight)
