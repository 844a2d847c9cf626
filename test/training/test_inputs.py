"""Batches as the network takes them."""

from __future__ import annotations

import torch

from lpsnet_ros.network import LPSNet
from lpsnet_ros.training.inputs import normalise


def test_normalise_follows_the_network_info(small_network: LPSNet) -> None:
    pixels = torch.arange(2 * 4 * 5 * 3, dtype=torch.uint8).view(2, 4, 5, 3)
    info = small_network.info
    images = normalise(pixels, info)
    assert images.shape == (2, 3, 4, 5)
    for channel in range(3):
        plane = (pixels[..., channel] / 255 - info.mean[channel]) / info.std[channel]
        torch.testing.assert_close(images[:, channel], plane)
