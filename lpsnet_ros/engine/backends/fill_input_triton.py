"""Camera frame to the normalised input of a path in one Triton kernel."""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from lpsnet_ros.engine.backends.normalisation import Normalisation
from lpsnet_ros.engine.upsample_argmax import source_step

TILE = (4, 64)
CHANNELS = 3


def fill_input(frame: Tensor, normalisation: Normalisation, out: Tensor) -> None:
    """Resize a frame bilinearly (aligned corners) and normalise it, in float32 registers.

    Args:
        frame: contiguous uint8 (H,W,3) on the GPU.
        normalisation: its tensors on the same GPU.
        out: floating (1,3,h,w) RGB on the same GPU, in any memory format.

    """
    height, width = frame.shape[:2]
    new_height, new_width = out.shape[2:]
    grid = (triton.cdiv(new_width, TILE[1]), triton.cdiv(new_height, TILE[0]))
    _kernel[grid](
        frame, height, width,
        normalisation.mean, normalisation.std,
        out, *out.stride()[1:], new_height, new_width,
        source_step(height, new_height), source_step(width, new_width),
        channels=CHANNELS, bgr=normalisation.bgr, tile_rows=TILE[0], tile_columns=TILE[1],
    )  # fmt: skip


# Triton reads annotations as types of its own: the arguments without one are pointers and numbers.
@triton.jit
def _kernel(
    frame, height, width,
    mean, std,
    out, channel_stride, row_stride, column_stride, new_height, new_width,
    row_step, column_step,
    channels: tl.constexpr, bgr: tl.constexpr,
    tile_rows: tl.constexpr, tile_columns: tl.constexpr,
):  # fmt: skip
    y = tl.program_id(1) * tile_rows + tl.arange(0, tile_rows)
    x = tl.program_id(0) * tile_columns + tl.arange(0, tile_columns)
    # Rows and columns beyond the input land on the last ones of the frame: loads need no mask.
    row = y.to(tl.float32) * row_step
    column = x.to(tl.float32) * column_step
    top = tl.minimum(row.to(tl.int32), height - 1)
    left = tl.minimum(column.to(tl.int32), width - 1)
    below = (row - top.to(tl.float32))[:, None]
    beside = (column - left.to(tl.float32))[None, :]
    upper = frame + (top * width * channels)[:, None]
    lower = frame + (tl.minimum(top + 1, height - 1) * width * channels)[:, None]
    first = (left * channels)[None, :]
    second = (tl.minimum(left + 1, width - 1) * channels)[None, :]
    inside = (y < new_height)[:, None] & (x < new_width)[None, :]
    target = out + (y * row_stride)[:, None] + (x * column_stride)[None, :]
    for channel in tl.static_range(channels):
        source = channels - 1 - channel if bgr else channel
        upper_left = tl.load(upper + first + source).to(tl.float32)
        upper_right = tl.load(upper + second + source).to(tl.float32)
        lower_left = tl.load(lower + first + source).to(tl.float32)
        lower_right = tl.load(lower + second + source).to(tl.float32)
        above = upper_left * (1 - beside) + upper_right * beside
        under = lower_left * (1 - beside) + lower_right * beside
        value = above * (1 - below) + under * below
        value = (value - tl.load(mean + channel)) / tl.load(std + channel)
        place = target + channel * channel_stride
        tl.store(place, value.to(out.dtype.element_ty), mask=inside)
