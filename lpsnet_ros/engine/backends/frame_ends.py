"""The two ends of the pipeline on a GPU, by Triton where it works, else by torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lpsnet_ros.engine.backends.normalisation import Normalisation
from lpsnet_ros.engine.reason import reason_of
from lpsnet_ros.engine.sampling import Size, resized_bands
from lpsnet_ros.network.model import resize


@dataclass(frozen=True)
class FrameEnds:
    """What turns a frame into a path's input and logits into a mask, and how it was chosen.

    Args:
        fill_input: uint8 frame (H,W,3), its normalisation -> fills floating (1,3,h,w) RGB.
        upsample_argmax: floating logits (C,h,w), the frame's size -> fills uint8 mask (H,W).
        note: ``Triton kernels``, or why torch does it.

    """

    fill_input: Callable[[Tensor, Normalisation, Tensor], None]
    upsample_argmax: Callable[[Tensor, Size, Tensor], None]
    note: str


def choose_frame_ends(device: torch.device) -> FrameEnds:
    """Take the Triton kernels where they compile and run on that GPU."""
    try:
        from lpsnet_ros.engine.backends import fill_input_triton, upsample_argmax_triton

        ends = FrameEnds(
            fill_input_triton.fill_input, upsample_argmax_triton.upsample_argmax, 'Triton kernels'
        )
        _try(ends, device)
    except Exception as error:  # Triton fails in many ways: no compiler, no headers, an old GPU.
        note = f'torch in place of Triton kernels ({reason_of(error)})'
        return FrameEnds(fill_input, upsample_argmax, note)
    return ends


def _try(ends: FrameEnds, device: torch.device) -> None:
    frame = torch.zeros(2, 2, 3, dtype=torch.uint8, device=device)
    normalisation = Normalisation(
        torch.zeros(3, device=device), torch.ones(3, device=device), True
    )
    values = torch.ones(1, 3, 2, 2, device=device)
    ends.fill_input(frame, normalisation, values)
    ends.upsample_argmax(values[0], (2, 2), frame[:, :, 0].contiguous())
    if values.any():
        raise RuntimeError('the kernels ran and did nothing')


def fill_input(frame: Tensor, normalisation: Normalisation, out: Tensor) -> None:
    """Fill a path's input (1,3,h,w) with the resized and normalised frame, uint8 (H,W,3)."""
    pixels = resize(frame.permute(2, 0, 1)[None].float(), out.shape[2:])
    rgb = pixels.flip(1) if normalisation.bgr else pixels
    mean, std = (v[:, None, None] for v in (normalisation.mean, normalisation.std))
    out.copy_((rgb - mean) / std)


def upsample_argmax(logits: Tensor, frame_size: Size, mask: Tensor) -> None:
    """Fill a uint8 mask (H,W) from logits (C,h,w), a band of rows at a time."""
    for band, scores in resized_bands(logits, frame_size, mask.shape):
        mask[band] = scores.argmax(dim=0)
