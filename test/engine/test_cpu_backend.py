"""The CPU back end against the reference, with its own kernels and without a compiler."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from engine.logits import scores_at_pixel_centres
from numpy.typing import NDArray

from lpsnet_ros.engine import Engine, ImageToMask
from lpsnet_ros.network import LPSNet

UNDECIDED = 1e-3


@pytest.fixture(params=['kernels', 'no compiler'])
def _compiler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == 'no compiler':
        monkeypatch.setenv('CC', 'no-such-compiler')


def tiled(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.tile(picture, (4, 4, 1))[: size[0], : size[1]])


@pytest.mark.usefixtures('_compiler')
@pytest.mark.parametrize('bgr', [True, False])
@pytest.mark.parametrize(
    ('size', 'ratio'),
    [((48, 64), 2.0), ((48, 64), 0.7), ((97, 131), 1.0), ((33, 250), 0.5), ((2, 190), 2.0)],
)
def test_mask_is_the_references(
    small_network: LPSNet,
    picture: NDArray[np.uint8],
    size: tuple[int, int],
    ratio: float,
    bgr: bool,
) -> None:
    frame = tiled(picture, size)
    network_size = (round(size[0] * ratio), round(size[1] * ratio))
    reference = ImageToMask(small_network, network_size, bgr)
    logits = reference.logits(torch.from_numpy(frame))
    scores = torch.nn.functional.interpolate(logits, size, mode='bilinear', align_corners=True)[0]
    best, second = scores.topk(2, dim=0).values
    decided = (best - second > UNDECIDED).numpy()
    engine = Engine(
        small_network, size, resolution=ratio, bgr=bgr, backend='cpu', precision='fp32'
    )
    assert decided.mean() > 0.98
    np.testing.assert_array_equal(engine(frame)[decided], scores.argmax(dim=0).numpy()[decided])


@pytest.mark.usefixtures('_compiler')
@pytest.mark.parametrize('scale', [1 / 3, 0.5, 0.3, 0.01])
def test_smaller_mask_shows_its_pixel_centres(
    small_network: LPSNet, picture: NDArray[np.uint8], scale: float
) -> None:
    frame = tiled(picture, (96, 132))
    options = {'resolution': 1.0, 'backend': 'cpu', 'precision': 'fp32'}
    engine = Engine(small_network, (96, 132), mask_scale=scale, **options)
    logits = ImageToMask(small_network, (96, 132)).logits(torch.from_numpy(frame))[0]
    scores = scores_at_pixel_centres(logits, engine.size, engine.mask_size)
    best, second = scores.topk(2, dim=0).values
    decided = (best - second > UNDECIDED).numpy()
    mask = engine(frame)
    assert mask.shape == engine.mask_size
    assert decided.mean() > 0.9
    np.testing.assert_array_equal(mask[decided], scores.argmax(dim=0).numpy()[decided])


@pytest.mark.usefixtures('_compiler')
def test_mask_of_a_third_is_every_third_pixel(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    frame = tiled(picture, (96, 132))
    options = {'resolution': 1.0, 'backend': 'cpu', 'precision': 'fp32'}
    whole = Engine(small_network, (96, 132), **options)(frame)
    third = Engine(small_network, (96, 132), mask_scale=1 / 3, **options)(frame)
    assert len(np.unique(third)) > 3
    assert np.mean(third != whole[1::3, 1::3]) < 1e-3


def test_half_the_digits_change_few_pixels(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    masks = [
        Engine(small_network, (48, 64), backend='cpu', precision=precision)(picture)
        for precision in ('fp32', 'bf16')
    ]
    assert np.mean(masks[0] != masks[1]) < 0.05


def test_missing_compiler_is_told(small_network: LPSNet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('CC', 'no-such-compiler')
    provenance = Engine(small_network, (48, 64), backend='cpu').provenance
    assert 'no C compiler' in provenance.note
