"""The optimiser, its learning rate over time, and the averaging of its steps."""

from __future__ import annotations

import lightning
import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR, PolynomialLR

from lpsnet_ros.training.muon import Muon
from lpsnet_ros.training.recipe import Schedule

MOMENTUM = 0.9
POLY_POWER = 0.9
WARM_UP = 0.1
AVERAGING_START = 10


def make_optimizer(module: nn.Module, schedule: Schedule) -> Optimizer:
    """Build the schedule's optimiser over all parameters of a module.

    SGD decays all of them, as PaddleSeg's reproduction does. AdamW and Muon decay kernels only:
    normalisation has few weights, and decay would turn it off.
    """
    parameters = list(module.parameters())
    common = {'lr': schedule.learning_rate, 'weight_decay': schedule.weight_decay}
    if schedule.optimizer == 'sgd':
        return SGD(parameters, momentum=MOMENTUM, **common)
    kind = Muon if schedule.optimizer == 'muon' else AdamW
    kernels = [parameter for parameter in parameters if parameter.ndim > 1]
    others = [parameter for parameter in parameters if parameter.ndim <= 1]
    return kind([{'params': kernels}, {'params': others, 'weight_decay': 0.0}], **common)


def make_policy(optimizer: Optimizer, schedule: Schedule, steps: int) -> LRScheduler:
    """Build what sets the learning rate before each of the steps.

    ``one_cycle`` moves SGD's momentum against the rate, from 0.95 to 0.85 at its peak and back,
    and so the first beta of AdamW; the kernels of Muon keep theirs.
    """
    if schedule.policy == 'poly':
        return PolynomialLR(optimizer, steps, POLY_POWER)
    # torch divides by the warm-up's length, counted from the second step on.
    steps = max(3, steps)
    warm_up = WARM_UP if WARM_UP * steps > 1 else 2 / steps
    return OneCycleLR(optimizer, schedule.learning_rate, total_steps=steps, pct_start=warm_up)


def make_averaging(decay: float) -> WeightAveraging:
    """Build the callback that keeps an exponential moving average of weights and statistics.

    Validation and what is written use the average. Early on it forgets faster, so that it does
    not drag the first weights along: the decay after n steps is at most (1 + n) / (10 + n).
    """

    def average(averaged: Tensor, current: Tensor, steps: Tensor) -> Tensor:
        forgetting = torch.clamp(1 - (1 + steps) / (AVERAGING_START + steps), min=1 - decay)
        return averaged + forgetting * (current - averaged)

    return _Averaging(avg_fn=average)


class _Averaging(WeightAveraging):
    """Keeps the average on the device that trains."""

    def setup(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str
    ) -> None:
        # Lightning moves the module a moment later, and the average stays where it was made.
        pl_module.to(trainer.strategy.root_device)
        super().setup(trainer, pl_module, stage)

    def on_train_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        # Once only: statistics of the average differ between processes, and a validation after
        # the training would swap each process's own in again.
        if self._average_model is not None:
            super().on_train_end(trainer, pl_module)
            self._average_model = None
