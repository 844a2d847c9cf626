"""Heads for other classes, and for finer logits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from lpsnet_ros.network import CAMVID, ClassTable, LPSNet
from lpsnet_ros.network.model import resize
from lpsnet_ros.training.heads import fit_head, refine_head

IMAGES = torch.linspace(-2, 2, 3 * 65 * 97).view(1, 3, 65, 97)


@pytest.mark.parametrize('output_stride', [16, 8])
@torch.no_grad()
def test_same_classes_in_another_order_are_put_in_order(
    small_network: LPSNet, output_stride: int
) -> None:
    refine_head(small_network, output_stride)
    before = small_network(IMAGES)
    order = [*range(5, 11), *range(5)]
    table = ClassTable(
        tuple(CAMVID.names[i] for i in order), tuple(CAMVID.colours[i] for i in order)
    )
    assert fit_head(small_network, table).new == []
    torch.testing.assert_close(small_network(IMAGES), before[:, order])


@pytest.mark.parametrize('output_stride', [16, 8])
@torch.no_grad()
def test_new_classes_begin_at_random_and_known_ones_stay(
    small_network: LPSNet, output_stride: int
) -> None:
    refine_head(small_network, output_stride)
    before = small_network(IMAGES)
    heads = fit_head(small_network, ClassTable(('kerb', 'CAR'), ((0, 0, 0),) * 2))
    assert heads == (['CAR'], ['kerb'])
    after = small_network(IMAGES)
    torch.testing.assert_close(after[:, 1], before[:, CAMVID.names.index('car')])
    assert after[:, 0].std() > 0


@pytest.mark.parametrize('output_stride', [8, 4])
@torch.no_grad()
def test_finer_logits_begin_as_the_interpolation_of_the_coarse(
    make_network: Callable[..., LPSNet], output_stride: int
) -> None:
    network = make_network(aligned=True)
    coarse = network(IMAGES)
    assert coarse.std() > 0.1
    refine_head(network, output_stride)
    fine = network(IMAGES)
    points = 16 // output_stride
    assert fine.shape[-2:] == (points * 4 + 1, points * 6 + 1)
    torch.testing.assert_close(fine, resize(coarse, fine.shape[-2:]), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_finer_head_stays_as_it_is(make_network: Callable[..., LPSNet]) -> None:
    network = make_network(output_stride=8)
    before = network(IMAGES)
    refine_head(network, 8)
    assert torch.equal(network(IMAGES), before)
    for other in (16, 4):
        with pytest.raises(ValueError, match='has an output stride of 8 already: only one of 16'):
            refine_head(network, other)
