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

DIFFERENCE_ALLOWED = 0.01
"""By which rounding may move a normalised value, and share of the classes that it may turn."""


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
    """Take the Triton kernels where they compile and do their work on that GPU."""
    try:
        from lpsnet_ros.engine.backends import fill_input_triton, upsample_argmax_triton

        ends = FrameEnds(
            fill_input_triton.fill_input, upsample_argmax_triton.upsample_argmax, 'Triton kernels'
        )
        prove(ends, device)
    except Exception as error:  # Triton fails in many ways: no compiler, no headers, an old GPU.
        note = f'torch in place of Triton kernels ({reason_of(error)})'
        return FrameEnds(fill_input, upsample_argmax, note)
    return ends


def prove(ends: FrameEnds, device: torch.device) -> None:
    """Compare what ends compute with what torch does, on a small picture and logits.

    Raises:
        RuntimeError: with which of them differs; and whatever the ends raise.

    """
    generator = torch.Generator().manual_seed(0)
    frame = torch.randint(0, 256, (23, 37, 3), dtype=torch.uint8, generator=generator).to(device)
    logits = torch.randn(11, 5, 7, generator=generator).to(device)
    normalisation = Normalisation(
        torch.full((3,), 120.0, device=device), torch.full((3,), 60.0, device=device), True
    )
    inputs = [torch.zeros(1, 3, 17, 29, device=device) for _ in range(2)]
    masks = [torch.zeros(20, 33, dtype=torch.uint8, device=device) for _ in range(2)]
    ends.fill_input(frame, normalisation, inputs[0])
    fill_input(frame, normalisation, inputs[1])
    if not torch.allclose(*inputs, atol=DIFFERENCE_ALLOWED):
        raise RuntimeError('fill_input does not compute what torch does')
    ends.upsample_argmax(logits, (23, 37), masks[0])
    upsample_argmax(logits, (23, 37), masks[1])
    if (masks[0] != masks[1]).float().mean() > DIFFERENCE_ALLOWED:
        raise RuntimeError('upsample_argmax does not compute what torch does')


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
