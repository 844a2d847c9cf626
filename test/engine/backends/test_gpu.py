"""The GPU back ends on a GPU: against float32 torch, frame after frame, and out of memory."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import Engine, ImageToMask
from lpsnet_ros.engine.backends import BACKENDS, frame_ends
from lpsnet_ros.engine.backends.base import PreparationError
from lpsnet_ros.engine.backends.normalisation import Normalisation
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.frames import render_street
from lpsnet_ros.network import LPSNet, load_checkpoint

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason='torch finds no GPU: nothing here has run'
)
SIZE = (360, 480)
AGREEMENT = {'fp32': 0.999, 'fp16': 0.995, 'bf16': 0.98}
STAGES = ['upload', 'normalise', 'network', 'upsample+argmax', 'download']


@pytest.fixture(scope='module')
def network() -> LPSNet:
    try:
        return load_checkpoint(find_checkpoint('s'))
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(scope='module')
def frames() -> list[NDArray[np.uint8]]:
    return [render_street(9 * index, SIZE)[0] for index in range(4)]


@pytest.fixture(scope='module')
def expected(network: LPSNet, frames: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Return the masks of float32 torch on the CPU, at the resolution that is asked for here."""
    reference = ImageToMask(network, (720, 960))
    with torch.inference_mode():
        return [reference(torch.from_numpy(frame)).numpy() for frame in frames]


@pytest.fixture
def _little_memory() -> Iterator[None]:
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-5)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


def tensorrt_or_skip() -> None:
    reason = BACKENDS['torch_tensorrt'].unavailable()
    if reason:
        pytest.skip(f'torch_tensorrt can not work here: {reason}')


def agreement(mask: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.mean(mask == other))


@pytest.mark.parametrize('precision', list(AGREEMENT))
def test_masks_of_changing_frames_are_the_references(
    network: LPSNet,
    frames: list[NDArray[np.uint8]],
    expected: list[NDArray[np.uint8]],
    precision: str,
) -> None:
    engine = Engine(network, SIZE, resolution=2.0, backend='cuda', precision=precision)
    masks = [engine(frame) for frame in frames]
    for mask, reference in zip(masks, expected):
        assert agreement(mask, reference) >= AGREEMENT[precision]
    assert agreement(masks[0], masks[-1]) < 1
    np.testing.assert_array_equal(engine(frames[0]), masks[0])


def test_timed_gives_the_same_mask_and_all_stages(
    network: LPSNet, frames: list[NDArray[np.uint8]]
) -> None:
    engine = Engine(network, SIZE, backend='cuda')
    segmentation, times = engine.timed(frames[1])
    np.testing.assert_array_equal(segmentation.mask, engine(frames[1]))
    assert list(times) == STAGES
    assert min(times.values()) >= 0


@pytest.mark.parametrize('scale', [1.0, 1 / 3])
def test_confidence_is_that_of_the_frame_whatever_came_after(
    network: LPSNet, frames: list[NDArray[np.uint8]], scale: float
) -> None:
    options = {'resolution': 2.0, 'mask_scale': scale}
    engine = Engine(network, SIZE, backend='cuda', precision='fp32', **options)
    reference = Engine(network, SIZE, backend='cpu', precision='fp32', **options)
    segmented = [engine.segment(frames[0]), engine.timed(frames[1])[0]]
    masks = [engine(frame) for frame in frames]
    for segmentation, frame, mask in zip(segmented, frames, masks):
        expected = reference.confidence(reference.segment(frame)).astype(int)
        levels = engine.confidence(segmentation)
        assert levels.shape == engine.mask_size
        assert np.mean(np.abs(levels - expected) > 3) < 0.01
        np.testing.assert_array_equal(segmentation.mask, mask)


def test_rgb_and_odd_sizes(network: LPSNet, frames: list[NDArray[np.uint8]]) -> None:
    frame = np.ascontiguousarray(frames[0][:231, :333])
    from_bgr = Engine(network, (231, 333), backend='cuda')(frame)
    from_rgb = Engine(network, (231, 333), bgr=False, backend='cuda')(frame[:, :, ::-1])
    np.testing.assert_array_equal(from_bgr, from_rgb)


@pytest.mark.parametrize('bgr', [True, False])
def test_kernels_equal_torch_on_the_gpu(network: LPSNet, bgr: bool) -> None:
    device = torch.device('cuda')
    ends = frame_ends.choose_frame_ends(device)
    if ends.note != 'Triton kernels':
        pytest.skip(ends.note)
    frame = torch.randint(0, 256, (231, 333, 3), dtype=torch.uint8, device=device)
    normalisation = Normalisation.of(network, bgr, device)
    made = [torch.zeros(1, 3, 173, 249, dtype=torch.float16, device=device) for _ in range(2)]
    ends.fill_input(frame, normalisation, made[0])
    frame_ends.fill_input(frame, normalisation, made[1])
    torch.testing.assert_close(*made, rtol=2e-3, atol=2e-3)
    logits = torch.randn(11, 15, 21, device=device)
    masks = [torch.zeros(231, 333, dtype=torch.uint8, device=device) for _ in range(2)]
    ends.upsample_argmax(logits, (231, 333), masks[0])
    frame_ends.upsample_argmax(logits, (231, 333), masks[1])
    assert (masks[0] != masks[1]).float().mean() < 1e-3


@pytest.mark.usefixtures('_little_memory')
def test_out_of_memory_is_told_and_auto_goes_on(network: LPSNet) -> None:
    with pytest.raises(PreparationError, match='not enough GPU memory for frames of 2000x1000'):
        Engine(network, (1000, 2000), backend='cuda')
    provenance = Engine(network, (1000, 2000)).provenance
    assert provenance.backend == 'cpu'
    assert 'cuda: not enough GPU memory' in provenance.reason


def test_second_start_takes_the_engine_from_the_cache(
    network: LPSNet,
    frames: list[NDArray[np.uint8]],
    expected: list[NDArray[np.uint8]],
    tmp_path: Path,
) -> None:
    tensorrt_or_skip()
    options = {'resolution': 2.0, 'backend': 'torch_tensorrt', 'cache_dir': tmp_path}
    first, second = (Engine(network, SIZE, **options) for _ in range(2))
    assert first.provenance.note.startswith('engine built (no torch_tensorrt in')
    assert 'kept for the next start' in first.provenance.note
    assert second.provenance.note.startswith('engine from the cache')
    for frame, reference in zip(frames, expected):
        assert agreement(second(frame), reference) >= AGREEMENT['fp16']
        np.testing.assert_array_equal(first(frame), second(frame))


def test_engine_that_does_not_prove_itself_is_built_again(network: LPSNet, tmp_path: Path) -> None:
    tensorrt_or_skip()
    options = {'backend': 'torch_tensorrt', 'cache_dir': tmp_path}
    Engine(network, SIZE, **options)
    cache = EngineCache(tmp_path)
    entry = next(e for e in cache.entries() if e.kind == 'torch_tensorrt')
    cache.store(entry.kind, entry.fields, lambda path: path.write_bytes(b'no engine'))
    note = Engine(network, SIZE, **options).provenance.note
    assert note.startswith('engine built (') and 'can not be used' in note
