"""The average of several networks."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from lpsnet_ros.network import LPSNet, NetworkInfo, averaged


@pytest.fixture
def other(small_network: LPSNet) -> LPSNet:
    """Return a network trained on from the same weights, elsewhere."""
    network = deepcopy(small_network)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor += 1
    network.info = replace(network.info, dataset='Street', licence='MIT', metrics={'miou': 0.5})
    return network


@pytest.mark.parametrize('folded', [False, True])
def test_every_tensor_is_the_mean(small_network: LPSNet, other: LPSNet, folded: bool) -> None:
    networks = [small_network, other, other]
    if folded:
        networks = [network.folded() for network in networks]
    mean = averaged(networks).state_dict()
    first, second, _ = (network.state_dict() for network in networks)
    assert mean.keys() == first.keys()
    for name, tensor in mean.items():
        assert tensor.dtype == first[name].dtype
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, (first[name] + 2 * second[name]) / 3)


def test_equal_networks_average_to_themselves(small_network: LPSNet) -> None:
    pictures = torch.randn(1, 3, 96, 128)
    average = averaged([small_network, small_network])
    assert not average.training
    torch.testing.assert_close(average(pictures), small_network.eval()(pictures))


def test_networks_are_left_as_they_are(small_network: LPSNet, other: LPSNet) -> None:
    before = deepcopy(small_network.state_dict())
    averaged([small_network, other])
    assert all(torch.equal(before[name], t) for name, t in small_network.state_dict().items())


def test_data_sets_and_licences_of_all_are_kept(small_network: LPSNet, other: LPSNet) -> None:
    small_network.info = replace(small_network.info, dataset='CamVid', licence='CC BY-NC 4.0')
    info = averaged([small_network, other]).info
    assert (info.dataset, info.licence) == ('CamVid; Street', 'CC BY-NC 4.0; MIT')
    assert not info.metrics


def test_one_network_is_no_average(small_network: LPSNet) -> None:
    with pytest.raises(ValueError, match='at least two networks; got 1'):
        averaged([small_network])


def rescaled(network: LPSNet) -> None:
    network.info = replace(network.info, std=(1, 1, 1))


def renamed(network: LPSNet) -> None:
    network.info = NetworkInfo(replace(network.info.classes, names=(*'abcdefghijk',)))


def aligned(network: LPSNet) -> None:
    before = network.architecture
    network.architecture = replace(before, aligned=not before.aligned)


@pytest.mark.parametrize(
    ('change', 'named'),
    [(rescaled, 'normalisation of pixels'), (renamed, 'class names'), (aligned, 'architecture')],
)
def test_networks_that_mean_something_else_are_refused(
    small_network: LPSNet, other: LPSNet, change: Callable[[LPSNet], None], named: str
) -> None:
    change(other)
    with pytest.raises(ValueError, match=f'{named} of network 2 differs.*the same weights'):
        averaged([small_network, other])


def test_both_forms_together_are_refused(small_network: LPSNet) -> None:
    with pytest.raises(ValueError, match='folded or not'):
        averaged([small_network, small_network.folded()])
