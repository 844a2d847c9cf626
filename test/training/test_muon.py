"""Muon: steps of equal singular values for kernels, AdamW for the rest."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from lpsnet_ros.training.muon import Muon, orthogonalised

RATE, DECAY = 0.01, 0.1


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1, bias=False)
    ).to(memory_format=torch.channels_last)


def pictures(seed: int) -> Tensor:
    return torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(seed))


def make_step(network: nn.Module, optimizer: torch.optim.Optimizer, seed: int = 0) -> None:
    optimizer.zero_grad()
    network(pictures(seed)).square().mean().backward()
    optimizer.step()


@pytest.mark.parametrize('shape', [(8, 27), (96, 8), (48, 48), (96, 864)])
def test_singular_values_become_about_one_and_directions_stay(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    matrix = 1e-3 * torch.randn(shape)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    assert values.max() / values.min() > 1.5
    result = orthogonalised(matrix)
    within = left.T @ result @ right.T
    strong = values > 0.05 * values.max()
    assert within.diagonal()[strong].min() > 0.6
    assert within.diagonal().max() < 1.3
    torch.testing.assert_close(within, within.diagonal().diag(), atol=1e-4, rtol=0)


def test_no_gradient_is_no_direction() -> None:
    assert orthogonalised(torch.zeros(3, 5)).abs().max() == 0


def test_kernels_move_along_the_momentum_as_far_as_adamw_would() -> None:
    trained = network()
    kernel = trained[0].weight
    optimizer = Muon(trained.parameters(), lr=RATE, weight_decay=DECAY)
    momentum = torch.zeros_like(kernel)
    for seed in range(3):
        optimizer.zero_grad()
        trained(pictures(seed)).square().mean().backward()
        gradient, before = kernel.grad.clone(), kernel.detach().clone()
        optimizer.step()
        momentum = 0.95 * momentum + 0.05 * gradient
        ahead = 0.05 * gradient + 0.95 * momentum
        expected = orthogonalised(ahead.reshape(8, 27)) * 0.2 * 27**0.5
        moved = ((1 - RATE * DECAY) * before - kernel.detach()).reshape(8, 27) / RATE
        torch.testing.assert_close(moved, expected, atol=1e-4, rtol=1e-3)


def test_everything_else_is_adamw() -> None:
    ours, theirs = network(), network()
    make_step(ours, Muon(ours.parameters(), lr=RATE, weight_decay=DECAY))
    make_step(theirs, torch.optim.AdamW(theirs.parameters(), lr=RATE, weight_decay=DECAY))
    expected = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        assert torch.equal(parameter, expected[name]) == (parameter.ndim != 4), name


def test_goes_on_from_its_state_exactly() -> None:
    first = network()
    optimizer = Muon(first.parameters(), lr=RATE)
    make_step(first, optimizer)
    second = copy.deepcopy(first)
    resumed = Muon(second.parameters(), lr=RATE)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    make_step(first, optimizer, seed=1)
    make_step(second, resumed, seed=1)
    for one, other in zip(first.parameters(), second.parameters()):
        assert torch.equal(one, other)


def test_closure_is_called_with_gradients_and_its_loss_returned() -> None:
    trained = network()
    optimizer = Muon(trained.parameters(), lr=RATE)
    before = trained[0].weight.detach().clone()

    def closure() -> Tensor:
        loss = trained(pictures(0)).square().mean()
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    assert loss.item() > 0
    assert not torch.equal(trained[0].weight, before)
