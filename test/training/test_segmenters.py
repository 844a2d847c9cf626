"""What is scored: engines of any kind, and averages over sizes and mirror images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import Engine, ImageToMask
from lpsnet_ros.network import LPSNet
from lpsnet_ros.network.model import resize
from lpsnet_ros.training.segmenters import Averages, Engines

SIZE = (48, 64)


def test_engines_are_those_of_the_options_and_kept(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    engines = Engines(small_network, backend='cpu', precision='bf16', resolution=1.5, model='x')
    engine = engines.for_size(SIZE)
    origin = engine.provenance
    assert (origin.backend, origin.precision, origin.resolution) == ('cpu', 'bf16', 1.5)
    assert origin.model == 'x'
    assert engines.for_size(SIZE) is engine
    assert engines.classes is small_network.info.classes
    expected = Engine(small_network, SIZE, backend='cpu', precision='bf16', resolution=1.5)
    np.testing.assert_array_equal(engine(picture), expected(picture))


@pytest.mark.parametrize('resolution', [None, 1.5])
def test_an_average_over_nothing_else_is_what_the_engine_gives(
    small_network: LPSNet, picture: NDArray[np.uint8], resolution: float | None
) -> None:
    average = Averages(small_network, resolution=resolution).for_size(SIZE)
    engine = Engine(small_network, SIZE, resolution=resolution, precision='fp32', backend='cpu')
    assert np.mean(average(picture) == engine(picture)) > 0.999
    assert average.provenance.resolution == engine.provenance.resolution


def test_probabilities_are_averaged_over_scales_and_mirror_images(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    scales = (0.75, 1.0, 1.25)
    average = Averages(small_network, scales, flip=True, resolution=1.0).for_size(SIZE)
    total = np.zeros((11, *SIZE))
    for scale in scales:
        view = ImageToMask(small_network, (round(48 * scale), round(64 * scale)))
        for mirrored in (False, True):
            frame = torch.from_numpy(picture[:, ::-1].copy() if mirrored else picture)
            with torch.inference_mode():
                scores = resize(view.logits(frame), SIZE)[0].numpy()
            shares = np.exp(scores) / np.exp(scores).sum(0)
            total += shares[..., ::-1] if mirrored else shares
    assert np.mean(average(picture) == total.argmax(0)) > 0.999
    alone = Averages(small_network, resolution=1.0).for_size(SIZE)
    assert np.mean(average(picture) == alone(picture)) < 0.99


def test_mirrored_frames_get_mirrored_masks(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    average = Averages(small_network, flip=True).for_size(SIZE)
    mirrored = average(np.ascontiguousarray(picture[:, ::-1]))
    assert np.mean(mirrored[:, ::-1] == average(picture)) > 0.999


def test_an_average_says_how_it_was_computed(small_network: LPSNet) -> None:
    origin = Averages(small_network, (0.5, 1.0), flip=True, model='x').for_size(SIZE).provenance
    assert (origin.model, origin.backend, origin.precision) == ('x', 'eager torch', 'fp32')
    assert origin.note == 'scales 0.5, 1, each also mirrored'
    plain = Averages(small_network, (0.5,)).for_size(SIZE).provenance
    assert plain.note == 'scales 0.5'
