"""Runs the Triton kernels on the CPU, interpreted, and prints how far they are from torch.

A process of its own, because Triton reads TRITON_INTERPRET when it is imported.
"""

from __future__ import annotations

import json
import os

os.environ['TRITON_INTERPRET'] = '1'

import torch
from engine.logits import SCALED_SIZES, scores_at_pixel_centres

from lpsnet_ros.engine.backends import fill_input_triton, frame_ends, upsample_argmax_triton
from lpsnet_ros.engine.backends.normalisation import Normalisation

UNDECIDED = 1e-4
SIZES = [
    ((5, 7), (23, 150)),
    ((5, 7), (5, 7)),
    ((9, 13), (8, 11)),
    ((1, 7), (9, 20)),
    ((7, 1), (20, 9)),
    ((1, 1), (3, 5)),
    ((6, 8), (1, 1)),
]
LAYOUTS = {
    'channels last, half': (torch.float16, torch.channels_last),
    'contiguous, float': (torch.float32, torch.contiguous_format),
}


def wrong_classes(
    small: tuple[int, int], frame: tuple[int, int], mask_size: tuple[int, int], layout: str
) -> int:
    """Count decided pixels whose class is not that of the scores at the mask's pixels."""
    dtype, memory_format = LAYOUTS[layout]
    noise = torch.randn(1, 11, *small, generator=torch.Generator().manual_seed(3))
    logits = noise.to(dtype).to(memory_format=memory_format)
    mask = torch.full(mask_size, 255, dtype=torch.uint8)
    upsample_argmax_triton.upsample_argmax(logits[0], frame, mask)
    scores = scores_at_pixel_centres(logits[0], frame, mask_size)
    best, second = scores.topk(2, dim=0).values
    return int(((mask != scores.argmax(dim=0)) & (best - second > UNDECIDED)).sum())


def largest_error(
    size: tuple[int, int], new_size: tuple[int, int], layout: str, bgr: bool
) -> float:
    """Return the largest difference from torch's version, around the digits of the type."""
    dtype, memory_format = LAYOUTS[layout]
    generator = torch.Generator().manual_seed(3)
    frame = torch.randint(0, 256, (*size, 3), generator=generator, dtype=torch.uint8)
    normalisation = Normalisation(
        torch.tensor([100.0, 120.0, 140.0]), torch.tensor([50.0, 60.0, 70.0]), bgr
    )
    made = [
        torch.full((1, 3, *new_size), 99, dtype=dtype).to(memory_format=memory_format)
        for _ in range(2)
    ]
    fill_input_triton.fill_input(frame, normalisation, made[0])
    frame_ends.fill_input(frame, normalisation, made[1])
    return (made[0] - made[1]).abs().max().item() / torch.finfo(dtype).eps


if __name__ == '__main__':
    ends = frame_ends.choose_frame_ends(torch.device('cpu'))
    results = {'refused': int(ends.note != 'Triton kernels')}
    for layout in LAYOUTS:
        for small, large in SIZES:
            case = f'{small} -> {large}, {layout}'
            results[f'classes {case}'] = wrong_classes(small, large, large, layout)
            for bgr in (True, False):
                results[f'input {case}, bgr={bgr}'] = largest_error(small, large, layout, bgr)
        for small, frame, mask_size in SCALED_SIZES:
            case = f'{small} -> {mask_size} of {frame}, {layout}'
            results[f'classes {case}'] = wrong_classes(small, frame, mask_size, layout)
    print(json.dumps(results))
