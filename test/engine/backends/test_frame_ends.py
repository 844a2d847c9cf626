"""The torch version of the GPU pipeline's two ends, on the CPU: it is the same on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from engine.logits import SCALED_SIZES, UNDECIDED, noise, scores_at_pixel_centres
from engine.logits import SIZES as COMMON_SIZES
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.engine.backends.frame_ends import (
    FrameEnds,
    choose_frame_ends,
    fill_input,
    prove,
    upsample_argmax,
)
from lpsnet_ros.engine.backends.normalisation import Normalisation
from lpsnet_ros.engine.sampling import BAND_SCORES
from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.model import resize

NOT_IN_A_CUDA_GRAPH = {'_local_scalar_dense', 'nonzero', 'masked_select', 'unique_dim', 'item'}
SIZES = [*COMMON_SIZES, ((48, 96), (1024, 2048))]


def classes_of(logits: Tensor, size: tuple[int, int]) -> Tensor:
    mask = torch.full(size, 255, dtype=torch.uint8)
    upsample_argmax(logits, size, mask)
    return mask


@pytest.mark.parametrize('dtype', [torch.float32, torch.float16])
@pytest.mark.parametrize(('small', 'large'), SIZES)
def test_mask_equals_argmax_of_the_resized_scores(
    small: tuple[int, int], large: tuple[int, int], dtype: torch.dtype
) -> None:
    logits = noise(11, *small).to(dtype)[None].to(memory_format=torch.channels_last)
    scores = F.interpolate(logits.float(), large, mode='bilinear', align_corners=True)[0]
    best, second = scores.topk(2, dim=0).values
    decided = best - second > UNDECIDED
    mask = classes_of(logits[0], large)
    assert decided.float().mean() > 0.95
    assert torch.equal(mask[decided].long(), scores.argmax(dim=0)[decided])


@pytest.mark.parametrize(('small', 'frame', 'mask_size'), SCALED_SIZES)
def test_smaller_mask_equals_argmax_at_its_pixel_centres(
    small: tuple[int, int], frame: tuple[int, int], mask_size: tuple[int, int]
) -> None:
    logits = noise(11, *small)
    scores = scores_at_pixel_centres(logits, frame, mask_size)
    best, second = scores.topk(2, dim=0).values
    decided = best - second > UNDECIDED
    mask = torch.full(mask_size, 255, dtype=torch.uint8)
    upsample_argmax(logits, frame, mask)
    assert decided.float().mean() > 0.99
    assert torch.equal(mask[decided].long(), scores.argmax(dim=0)[decided])


def test_highest_id_fits() -> None:
    logits = torch.zeros(255, 3, 3)
    logits[254, 1, 1] = 1
    assert classes_of(logits, (5, 5))[2, 2] == 254


class _Operations(TorchDispatchMode):
    """Remembers the operations that ran and how many elements the largest result had."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.elements = 0

    def __torch_dispatch__(
        self, function: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        self.names.add(function.overloadpacket.__name__)
        if isinstance(result, Tensor):
            self.elements = max(self.elements, result.numel())
        return result


def test_nothing_depends_on_values_and_scores_stay_few() -> None:
    logits, mask = noise(19, 16, 32), torch.empty(512, 1024, dtype=torch.uint8)
    with _Operations() as seen:
        upsample_argmax(logits, mask.shape, mask)
    assert 'argmax' in seen.names
    assert not seen.names & NOT_IN_A_CUDA_GRAPH
    assert seen.elements <= BAND_SCORES < 19 * 512 * 1024 / 4


@pytest.mark.parametrize('bgr', [True, False])
@pytest.mark.parametrize('size', [(48, 64), (36, 41), (1, 1), (96, 130)])
@pytest.mark.parametrize('memory_format', [torch.channels_last, torch.contiguous_format])
def test_input_is_the_references(
    small_network: LPSNet,
    picture: NDArray,
    bgr: bool,
    size: tuple[int, int],
    memory_format: torch.memory_format,
) -> None:
    reference = ImageToMask(small_network, (96, 128))
    rgb = torch.from_numpy(picture[:, :, ::-1].copy() if bgr else picture).float()
    normalised = ((rgb - reference.mean) / reference.std).permute(2, 0, 1)[None]
    out = torch.full((1, 3, *size), 9.0).to(memory_format=memory_format)
    normalisation = Normalisation.of(small_network, bgr, torch.device('cpu'))
    fill_input(torch.from_numpy(picture), normalisation, out)
    torch.testing.assert_close(out, resize(normalised, size), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('wrong', ['fill_input', 'upsample_argmax'])
def test_ends_that_do_nothing_do_not_prove_themselves(wrong: str) -> None:
    right = FrameEnds(fill_input, upsample_argmax, 'torch')
    prove(right, torch.device('cpu'))
    with pytest.raises(RuntimeError, match=f'{wrong} does not compute what torch does'):
        prove(replace(right, **{wrong: lambda *_: None}), torch.device('cpu'))


@pytest.mark.skipif(torch.cuda.is_available(), reason='Triton may work here: there is a GPU')
def test_torch_replaces_triton_where_that_does_not_work() -> None:
    ends = choose_frame_ends(torch.device('cpu'))
    assert ends.upsample_argmax is upsample_argmax
    assert ends.fill_input is fill_input
    assert ends.note.startswith('torch in place of Triton kernels (')
