"""Confidence against the plain softmax of full-size scores, also beside a running engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from engine.logits import SCALED_SIZES, SIZES, noise, scores_at_pixel_centres
from numpy.typing import NDArray
from torch import Tensor

from lpsnet_ros.engine import Engine, ImageToMask
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.confidence import confidence
from lpsnet_ros.engine.native import NativeKernels
from lpsnet_ros.engine.native_build import build
from lpsnet_ros.network import LPSNet

Size = tuple[int, int]
Levels = NDArray[np.uint8]
CASES = [*((logits, mask, mask) for logits, mask in SIZES), *SCALED_SIZES]
FRAME = (96, 132)


def by_torch(logits: Tensor, frame_size: Size, mask_size: Size) -> Levels:
    return confidence(logits, frame_size, mask_size).numpy()


@pytest.fixture(params=['torch', 'kernels on 1 thread', 'kernels on 3 threads'])
def levels_of(request: pytest.FixtureRequest) -> Callable[[Tensor, Size, Size], Levels]:
    if request.param == 'torch':
        return by_torch
    library, note = build(EngineCache())
    if library is None:
        pytest.skip(note)
    kernels = NativeKernels(library, int(request.param.split()[2]))

    def by_kernels(logits: Tensor, frame_size: Size, mask_size: Size) -> Levels:
        levels = np.full(mask_size, 7, np.uint8)
        kernels.confidence(logits.contiguous().numpy(), frame_size, levels)
        return levels

    return by_kernels


def naive(logits: Tensor, frame_size: Size, mask_size: Size) -> NDArray[np.int64]:
    scores = scores_at_pixel_centres(logits, frame_size, mask_size)
    return (255 * scores.softmax(dim=0).amax(dim=0)).round().long().numpy()


@pytest.mark.parametrize('classes', [2, 11, 255])
@pytest.mark.parametrize(('small', 'frame', 'mask_size'), CASES)
def test_equals_the_softmax_of_the_resized_scores(
    levels_of: Callable[[Tensor, Size, Size], Levels],
    small: Size,
    frame: Size,
    mask_size: Size,
    classes: int,
) -> None:
    logits = 4 * noise(classes, *small)
    levels = levels_of(logits, frame, mask_size)
    expected = naive(logits, frame, mask_size)
    assert levels.dtype == np.uint8
    assert np.abs(levels - expected).max() <= 1
    assert np.mean(levels != expected) < 0.02 or levels.size < 100


def test_values_cover_the_range(levels_of: Callable[[Tensor, Size, Size], Levels]) -> None:
    levels = levels_of(4 * noise(11, 12, 17), (90, 131), (90, 131))
    assert len(np.unique(levels)) > 150
    assert levels.min() < 60
    assert levels.max() == 255


@pytest.mark.parametrize(('spread', 'level'), [(0.0, 51), (1e4, 255), (1e30, 255)])
def test_equal_and_extreme_scores(
    levels_of: Callable[[Tensor, Size, Size], Levels], spread: float, level: int
) -> None:
    logits = spread * torch.arange(5.0)[:, None, None].expand(5, 3, 4) - spread
    assert np.all(levels_of(logits, (9, 40), (9, 40)) == level)


@pytest.fixture(params=['kernels', 'no compiler'])
def _compiler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == 'no compiler':
        monkeypatch.setenv('CC', 'no-such-compiler')


@pytest.fixture
def frame(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.tile(picture, (2, 3, 1))[: FRAME[0], : FRAME[1]])


@pytest.mark.usefixtures('_compiler')
@pytest.mark.parametrize('scale', [1.0, 1 / 3, 0.4])
def test_confidence_of_an_engine_is_that_of_its_network(
    small_network: LPSNet, frame: NDArray[np.uint8], scale: float
) -> None:
    engine = Engine(small_network, FRAME, resolution=1.0, mask_scale=scale, precision='fp32')
    segmentation = engine.segment(frame)
    levels = engine.confidence(segmentation)
    logits = ImageToMask(small_network, FRAME).logits(torch.from_numpy(frame))[0]
    expected = naive(logits, FRAME, engine.mask_size)
    np.testing.assert_array_equal(segmentation.mask, engine(frame))
    assert levels.shape == engine.mask_size
    assert np.abs(levels - expected).max() <= 1
    assert len(np.unique(levels)) > 30


def test_further_frames_leave_a_segmentation_as_it_is(
    small_network: LPSNet, frame: NDArray[np.uint8]
) -> None:
    engine = Engine(small_network, FRAME)
    segmentation = engine.segment(frame)
    mask, levels = segmentation.mask.copy(), engine.confidence(segmentation)
    other = engine.confidence(engine.segment(255 - frame))
    assert not np.array_equal(other, levels)
    np.testing.assert_array_equal(segmentation.mask, mask)
    np.testing.assert_array_equal(engine.confidence(segmentation), levels)


@pytest.mark.usefixtures('_compiler')
def test_confidence_beside_further_frames(small_network: LPSNet, frame: NDArray[np.uint8]) -> None:
    engine = Engine(small_network, FRAME)
    frames = [np.roll(frame, 9 * shift, axis=1) for shift in range(20)]
    quiet = [engine.segment(f) for f in frames]
    expected = [engine.confidence(segmentation) for segmentation in quiet]
    with ThreadPoolExecutor(1) as beside:
        results = []
        for f in frames:
            segmentation = engine.segment(f)
            results.append((segmentation, beside.submit(engine.confidence, segmentation)))
        for (segmentation, levels), calm, wanted in zip(results, quiet, expected):
            np.testing.assert_array_equal(segmentation.mask, calm.mask)
            np.testing.assert_array_equal(levels.result(), wanted)


def test_timed_gives_the_same_as_segment(small_network: LPSNet, frame: NDArray[np.uint8]) -> None:
    engine = Engine(small_network, FRAME, backend='cpu')
    segmentation, times = engine.timed(frame)
    np.testing.assert_array_equal(segmentation.mask, engine(frame))
    np.testing.assert_array_equal(
        engine.confidence(segmentation), engine.confidence(engine.segment(frame))
    )
    assert list(times) == ['normalise', 'network', 'upsample+argmax']
