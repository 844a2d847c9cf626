"""What a training run does to a network, as one value: named recipes and their parts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from lpsnet_ros.training.augment import Augmentation

OPTIMIZERS = ('adamw', 'muon', 'sgd')
# Of Lightning's: one that forks would leave the trained network in a process that ends.
STRATEGIES = ('auto', 'ddp')
POLICIES = ('one_cycle', 'poly')
LOSSES = ('ce', 'ohem')


@dataclass(frozen=True)
class Schedule:
    """How the weights are stepped, and how long.

    Args:
        epochs: passes over the training frames.
        batch_size: samples a step on each device.
        learning_rate: peak of the one-cycle policy, start of the polynomial one.
        weight_decay: the optimiser's.
        optimizer: ``adamw``, ``muon`` (see ``Muon``), or ``sgd`` with momentum 0.9, but
            0.85 to 0.95 under ``one_cycle`` (see ``make_policy``).
        policy: ``one_cycle`` (arXiv 1708.07120), or ``poly`` with power 0.9.
        clip: largest norm of the gradient; 0 for no clipping.
        ema: decay of the averaged weights that are validated and written; 0 for no averaging.

    Raises:
        ValueError: a value is out of range.

    """

    epochs: int = 100
    batch_size: int = 8
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    optimizer: str = 'adamw'
    policy: str = 'one_cycle'
    clip: float = 5.0
    ema: float = 0.0

    def __post_init__(self) -> None:
        _require_choice('optimizer', self.optimizer, OPTIMIZERS)
        _require_choice('policy', self.policy, POLICIES)
        _require('epochs', self.epochs, self.epochs >= 1, 'at least 1')
        _require('batch_size', self.batch_size, self.batch_size >= 1, 'at least 1')
        _require('learning_rate', self.learning_rate, self.learning_rate > 0, 'above 0')
        _require('weight_decay', self.weight_decay, self.weight_decay >= 0, 'at least 0')
        _require('clip', self.clip, self.clip >= 0, 'at least 0')
        _require('ema', self.ema, 0 <= self.ema < 1, 'in 0..1, 1 excluded')


@dataclass(frozen=True)
class Objective:
    """What the loss is made of.

    Args:
        loss: ``ce``, cross-entropy over all labelled pixels, or ``ohem``, over the hardest.
        class_weights: weigh rare classes up (see ``class_weights``).
        jaccard: weight of the soft IoU's loss beside it (see ``jaccard_loss``); 0 for none.
        auxiliary: weight of the loss of each head inside the network (see ``AuxiliaryHeads``);
            0 for none.
        ohem_threshold: pixels whose own class has at most this probability are hard.
        ohem_min_kept: that many pixels of a batch are used even where fewer are hard.
        distillation: weight of the teacher's loss, where there is a teacher.
        temperature: divides both networks' logits before they are compared.

    Raises:
        ValueError: a value is out of range.

    """

    loss: str = 'ce'
    class_weights: bool = True
    jaccard: float = 1.0
    auxiliary: float = 0.0
    ohem_threshold: float = 0.7
    ohem_min_kept: int = 10_000
    distillation: float = 1.0
    temperature: float = 2.0

    def __post_init__(self) -> None:
        _require_choice('loss', self.loss, LOSSES)
        _require('jaccard', self.jaccard, self.jaccard >= 0, 'at least 0')
        _require('auxiliary', self.auxiliary, self.auxiliary >= 0, 'at least 0')
        threshold = self.ohem_threshold
        _require('ohem_threshold', threshold, 0 < threshold <= 1, 'above 0, at most 1')
        _require('ohem_min_kept', self.ohem_min_kept, self.ohem_min_kept >= 1, 'at least 1')
        _require('distillation', self.distillation, self.distillation >= 0, 'at least 0')
        _require('temperature', self.temperature, self.temperature > 0, 'above 0')


@dataclass(frozen=True)
class Recipe:
    """All that decides, with the data and the seed, what a network learns.

    Args:
        schedule: optimisation.
        objective: loss.
        augmentation: ranges of the random samples.
        balanced: share of the samples that are drawn class by class instead of frame by frame
            (see ``ClassBalance``), 0..1.

    Raises:
        ValueError: a value is out of range.

    """

    schedule: Schedule = field(default_factory=Schedule)
    objective: Objective = field(default_factory=Objective)
    augmentation: Augmentation = field(default_factory=Augmentation)
    balanced: float = 0.0

    def __post_init__(self) -> None:
        _require('balanced', self.balanced, 0 <= self.balanced <= 1, 'in 0..1')


def overridden(recipe: Recipe, **values: Any) -> Recipe:
    """Return a recipe with single values of it or its parts replaced; None leaves a value.

    Raises:
        TypeError: nothing in a recipe has that name.
        ValueError: a value is out of range.

    """
    given = {name: value for name, value in values.items() if value is not None}
    changed = _replaced(recipe, given)
    if given:
        raise TypeError(f'a recipe has no {", ".join(given)}')
    return changed


def flat(recipe: Recipe) -> dict[str, Any]:
    """Return all single values of a recipe by name, tuples as lists."""
    values: dict[str, Any] = {}
    for name, value in vars(recipe).items():
        if is_dataclass(value):
            values.update(flat(value))
        else:
            values[name] = list(value) if isinstance(value, tuple) else value
    return values


def _replaced(part: Any, given: dict[str, Any]) -> Any:
    """Rebuild a part with the values that it has a field for, and take those out of ``given``."""
    values = {}
    for entry in fields(part):
        value = getattr(part, entry.name)
        if is_dataclass(value):
            value = _replaced(value, given)
        values[entry.name] = given.pop(entry.name, value)
    return type(part)(**values)


def _require(name: str, value: object, allowed: bool, expected: str) -> None:
    if not allowed:
        raise ValueError(f'{name} must be {expected}; got {value}')


def _require_choice(name: str, value: str, choices: Collection[str]) -> None:
    _require(name, value, value in choices, f'one of {", ".join(choices)}')


# The paper's optimisation as far as it is known, with PaddleSeg's loss, crop and batch; the epochs
# are 180 k steps on Cityscapes' 2975 frames.
PAPER = Recipe(
    Schedule(
        epochs=968,
        batch_size=16,
        learning_rate=1e-2,
        weight_decay=5e-4,
        optimizer='sgd',
        policy='poly',
        clip=0.0,
    ),
    Objective(loss='ohem', class_weights=False, jaccard=0.0),
    Augmentation(crop=(768, 1536), zoom=(0.5, 2.0)),
)
# What S learned most with on streets that it never saw (docs/ingredients.md, "From new weights").
STRONG = Recipe(
    Schedule(epochs=72, batch_size=4, learning_rate=4e-3, optimizer='muon'),
    Objective(class_weights=False),
    Augmentation(zoom=(0.6, 1.4), copy_paste=1.0),
)
RECIPES = {'small': Recipe(), 'strong': STRONG, 'paper': PAPER}
