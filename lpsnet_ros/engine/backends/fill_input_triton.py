"""Camera frame to the normalised input of a path in one Triton kernel."""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from lpsnet_ros.engine.backends.normalisation import Normalisation
from lpsnet_ros.engine.backends.triton_resize import mixed, neighbours
from lpsnet_ros.engine.sampling import resized_side

TILE = (4, 64)
CHANNELS = 3


def fill_input(frame: Tensor, normalisation: Normalisation, out: Tensor) -> None:
    """Resize a frame bilinearly (aligned corners) and normalise it, in float32 registers.

    Args:
        frame: contiguous uint8 (H,W,3) on the GPU.
        normalisation: its tensors on the same GPU.
        out: floating (1,3,h,w) RGB on the same GPU, in any memory format.

    """
    rows, columns = (resized_side(*sizes) for sizes in zip(frame.shape[:2], out.shape[2:]))
    grid = (triton.cdiv(columns.pixels, TILE[1]), triton.cdiv(rows.pixels, TILE[0]))
    _kernel[grid](
        frame, normalisation.mean, normalisation.std, out, *out.stride()[1:], *rows, *columns,
        channels=CHANNELS, bgr=normalisation.bgr, tile_rows=TILE[0], tile_columns=TILE[1],
    )  # fmt: skip


# Triton reads annotations as types of its own: the arguments without one are pointers and numbers.
@triton.jit
def _kernel(
    frame, mean, std,
    out, channel_stride, row_stride, column_stride,
    height, new_height, row_offset, row_step,
    width, new_width, column_offset, column_step,
    channels: tl.constexpr, bgr: tl.constexpr,
    tile_rows: tl.constexpr, tile_columns: tl.constexpr,
):  # fmt: skip
    y = tl.program_id(1) * tile_rows + tl.arange(0, tile_rows)
    x = tl.program_id(0) * tile_columns + tl.arange(0, tile_columns)
    top, bottom, below = neighbours(y, row_offset, row_step, height)
    left, right, beside = neighbours(x, column_offset, column_step, width)
    upper = frame + (top * width * channels)[:, None]
    lower = frame + (bottom * width * channels)[:, None]
    first = (left * channels)[None, :]
    second = (right * channels)[None, :]
    inside = (y < new_height)[:, None] & (x < new_width)[None, :]
    target = out + (y * row_stride)[:, None] + (x * column_stride)[None, :]
    for channel in tl.static_range(channels):
        source = channels - 1 - channel if bgr else channel
        value = mixed(
            upper + source, lower + source, first, second, below[:, None], beside[None, :]
        )
        value = (value - tl.load(mean + channel)) / tl.load(std + channel)
        place = target + channel * channel_stride
        tl.store(place, value.to(out.dtype.element_ty), mask=inside)
