"""Upsampling with argmax against the plain way, which holds full-size scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from engine.logits import SCALED_SIZES, UNDECIDED, noise, scores_at_pixel_centres
from engine.logits import SIZES as COMMON_SIZES
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from lpsnet_ros.engine.upsample_argmax import upsample_argmax

SIZES = [*COMMON_SIZES, ((45, 60), (360, 480)), ((30, 40), (11, 9))]


def smooth(classes: int, height: int, width: int) -> Tensor:
    coarse = noise(classes, 4, 4)[None]
    return F.interpolate(coarse, (height, width), mode='bicubic', align_corners=True)[0]


def full_size_scores(logits: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(logits[None], size, mode='bilinear', align_corners=True)[0]


@pytest.mark.parametrize('logits_of', [noise, smooth])
@pytest.mark.parametrize(('small', 'large'), SIZES)
def test_equals_argmax_of_the_resized_scores(
    logits_of: Callable[[int, int, int], Tensor], small: tuple[int, int], large: tuple[int, int]
) -> None:
    logits = logits_of(11, *small)
    scores = full_size_scores(logits, large)
    best, second = scores.topk(2, dim=0).values
    decided = best - second > UNDECIDED
    mask = upsample_argmax(logits, large, large)
    assert mask.dtype == torch.uint8
    assert decided.float().mean() > 0.99
    assert torch.equal(mask[decided].long(), scores.argmax(dim=0)[decided])


@pytest.mark.parametrize('logits_of', [noise, smooth])
@pytest.mark.parametrize(('small', 'frame', 'mask_size'), SCALED_SIZES)
def test_smaller_mask_equals_argmax_at_its_pixel_centres(
    logits_of: Callable[[int, int, int], Tensor],
    small: tuple[int, int],
    frame: tuple[int, int],
    mask_size: tuple[int, int],
) -> None:
    logits = logits_of(11, *small)
    scores = scores_at_pixel_centres(logits, frame, mask_size)
    best, second = scores.topk(2, dim=0).values
    decided = best - second > UNDECIDED
    mask = upsample_argmax(logits, frame, mask_size)
    assert mask.shape == mask_size
    assert decided.float().mean() > 0.99
    assert torch.equal(mask[decided].long(), scores.argmax(dim=0)[decided])


def test_mask_of_a_third_is_every_third_pixel() -> None:
    logits = smooth(11, 12, 17)
    whole = upsample_argmax(logits, (90, 132), (90, 132))
    third = upsample_argmax(logits, (90, 132), (30, 44))
    assert (third == whole[1::3, 1::3]).float().mean() > 0.999


def test_highest_id_fits() -> None:
    logits = torch.zeros(255, 3, 3)
    logits[254, 1, 1] = 1
    mask = upsample_argmax(logits, (5, 5), (5, 5))
    assert mask[2, 2] == 254


def test_class_that_wins_only_between_its_neighbours_is_found() -> None:
    logits = torch.tensor([[[9.0, 0.0]], [[0.0, 9.0]], [[8.0, 8.0]]])
    assert upsample_argmax(logits, (1, 5), (1, 5)).tolist() == [[0, 2, 2, 2, 1]]


class _LargestResult(TorchDispatchMode):
    """Remembers how many elements the largest tensor had that any operation returned."""

    elements = 0

    def __torch_dispatch__(
        self, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        if isinstance(result, Tensor):
            self.elements = max(self.elements, result.numel())
        return result


def test_no_full_size_scores_are_held() -> None:
    logits, size = noise(19, 16, 32), (256, 512)
    full_size = 19 * size[0] * size[1]
    with _LargestResult() as naive:
        full_size_scores(logits, size)
    with _LargestResult() as frugal:
        upsample_argmax(logits, size, size)
    assert naive.elements == full_size
    assert frugal.elements < full_size / 10
