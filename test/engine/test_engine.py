"""The engine: sizes, resolutions, where a model comes from, and what it refuses."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import Engine, ImageToMask
from lpsnet_ros.network import CAMVID, LPSNet

SIZE = (48, 64)


def share_that_differs(mask: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.mean(mask != other))


def test_mask_is_that_of_the_network_at_the_chosen_resolution(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    mask = Engine(small_network, SIZE, resolution=1.5, precision='fp32')(picture)
    expected = ImageToMask(small_network, (72, 96))(torch.from_numpy(picture)).numpy()
    other = ImageToMask(small_network, (60, 80))(torch.from_numpy(picture)).numpy()
    assert mask.dtype == np.uint8
    assert share_that_differs(mask, expected) < 0.005
    assert share_that_differs(mask, other) > 0.01


def test_paths_of_an_aligned_network_see_other_sizes(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    aligned = copy.deepcopy(small_network)
    aligned.architecture = replace(aligned.architecture, aligned=True)
    mask = Engine(aligned, SIZE, resolution=1.5, precision='fp32')(picture)
    expected = ImageToMask(aligned, (72, 96))(torch.from_numpy(picture)).numpy()
    other = ImageToMask(small_network, (72, 96))(torch.from_numpy(picture)).numpy()
    assert share_that_differs(mask, expected) < 0.005
    assert share_that_differs(mask, other) > 0.01


def test_logits_may_be_finer_than_the_features(
    make_network: Callable[..., LPSNet], small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    fine = make_network(output_stride=8)
    fine.info = small_network.info
    mask = Engine(fine, SIZE, resolution=1.5, precision='fp32')(picture)
    expected = ImageToMask(fine, (72, 96))(torch.from_numpy(picture)).numpy()
    assert len(np.unique(expected)) > 1
    assert share_that_differs(mask, expected) < 0.005


def test_strides_of_the_frame_do_not_matter(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    engine = Engine(small_network, SIZE)
    expected = engine(picture)
    wider = np.zeros((48, 80, 3), np.uint8)
    wider[:, 8:72] = picture
    np.testing.assert_array_equal(engine(wider[:, 8:72]), expected)
    np.testing.assert_array_equal(engine(np.flipud(np.flipud(picture).copy())), expected)
    np.testing.assert_array_equal(engine(np.asfortranarray(picture)), expected)


def test_frame_out_of_a_message_may_be_read_only(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    engine = Engine(small_network, SIZE)
    received = np.frombuffer(picture.tobytes(), np.uint8).reshape(picture.shape)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        mask = engine(received)
    np.testing.assert_array_equal(mask, engine(picture))


def test_frame_is_left_as_it_was(small_network: LPSNet, picture: NDArray[np.uint8]) -> None:
    before = picture.copy()
    Engine(small_network, SIZE)(picture)
    np.testing.assert_array_equal(picture, before)


def test_masks_of_two_frames_do_not_share_memory(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    engine = Engine(small_network, SIZE)
    first = engine(picture)
    kept = first.copy()
    assert not np.array_equal(engine(255 - picture), kept)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ('frame', 'got'),
    [
        (np.zeros((48, 64, 3), np.float32), r'float32 \(48, 64, 3\)'),
        (np.zeros((48, 64, 4), np.uint8), r'uint8 \(48, 64, 4\)'),
        (np.zeros((48, 64), np.uint8), r'uint8 \(48, 64\)'),
        (np.zeros((64, 48, 3), np.uint8), r'uint8 \(64, 48, 3\)'),
    ],
)
def test_other_frames_are_refused(small_network: LPSNet, frame: NDArray, got: str) -> None:
    engine = Engine(small_network, SIZE)
    with pytest.raises(ValueError, match=rf'uint8 frame of shape \(48, 64, 3\), got {got}'):
        engine(frame)


@pytest.mark.parametrize(
    ('height', 'ratio'), [(96, 1.0), (64, 1.5), (48, 2.0), (24, 2.0), (192, 0.5), (480, 0.25)]
)
def test_automatic_resolution_brings_frames_to_the_training_height(
    small_network: LPSNet, height: int, ratio: float
) -> None:
    engine = Engine(small_network, (height, 64))
    assert engine.provenance.resolution == ratio


def test_automatic_resolution_is_one_where_the_training_size_is_unknown(
    small_network: LPSNet,
) -> None:
    small_network.info = replace(small_network.info, training_size=None)
    assert Engine(small_network, SIZE).provenance.resolution == 1.0


@pytest.mark.parametrize('resolution', [0.0, 0.24, 2.01, -1.0, float('nan')])
def test_resolution_out_of_range_is_refused(small_network: LPSNet, resolution: float) -> None:
    with pytest.raises(ValueError, match=r'resolution must be in 0\.25\.\.2\.0, got'):
        Engine(small_network, SIZE, resolution=resolution)


@pytest.mark.parametrize('scale', [0.0, -0.5, 1.01, float('nan')])
def test_mask_scale_out_of_range_is_refused(small_network: LPSNet, scale: float) -> None:
    with pytest.raises(ValueError, match='mask_scale must be above 0 and at most 1, got'):
        Engine(small_network, SIZE, mask_scale=scale)


@pytest.mark.parametrize(
    ('scale', 'size'), [(1.0, (48, 64)), (0.5, (24, 32)), (1 / 3, (16, 21)), (0.001, (1, 1))]
)
def test_mask_scale_is_the_ratio_of_the_masks_sides(
    small_network: LPSNet, picture: NDArray[np.uint8], scale: float, size: tuple[int, int]
) -> None:
    engine = Engine(small_network, SIZE, mask_scale=scale)
    assert engine.mask_size == size
    assert engine(picture).shape == size


def test_too_small_frame_is_refused(small_network: LPSNet) -> None:
    with pytest.raises(ValueError, match=r'frames of 1x64 are too small: .* needs 2 pixels'):
        Engine(small_network, (1, 64), resolution=1.0)


def test_a_frame_too_small_at_its_resolution_is_told_in_its_own_pixels(
    small_network: LPSNet,
) -> None:
    with pytest.raises(ValueError, match=r'frames of 4x4 .* would see 1x1 and needs 2 pixels'):
        Engine(small_network, (4, 4), resolution=0.25)


@pytest.mark.parametrize('dtype', [torch.float16, torch.float64])
def test_weights_may_be_of_any_floating_type(
    small_network: LPSNet, picture: NDArray[np.uint8], dtype: torch.dtype
) -> None:
    expected = Engine(small_network, SIZE, precision='fp32')(picture)
    mask = Engine(small_network.to(dtype), SIZE, precision='fp32')(picture)
    assert np.mean(mask == expected) > 0.99


def test_normalisation_by_whole_numbers(small_network: LPSNet, picture: NDArray[np.uint8]) -> None:
    small_network.info = replace(small_network.info, mean=(0, 0, 0), std=(1, 1, 1))
    engine = Engine(small_network, SIZE, resolution=1.0)
    reference = ImageToMask(small_network, SIZE)(torch.from_numpy(picture)).numpy()
    assert np.mean(engine(picture) == reference) > 0.99


def test_two_threads_may_call_one_engine(small_network: LPSNet) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), np.uint8)
    engine = Engine(small_network, (256, 256))
    expected = [engine(frame) for frame in frames]
    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            for mask, right in zip(threads.map(engine, frames), expected):
                np.testing.assert_array_equal(mask, right)


def test_empty_frame_is_refused(small_network: LPSNet) -> None:
    with pytest.raises(ValueError, match='a frame needs at least one pixel, got 0x64'):
        Engine(small_network, (0, 64))


def test_network_without_info_is_refused(make_network: Callable[..., LPSNet]) -> None:
    with pytest.raises(ValueError, match='the network has no info'):
        Engine(make_network(), SIZE)


def test_engine_of_a_file_knows_where_it_comes_from(small_checkpoint: Path) -> None:
    engine = Engine.load(small_checkpoint, SIZE, backend='cpu', precision='fp32')
    provenance = engine.provenance
    assert provenance.model == str(small_checkpoint)
    assert (provenance.backend, provenance.precision, provenance.device) == ('cpu', 'fp32', 'cpu')
    assert provenance.seconds > 0
    assert engine.classes == CAMVID
    assert engine.size == SIZE


def test_engine_of_a_network_in_memory_is_named_after_its_architecture(
    small_network: LPSNet,
) -> None:
    assert Engine(small_network, SIZE).provenance.model == small_network.architecture.name


def test_file_and_network_in_memory_give_the_same_mask(
    small_network: LPSNet, small_checkpoint: Path, picture: NDArray[np.uint8]
) -> None:
    loaded = Engine.load('small', SIZE, models_dir=small_checkpoint.parent)
    np.testing.assert_array_equal(loaded(picture), Engine(small_network, SIZE)(picture))


def test_options_of_load_reach_the_engine(
    small_checkpoint: Path, picture: NDArray[np.uint8]
) -> None:
    options = {'resolution': 0.5, 'precision': 'fp32'}
    from_bgr = Engine.load(small_checkpoint, SIZE, **options)
    from_rgb = Engine.load(small_checkpoint, SIZE, bgr=False, **options)
    assert from_rgb.provenance.resolution == 0.5
    assert share_that_differs(from_rgb(picture[:, :, ::-1]), from_bgr(picture)) < 0.005
    assert share_that_differs(from_rgb(picture), from_bgr(picture)) > 0.05


def test_what_a_warm_call_takes_tells_a_dear_engine_from_a_cheap_one(
    small_network: LPSNet,
) -> None:
    cheap, dear = (Engine(small_network, (384, 512), resolution=r) for r in (0.25, 2.0))
    assert 0 < cheap.warm_ms < dear.warm_ms


def test_missing_model_lists_those_that_there_are(small_checkpoint: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no model 'large' in .*: available are small"):
        Engine.load('large', SIZE, models_dir=small_checkpoint.parent)
