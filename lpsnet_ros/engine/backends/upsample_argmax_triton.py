"""Class of every pixel from low-resolution logits in one Triton kernel."""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from lpsnet_ros.engine.upsample_argmax import source_step

TILE = (4, 128)


def upsample_argmax(logits: Tensor, mask: Tensor) -> None:
    """Fill a mask with the best class of each pixel of the bilinearly resized logits.

    Scores exist in registers only, in float32. Corners are aligned; of equal scores the lowest
    class wins.

    Args:
        logits: floating (C,h,w) on the GPU, in any memory format; channels last is fastest.
        mask: contiguous uint8 (H,W) on the same GPU.

    """
    classes, height, width = logits.shape
    new_height, new_width = mask.shape
    grid = (triton.cdiv(new_width, TILE[1]), triton.cdiv(new_height, TILE[0]))
    _kernel[grid](
        logits, *logits.stride(), height, width,
        mask, new_height, new_width,
        source_step(height, new_height), source_step(width, new_width),
        classes=classes, tile_rows=TILE[0], tile_columns=TILE[1],
    )  # fmt: skip


# Triton reads annotations as types of its own: the arguments without one are pointers and numbers.
@triton.jit
def _kernel(
    logits, class_stride, row_stride, column_stride, height, width,
    mask, new_height, new_width,
    row_step, column_step,
    classes: tl.constexpr, tile_rows: tl.constexpr, tile_columns: tl.constexpr,
):  # fmt: skip
    y = tl.program_id(1) * tile_rows + tl.arange(0, tile_rows)
    x = tl.program_id(0) * tile_columns + tl.arange(0, tile_columns)
    # Rows and columns beyond the mask land on the last ones of the logits: loads need no mask.
    row = y.to(tl.float32) * row_step
    column = x.to(tl.float32) * column_step
    top = tl.minimum(row.to(tl.int32), height - 1)
    left = tl.minimum(column.to(tl.int32), width - 1)
    below = (row - top.to(tl.float32))[:, None]
    beside = (column - left.to(tl.float32))[None, :]
    upper = logits + (top * row_stride)[:, None]
    lower = logits + (tl.minimum(top + 1, height - 1) * row_stride)[:, None]
    first = (left * column_stride)[None, :]
    second = (tl.minimum(left + 1, width - 1) * column_stride)[None, :]
    best = tl.full((tile_rows, tile_columns), float('-inf'), tl.float32)
    winner = tl.zeros((tile_rows, tile_columns), tl.int32)
    for index in range(classes):
        plane = index * class_stride
        upper_left = tl.load(upper + first + plane).to(tl.float32)
        upper_right = tl.load(upper + second + plane).to(tl.float32)
        lower_left = tl.load(lower + first + plane).to(tl.float32)
        lower_right = tl.load(lower + second + plane).to(tl.float32)
        above = upper_left * (1 - beside) + upper_right * beside
        under = lower_left * (1 - beside) + lower_right * beside
        score = above * (1 - below) + under * below
        better = score > best
        best = tl.where(better, score, best)
        winner = tl.where(better, index, winner)
    inside = (y < new_height)[:, None] & (x < new_width)[None, :]
    target = mask + (y * new_width)[:, None] + x[None, :]
    tl.store(target, winner.to(tl.uint8), mask=inside)
