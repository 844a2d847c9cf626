"""The whole function from frame to mask against its parts in plain code."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from lpsnet_ros.engine import ImageToMask
from lpsnet_ros.network import LPSNet

NETWORK_SIZE = (72, 88)


def resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(x, size, mode='bilinear', align_corners=True)


def normalised(network: LPSNet, bgr: NDArray[np.uint8]) -> Tensor:
    rgb = bgr[:, :, ::-1] / 255
    values = (rgb - np.array(network.info.mean)) / np.array(network.info.std)
    return torch.from_numpy(values).float().permute(2, 0, 1)[None]


@torch.no_grad()
def scores_step_by_step(network: LPSNet, bgr: NDArray[np.uint8]) -> Tensor:
    """Normalise, resize to every path, segment and upsample: float (C,H,W)."""
    images = normalised(network, bgr)
    height, width = NETWORK_SIZE
    ratios = network.architecture.resolution
    inputs = [resized(images, (int(height * r), int(width * r))) for r in ratios]
    return resized(network.forward_paths(inputs), bgr.shape[:2])[0]


def test_mask_equals_the_steps_one_by_one(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    scores = scores_step_by_step(small_network, picture)
    best, second = scores.topk(2, dim=0).values
    decided = best - second > 1e-3
    mask = ImageToMask(small_network, NETWORK_SIZE)(torch.from_numpy(picture))
    assert decided.float().mean() > 0.99
    assert len(mask.unique()) > 4
    assert torch.equal(mask[decided].long(), scores.argmax(dim=0)[decided])


@torch.no_grad()
def test_logits_are_the_networks_where_it_sees_the_frame_in_its_own_size(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    logits = ImageToMask(small_network, picture.shape[:2]).logits(torch.from_numpy(picture))
    expected = small_network(normalised(small_network, picture))
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-3)


def test_rgb_and_bgr_agree_on_swapped_channels(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    rgb = torch.from_numpy(picture[:, :, ::-1].copy())
    bgr = torch.from_numpy(picture)
    from_rgb = ImageToMask(small_network, NETWORK_SIZE, bgr=False)
    from_bgr = ImageToMask(small_network, NETWORK_SIZE, bgr=True)
    torch.testing.assert_close(from_rgb.logits(rgb), from_bgr.logits(bgr), rtol=0, atol=1e-4)
    assert not torch.allclose(from_rgb.logits(bgr), from_bgr.logits(bgr), atol=0.1)


def test_module_runs_outside_inference_mode_too(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    mask = ImageToMask(small_network, NETWORK_SIZE)(torch.from_numpy(picture))
    assert mask.shape == picture.shape[:2]


@pytest.mark.parametrize('folded', [False, True])
def test_network_given_is_left_as_it_was(small_network: LPSNet, folded: bool) -> None:
    network = small_network.folded() if folded else small_network
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    ImageToMask(network, NETWORK_SIZE, bgr=True)
    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())


def test_network_without_info_is_refused(make_network: Callable[..., LPSNet]) -> None:
    with pytest.raises(ValueError, match='the network has no info'):
        ImageToMask(make_network(), NETWORK_SIZE)


def test_too_small_input_is_refused_at_once(small_network: LPSNet) -> None:
    with pytest.raises(ValueError, match='images of 1x88 are too small'):
        ImageToMask(small_network, (1, 88))
