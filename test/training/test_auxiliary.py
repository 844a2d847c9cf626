"""Heads that supervise the stages of a network."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest
import torch

from lpsnet_ros.network import LPSNet
from lpsnet_ros.training.auxiliary import AuxiliaryHeads


def test_each_path_is_scored_before_it_meets_the_others(
    make_network: Callable[..., LPSNet],
) -> None:
    network = make_network(resolution=(1, 0.5))
    heads = AuxiliaryHeads(network)
    with heads.listening(network) as logits:
        network(torch.rand(2, 3, 64, 96))
    sizes = sorted(tuple(scores.shape) for scores in logits)
    first, second = [(8, 12), (4, 6)], [(4, 6), (2, 3), (2, 3)]
    assert sizes == sorted((2, network.num_classes, *size) for size in first + second)
    sum(scores.mean() for scores in logits).backward()
    assert all(parameter.grad is not None for parameter in heads.parameters())
    assert network.head.weight.grad is None, 'what the paths find is scored, not the last layer'


@pytest.mark.parametrize('fails', [False, True])
def test_nothing_of_them_stays_in_the_network(small_network: LPSNet, fails: bool) -> None:
    heads = AuxiliaryHeads(small_network)
    state = set(small_network.state_dict())
    images = torch.rand(1, 1 if fails else 3, 64, 96)
    outcome = pytest.raises(ValueError, match='expected images') if fails else nullcontext()
    with outcome, heads.listening(small_network) as logits:
        small_network(images)
    heard = len(logits)
    small_network(torch.rand(1, 3, 64, 96))
    assert len(logits) == heard
    assert set(small_network.state_dict()) == state
