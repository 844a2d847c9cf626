"""Normalisation inside the first convolutions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine.input_folding import fold_normalisation, frame_mean
from lpsnet_ros.network import LPSNet


@pytest.mark.parametrize('bgr', [True, False])
def test_first_convolutions_take_padded_frames_as_they_are(
    small_network: LPSNet, picture: NDArray[np.uint8], bgr: bool
) -> None:
    network = small_network.folded()
    info = network.info
    rgb = (picture[:, :, ::-1] if bgr else picture) / 255
    normalised = (rgb - np.array(info.mean)) / np.array(info.std)
    images = torch.from_numpy(normalised).float().permute(2, 0, 1)[None]

    padded = frame_mean(network, bgr).repeat(50, 66, 1)
    padded[1:-1, 1:-1] = torch.from_numpy(picture)
    frames = padded.permute(2, 0, 1)[None]

    folded = fold_normalisation(network, bgr)
    for path, original in zip(folded.paths, network.paths):
        expected = original.stages[0][0](images)
        torch.testing.assert_close(path.stages[0][0](frames), expected, rtol=1e-4, atol=1e-4)
    assert expected.std() > 0.1
