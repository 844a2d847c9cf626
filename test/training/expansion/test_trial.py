"""A candidate is built, trained and scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lpsnet_ros.network import SCALES, Architecture, load_checkpoint
from lpsnet_ros.training.datasets import LabelledFrames, open_dataset
from lpsnet_ros.training.evaluate import evaluate
from lpsnet_ros.training.expansion.trial import (
    Trial,
    derived_seed,
    run_candidate,
    run_trial,
    score_only,
    tidy,
)
from lpsnet_ros.training.recipe import Recipe, overridden
from lpsnet_ros.training.train import DEPLOYED_FILE

TINY = SCALES['tiny']
RECIPE = overridden(Recipe(), epochs=1, batch_size=2, crop=(64, 96))
DEEPER = Architecture((1, 2, 2, 2, 2), TINY.width, TINY.resolution)


@pytest.fixture
def frames(street_root: Path) -> tuple[LabelledFrames, LabelledFrames]:
    return open_dataset('camvid', street_root, ['train']).split_by_drive(['B'])


@pytest.fixture
def make_trial(
    frames: tuple[LabelledFrames, LabelledFrames], tmp_path: Path
) -> Callable[..., Trial]:
    """Describe a training of tiny for one epoch of two steps."""

    def make(name: str, **changes: object) -> Trial:
        trial = Trial(TINY, None, tmp_path / name, *frames, RECIPE, seed=7, workers=0)
        return replace(trial, **changes)

    return make


def test_network_is_trained_from_random_weights_and_scored(
    make_trial: Callable[..., Trial], capfd: pytest.CaptureFixture[str]
) -> None:
    trial = make_trial('first')
    outcome = run_trial(trial)
    network = load_checkpoint(trial.result)
    assert network.architecture == TINY
    assert network.identity
    assert network.info.training_size == (192, 256)
    assert 'CC BY-NC' in network.info.licence
    assert outcome.miou == pytest.approx(evaluate(network, trial.validation).miou, abs=0.01)
    assert outcome.seconds > 0
    printed = capfd.readouterr()
    assert 'Epoch' not in printed.out + printed.err


def test_candidate_that_diverges_is_the_worst_of_its_step(
    make_trial: Callable[..., Trial],
) -> None:
    wild = overridden(RECIPE, optimizer='sgd', learning_rate=1e30, clip=0.0)
    assert run_candidate(make_trial('wild', recipe=wild)).miou == 0.0


def test_child_starts_from_its_parent(make_trial: Callable[..., Trial]) -> None:
    parent = make_trial('parent')
    run_trial(parent)
    still = overridden(RECIPE, learning_rate=1e-9)
    child = make_trial('child', architecture=DEEPER, weights=parent.result, recipe=still)
    run_trial(child)
    before, after = load_checkpoint(parent.result), load_checkpoint(child.result)
    assert after.architecture == DEEPER
    first = before.paths[0].stages[0][0].conv.weight
    torch.testing.assert_close(after.paths[0].stages[0][0].conv.weight, first, rtol=0, atol=1e-5)


def test_child_starts_from_a_folded_parent_as_well(make_trial: Callable[..., Trial]) -> None:
    parent = make_trial('parent')
    run_trial(parent)
    deployed = parent.folder / DEPLOYED_FILE
    child = make_trial('child', architecture=DEEPER, weights=deployed)
    run_trial(child)
    assert not load_checkpoint(child.result).is_folded


def test_same_trial_gives_the_same_network(make_trial: Callable[..., Trial]) -> None:
    outcomes = [run_trial(make_trial(name)).miou for name in ('one', 'two')]
    first, second = (
        load_checkpoint(make_trial(name).result).state_dict() for name in ('one', 'two')
    )
    assert outcomes[0] == outcomes[1]
    assert all(torch.equal(first[name], tensor) for name, tensor in second.items())


def test_tidying_leaves_the_network(make_trial: Callable[..., Trial]) -> None:
    trial = make_trial('first')
    run_trial(trial)
    assert (trial.folder / 'last.ckpt').is_file()
    tidy(trial)
    tidy(trial)
    assert not (trial.folder / 'last.ckpt').exists()
    assert score_only(trial.result, trial).miou > 0


def test_derived_seeds_differ_by_seed_and_name() -> None:
    seeds = {derived_seed(seed, name) for seed in (0, 1) for name in ('tiny', 's')}
    assert len(seeds) == 4
    assert derived_seed(0, 'tiny') == 4216988195
