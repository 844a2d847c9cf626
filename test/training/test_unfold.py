"""Training forms of deployed networks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lpsnet_ros.network import LPSNet
from lpsnet_ros.training.unfold import KERNEL_NORM, unfolded


@pytest.fixture
def pictures() -> list[Tensor]:
    random = torch.Generator().manual_seed(0)
    return [torch.randn(n, 3, 64, 96, generator=random) for n in (2, 1)]


def test_it_computes_what_the_folded_network_does(
    small_network: LPSNet, pictures: list[Tensor]
) -> None:
    folded = small_network.folded()
    trainable = unfolded(folded, pictures)
    assert not trainable.is_folded
    assert not trainable.training
    assert trainable.info == small_network.info
    with torch.no_grad():
        for batch in pictures:
            torch.testing.assert_close(trainable(batch), folded(batch), rtol=1e-4, atol=1e-4)
            again = trainable.folded()
            torch.testing.assert_close(again(batch), folded(batch), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('output_stride', [16, 8])
@pytest.mark.parametrize('identity', [False, True])
def test_training_begins_with_what_the_folded_network_computes(
    make_network: Callable[..., LPSNet], identity: bool, output_stride: int
) -> None:
    """In train mode a batch's own statistics count: here those that were settled on."""
    options = {'identity': identity, 'aligned': True, 'output_stride': output_stride}
    folded = make_network(**options).folded()
    pictures = torch.randn(2, 3, 65, 97, generator=torch.Generator().manual_seed(1))
    trainable = unfolded(folded, [pictures]).train()
    assert trainable.identity
    assert trainable.architecture.aligned
    with torch.no_grad():
        torch.testing.assert_close(trainable(pictures), folded(pictures), rtol=1e-3, atol=1e-3)


def test_all_kernels_are_of_one_size(small_network: LPSNet, pictures: list[Tensor]) -> None:
    for block in unfolded(small_network.folded(), pictures).blocks:
        norms = block.conv.weight.flatten(1).norm(dim=1)
        torch.testing.assert_close(norms, torch.full_like(norms, KERNEL_NORM))


def test_a_channel_without_a_kernel_stays_finite(
    small_network: LPSNet, pictures: list[Tensor]
) -> None:
    folded = small_network.folded()
    with torch.no_grad():
        folded.blocks[0].conv.weight[1] = 0
        trainable = unfolded(folded, pictures)
        torch.testing.assert_close(
            trainable(pictures[0]), folded(pictures[0]), rtol=1e-4, atol=1e-4
        )


def test_it_leaves_the_folded_network_as_it_is(
    small_network: LPSNet, pictures: list[Tensor]
) -> None:
    folded = small_network.folded()
    before = {name: tensor.clone() for name, tensor in folded.state_dict().items()}
    unfolded(folded, pictures)
    assert all(torch.equal(t, before[name]) for name, t in folded.state_dict().items())


def test_what_can_not_be_unfolded_is_refused(
    small_network: LPSNet, pictures: list[Tensor]
) -> None:
    with pytest.raises(ValueError, match='not folded: train it as it is'):
        unfolded(small_network, pictures)
    with pytest.raises(ValueError, match='no pictures'):
        unfolded(small_network.folded(), [])
