"""What the Triton kernels share: bilinear interpolation between four neighbours."""

from __future__ import annotations

import triton
import triton.language as tl


# Triton reads annotations as types of its own: the arguments are pointers, numbers and blocks.
@triton.jit
def neighbours(index, offset, step, source):
    """Return the two indices that pixels lie between, and the weight of the second.

    Pixels beyond the end land on the last ones of the source: loads need no mask.
    """
    position = index.to(tl.float32) * step + offset
    first = tl.minimum(position.to(tl.int32), source - 1)
    return first, tl.minimum(first + 1, source - 1), position - first.to(tl.float32)


@triton.jit
def mixed(upper, lower, left, right, below, beside):
    """Load four neighbours and interpolate, in float32.

    Args:
        upper, lower: pointers to the two rows, a column of them.
        left, right: offsets of the two columns, a row of them.
        below, beside: weights of the lower row and of the right column.

    """
    upper_left = tl.load(upper + left).to(tl.float32)
    upper_right = tl.load(upper + right).to(tl.float32)
    lower_left = tl.load(lower + left).to(tl.float32)
    lower_right = tl.load(lower + right).to(tl.float32)
    above = upper_left * (1 - beside) + upper_right * beside
    under = lower_left * (1 - beside) + lower_right * beside
    return above * (1 - below) + under * below
