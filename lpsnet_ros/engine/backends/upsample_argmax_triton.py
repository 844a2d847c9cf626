"""Class of every pixel from low-resolution logits in one Triton kernel."""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from lpsnet_ros.engine.backends.triton_resize import mixed, neighbours
from lpsnet_ros.engine.sampling import Size, mask_sides

TILE = (4, 128)


def upsample_argmax(logits: Tensor, frame_size: Size, mask: Tensor) -> None:
    """Fill a mask with the best class of each pixel of the bilinearly resized logits.

    Scores exist in registers only, in float32. Of equal scores the lowest class wins.

    Args:
        logits: floating (C,h,w) on the GPU, in any memory format; channels last is fastest.
        frame_size: (height, width) of the frame, whose corners are those of the logits.
        mask: contiguous uint8 (H,W) on the same GPU, at most of the frame's size.

    """
    rows, columns = mask_sides(logits.shape[1:], frame_size, mask.shape)
    grid = (triton.cdiv(columns.pixels, TILE[1]), triton.cdiv(rows.pixels, TILE[0]))
    _kernel[grid](
        logits, *logits.stride(), mask, *rows, *columns,
        classes=logits.shape[0], tile_rows=TILE[0], tile_columns=TILE[1],
    )  # fmt: skip


# Triton reads annotations as types of its own: the arguments without one are pointers and numbers.
@triton.jit
def _kernel(
    logits, class_stride, row_stride, column_stride,
    mask,
    height, new_height, row_offset, row_step,
    width, new_width, column_offset, column_step,
    classes: tl.constexpr, tile_rows: tl.constexpr, tile_columns: tl.constexpr,
):  # fmt: skip
    y = tl.program_id(1) * tile_rows + tl.arange(0, tile_rows)
    x = tl.program_id(0) * tile_columns + tl.arange(0, tile_columns)
    top, bottom, below = neighbours(y, row_offset, row_step, height)
    left, right, beside = neighbours(x, column_offset, column_step, width)
    upper = logits + (top * row_stride)[:, None]
    lower = logits + (bottom * row_stride)[:, None]
    first = (left * column_stride)[None, :]
    second = (right * column_stride)[None, :]
    best = tl.full((tile_rows, tile_columns), float('-inf'), tl.float32)
    winner = tl.zeros((tile_rows, tile_columns), tl.int32)
    for index in range(classes):
        plane = index * class_stride
        score = mixed(upper + plane, lower + plane, first, second, below[:, None], beside[None, :])
        better = score > best
        best = tl.where(better, score, best)
        winner = tl.where(better, index, winner)
    inside = (y < new_height)[:, None] & (x < new_width)[None, :]
    target = mask + (y * new_width)[:, None] + x[None, :]
    tl.store(target, winner.to(tl.uint8), mask=inside)
