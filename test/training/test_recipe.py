"""Recipes: their values, overriding them, and wrong ones."""

from __future__ import annotations

import pytest

from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.recipe import RECIPES, Objective, Recipe, Schedule, flat, overridden


def test_paper_is_what_is_known_of_it() -> None:
    values = flat(RECIPES['paper'])
    expected = {
        'optimizer': 'sgd',
        'weight_decay': 5e-4,
        'learning_rate': 0.01,
        'policy': 'poly',
        'loss': 'ohem',
        'jaccard': 0,
        'ohem_threshold': 0.7,
        'ohem_min_kept': 10_000,
        'zoom': [0.5, 2.0],
        'clip': 0,
    }
    assert {name: values[name] for name in expected} == expected


def test_strong_is_small_but_for_what_large_networks_want() -> None:
    strong, small = flat(RECIPES['strong']), flat(RECIPES['small'])
    assert {name: value for name, value in strong.items() if value != small[name]} == {
        'epochs': 72,
        'batch_size': 4,
        'learning_rate': 0.004,
        'optimizer': 'muon',
        'class_weights': False,
        'zoom': [0.6, 1.4],
        'copy_paste': 1,
    }


def test_single_values_are_replaced_wherever_they_stand() -> None:
    recipe = overridden(
        RECIPES['paper'], epochs=3, loss='ce', crop=(64, 96), balanced=0.5, clip=None
    )
    assert recipe.schedule.epochs == 3
    assert recipe.objective.loss == 'ce'
    assert recipe.augmentation.crop == (64, 96)
    assert recipe.balanced == 0.5
    unchanged = flat(recipe).items() & {('optimizer', 'sgd'), ('clip', 0.0), ('jitter', 0.4)}
    assert len(unchanged) == 3
    assert RECIPES['paper'].schedule.epochs != 3


def test_no_value_is_the_recipe_itself() -> None:
    assert overridden(RECIPES['small']) == RECIPES['small'] == Recipe()


def test_unknown_name_is_refused() -> None:
    with pytest.raises(TypeError, match='a recipe has no epoch'):
        overridden(Recipe(), epoch=3)


@pytest.mark.parametrize(
    ('part', 'values', 'message'),
    [
        (Schedule, {'epochs': 0}, 'epochs must be at least 1; got 0'),
        (Schedule, {'batch_size': 0}, 'batch_size must be at least 1; got 0'),
        (Schedule, {'learning_rate': 0.0}, 'learning_rate must be above 0; got 0.0'),
        (Schedule, {'weight_decay': -1.0}, 'weight_decay must be at least 0; got -1.0'),
        (Schedule, {'optimizer': 'adam'}, 'optimizer must be one of adamw, muon, sgd; got adam'),
        (Schedule, {'policy': 'step'}, 'policy must be one of one_cycle, poly; got step'),
        (Schedule, {'clip': -1.0}, 'clip must be at least 0; got -1.0'),
        (Schedule, {'ema': 1.0}, 'ema must be in 0..1, 1 excluded; got 1.0'),
        (Objective, {'jaccard': -1.0}, 'jaccard must be at least 0; got -1.0'),
        (Objective, {'auxiliary': -1.0}, 'auxiliary must be at least 0; got -1.0'),
        (Objective, {'loss': 'dice'}, 'loss must be one of ce, ohem; got dice'),
        (Objective, {'ohem_threshold': 0.0}, 'ohem_threshold must be above 0, at most 1; got 0.0'),
        (Objective, {'ohem_min_kept': 0}, 'ohem_min_kept must be at least 1; got 0'),
        (Objective, {'temperature': 0.0}, 'temperature must be above 0; got 0.0'),
        (Objective, {'distillation': -1.0}, 'distillation must be at least 0; got -1.0'),
        (Recipe, {'balanced': 1.5}, 'balanced must be in 0..1; got 1.5'),
        (Augmentation, {'crop': (0, 64)}, 'crop must be a height and a width of at least 1'),
        (Augmentation, {'zoom': (2.0, 0.5)}, 'zoom must be the smallest and the largest'),
        (Augmentation, {'zoom': (1.0, float('inf'))}, 'zoom must be the smallest and the largest'),
        (Augmentation, {'jitter': 1.0}, 'jitter must be in 0..1, 1 excluded; got 1.0'),
        (Augmentation, {'copy_paste': 2.0}, 'copy_paste must be in 0..1; got 2.0'),
    ],
)
def test_value_out_of_range_is_refused(part: type, values: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        part(**values)
