"""Optimisers, learning rates and averaged weights."""

from __future__ import annotations

import lightning
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from lpsnet_ros.training.optimisation import make_averaging, make_optimizer, make_policy
from lpsnet_ros.training.recipe import RECIPES, Schedule

STEPS = 40
DECAY = 0.9


def rates(schedule: Schedule) -> list[float]:
    optimizer = make_optimizer(nn.Linear(1, 1), schedule)
    policy = make_policy(optimizer, schedule, STEPS)
    seen = []
    for _ in range(STEPS):
        seen.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        policy.step()
    return seen


def test_paper_is_sgd_with_a_polynomial_rate() -> None:
    schedule = RECIPES['paper'].schedule
    optimizer = make_optimizer(nn.Linear(1, 1), schedule)
    assert isinstance(optimizer, torch.optim.SGD)
    group = optimizer.param_groups[0]
    assert (group['momentum'], group['weight_decay'], group['lr']) == (0.9, 5e-4, 0.01)
    expected = [0.01 * (1 - step / STEPS) ** 0.9 for step in range(STEPS)]
    assert rates(schedule) == pytest.approx(expected)


@pytest.mark.parametrize(
    ('optimizer', 'decayed'),
    [
        ('adamw', {'0.weight'}),
        ('muon', {'0.weight'}),
        ('sgd', {'0.weight', '0.bias', '1.weight', '1.bias'}),
    ],
)
def test_what_decays(optimizer: str, decayed: set[str]) -> None:
    block = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
    for parameter in block.parameters():
        nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    make_optimizer(block, Schedule(optimizer=optimizer, weight_decay=0.5)).step()
    shrunk = {name for name, parameter in block.named_parameters() if (parameter < 1).all()}
    assert shrunk == decayed
    assert {name for name, p in block.named_parameters() if (p == 1).all()}.isdisjoint(decayed)


def test_small_is_adamw_with_one_cycle() -> None:
    schedule = RECIPES['small'].schedule
    assert isinstance(make_optimizer(nn.Linear(1, 1), schedule), torch.optim.AdamW)
    seen = rates(schedule)
    peak = seen.index(max(seen))
    assert seen[peak] == pytest.approx(3e-3)
    assert 1 <= peak <= 6
    assert seen[: peak + 1] == sorted(seen[: peak + 1])
    assert seen[peak:] == sorted(seen[peak:], reverse=True)
    assert seen[-1] < 1e-6


class _Walk(lightning.LightningModule):
    """Moves one weight and one statistic, and notes them after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.register_buffer('statistic', torch.zeros(()))
        self.steps: list[tuple[float, float]] = []
        self.validated: list[float] = []

    def training_step(self, batch: Tensor, index: int) -> Tensor:
        self.statistic += 2
        return -self.weight * (1 + index % 3)

    def on_train_batch_end(self, *_: object) -> None:
        self.steps.append((self.weight.item(), self.statistic.item()))

    def validation_step(self, batch: Tensor, index: int) -> None:
        self.validated.append(self.weight.item())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1.0)


def averages(values: list[float]) -> list[float]:
    """Return the averages after each value, from the definition."""
    seen = values[:1]
    for count, value in enumerate(values[1:], start=1):
        decay = min(DECAY, (1 + count) / (10 + count))
        seen.append(decay * seen[-1] + (1 - decay) * value)
    return seen


def test_average_is_validated_and_left_in_the_end() -> None:
    walk = _Walk()
    loader = DataLoader(torch.zeros(STEPS), batch_size=1)
    trainer = lightning.Trainer(
        accelerator='cpu',
        max_epochs=4,
        callbacks=[make_averaging(DECAY)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(walk, loader, DataLoader(torch.zeros(1)))
    weights, statistics = map(list, zip(*walk.steps))
    assert len(weights) == 4 * STEPS
    expected = averages(weights)
    assert walk.validated == pytest.approx(expected[STEPS - 1 :: STEPS], rel=1e-4)
    assert walk.weight.item() == pytest.approx(expected[-1], rel=1e-4)
    assert walk.statistic.item() == pytest.approx(averages(statistics)[-1], rel=1e-4)
    assert walk.weight.item() < weights[-1] - 1


@pytest.mark.parametrize('steps', [1, 2, 9, 10, 11])
def test_one_cycle_of_a_few_steps_reaches_about_its_peak(steps: int) -> None:
    network = torch.nn.Linear(1, 1)
    schedule = Schedule(policy='one_cycle', learning_rate=0.5)
    optimizer = make_optimizer(network, schedule)
    policy = make_policy(optimizer, schedule, steps)
    rates = []
    for _ in range(steps):
        optimizer.step()
        policy.step()
        rates += policy.get_last_lr()
    assert max(rates) == pytest.approx(0.5, rel=0.05)
