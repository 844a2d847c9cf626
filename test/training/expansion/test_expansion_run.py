"""A run in a folder, by simulation: networks are built and written, but not trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import (
    CAMVID,
    SCALES,
    Architecture,
    ClassTable,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
    save_checkpoint,
)
from lpsnet_ros.training.datasets import DatasetError, open_dataset
from lpsnet_ros.training.expansion import records
from lpsnet_ros.training.expansion.journal import SCORE, Journal
from lpsnet_ros.training.expansion.moves import Limits
from lpsnet_ros.training.expansion.plan import Plan
from lpsnet_ros.training.expansion.run import Budget, Progress, Start, run_expansion
from lpsnet_ros.training.expansion.search import Rules
from lpsnet_ros.training.expansion.trial import Outcome, Trial
from lpsnet_ros.training.inherit import inherit
from lpsnet_ros.training.recipe import Recipe

TINY = SCALES['tiny']
# Leaves depth alone to grow, so three candidates a step.
RULES = Rules(Limits(depth=4, width=32, resolution=1 / 2))


class PowerCut(BaseException):
    """Ends a run at a place of the test's choice."""


class Blocks:
    """A device that takes one ms a block."""

    def __init__(self) -> None:
        self.measured: list[Architecture] = []

    def first(self, architecture: Architecture) -> float:
        self.measured.append(architecture)
        return float(architecture.num_paths * sum(architecture.depth))

    def of(
        self, architectures: Sequence[Architecture], parent: Architecture, parent_ms: float
    ) -> list[float]:
        return [self.first(a) for a in architectures]


class Untrained:
    """Scores by the number of blocks in stage 4 and of trainings; writes what was inherited."""

    def __init__(self) -> None:
        self.run: list[str] = []

    def __call__(self, trial: Trial) -> Outcome:
        self.run.append(trial.name)
        if trial.weights is None:
            torch.manual_seed(trial.seed)
            network = LPSNet.from_architecture(trial.architecture, num_classes=11, identity=True)
        else:
            network = inherit(load_checkpoint(trial.weights), trial.architecture, seed=trial.seed)
        network.info = NetworkInfo(trial.training.classes)
        trial.folder.mkdir(parents=True, exist_ok=True)
        save_checkpoint(network, trial.result)
        return Outcome(0.1 + 0.01 * trial.architecture.depth[3], 1.0)


class Silent:
    def begin(self, step: int, total: int, known: int) -> None:
        pass

    def done(self, trial: Trial, outcome: Outcome) -> None:
        pass


class FragileJournal(Journal):
    """Loses power at the n-th entry: before it is written, or in the middle of the line."""

    def __init__(self, path: Path, entries: int, halved: bool) -> None:
        super().__init__(path)
        self._left = entries
        self._halved = halved

    def append(self, event: str, values: Mapping[str, Any]) -> None:
        if self._left == 0:
            if self._halved:
                with self.path.open('ab') as file:
                    file.write(b'{"event": "score", "mio')
            raise PowerCut
        self._left -= 1
        super().append(event, values)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Untrained:
    untrained = Untrained()
    for name in ('run_trial', 'run_candidate'):
        monkeypatch.setattr(records, name, untrained)
    return untrained


@pytest.fixture
def plan(street_root: Path) -> Plan:
    frames = open_dataset('camvid', street_root, ['train']).split_by_drive(['B'])
    return Plan(*frames, Recipe(), candidate_epochs=1)


@pytest.fixture
def expand(plan: Plan, trained: Untrained) -> Callable[..., list[Progress]]:
    def run(folder: Path, journal: Journal | None = None, **changes: object) -> list[Progress]:
        folder.mkdir(exist_ok=True)
        arguments = {
            'start': Start(TINY),
            'plan': plan,
            'latency': Blocks(),
            'rules': RULES,
            'budget': Budget(steps=2),
            'watcher': Silent(),
        }
        with journal or Journal(folder / 'journal.jsonl') as opened:
            return list(run_expansion(folder, opened, **arguments | changes))

    return run


def weights_below(folder: Path) -> Iterator[tuple[str, dict[str, torch.Tensor]]]:
    for path in sorted(folder.glob('models/*')):
        yield path.name, load_checkpoint(path).state_dict()


def assert_same_models(one: Path, other: Path) -> None:
    for (name, expected), (other_name, found) in zip(
        weights_below(one), weights_below(other), strict=True
    ):
        assert name == other_name
        assert all(torch.equal(expected[key], tensor) for key, tensor in found.items())


def test_run_grows_and_exports_the_path(
    expand: Callable[..., list[Progress]], tmp_path: Path
) -> None:
    first, *_, last = expand(tmp_path)
    assert (first.start_ms, first.start_miou, first.steps) == (5.0, pytest.approx(0.11), ())
    chosen = [str(step.chosen.grown.move) for step in last.steps]
    assert chosen == ['depth of stages 4-5', 'depth of stages 4-5']
    path = find_checkpoint('grown_2', tmp_path / 'models')
    network = load_checkpoint(path)
    assert network.architecture == last.steps[-1].chosen.grown.architecture
    assert network.is_folded
    assert dict(network.info.metrics) == {
        'miou': last.steps[-1].chosen.miou,
        'latency_ms': last.steps[-1].chosen.grown.latency,
    }
    assert load_checkpoint(find_checkpoint('grown_0', tmp_path / 'models')).architecture == TINY


def test_every_candidate_and_the_parent_are_trained_from_the_parent(
    expand: Callable[..., list[Progress]], trained: Untrained, tmp_path: Path
) -> None:
    (step,) = expand(tmp_path, budget=Budget(steps=1))[-1].steps
    grown = [c.grown.architecture.name for c in step.candidates]
    expected = {'start', 'tiny_from_tiny', *(f'{name}_from_tiny' for name in grown)}
    assert set(trained.run) == expected
    assert len(trained.run) == len(expected)


def test_power_cut_at_any_entry_changes_nothing(
    expand: Callable[..., list[Progress]], trained: Untrained, tmp_path: Path
) -> None:
    whole = expand(tmp_path / 'whole', budget=Budget(steps=1))[-1]
    with Journal(tmp_path / 'whole' / 'journal.jsonl') as journal:
        entries = len(journal.entries)
    for cut in range(entries):
        folder = tmp_path / f'cut_{cut}'
        folder.mkdir()
        trained.run.clear()
        fragile = FragileJournal(folder / 'journal.jsonl', cut, halved=cut % 2 == 1)
        with pytest.raises(PowerCut):
            expand(folder, fragile, budget=Budget(steps=1))
        with Journal(folder / 'journal.jsonl') as journal:
            kept = {e['trial'] for e in journal.of(SCORE)}
        trained.run.clear()
        assert expand(folder, budget=Budget(steps=1))[-1] == whole
        assert not kept & set(trained.run)
    assert_same_models(tmp_path / 'whole', folder)


def test_finished_run_does_nothing_again_and_grows_on_with_more_steps(
    expand: Callable[..., list[Progress]], trained: Untrained, tmp_path: Path
) -> None:
    once = expand(tmp_path, budget=Budget(steps=1))[-1]
    trained.run.clear()
    device = Blocks()
    assert expand(tmp_path, budget=Budget(steps=1), latency=device)[-1] == once
    assert (trained.run, device.measured) == ([], [])
    further = expand(tmp_path)[-1]
    assert further.steps[:1] == once.steps
    assert len(further.steps) == 2


def test_hours_end_a_run_within_a_step(
    expand: Callable[..., list[Progress]], tmp_path: Path
) -> None:
    spent = expand(tmp_path, budget=Budget(hours=1e-9))[-1]
    assert (spent.steps, spent.out_of_time) == ((), True)
    assert (tmp_path / 'models' / 'grown_0.safetensors').is_file()
    assert expand(tmp_path, budget=Budget(steps=1, hours=1))[-1].out_of_time is False


def test_from_scratch_an_architecture_is_trained_once(
    expand: Callable[..., list[Progress]], plan: Plan, trained: Untrained, tmp_path: Path
) -> None:
    scratch = Plan(**{**vars(plan), 'from_scratch': True})
    last = expand(tmp_path, plan=scratch)[-1]
    assert len(trained.run) == len(set(trained.run))
    assert trained.run[0] == 'tiny'
    assert last.steps[0].baseline == last.start_miou
    assert last.steps[1].baseline == last.steps[0].chosen.miou


def test_given_weights_are_scored_and_not_trained(
    expand: Callable[..., list[Progress]], trained: Untrained, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    network = LPSNet.from_scale('tiny', num_classes=11, identity=True)
    network.info = NetworkInfo(CAMVID)
    weights = save_checkpoint(network, tmp_path / 'mine.safetensors')
    last = expand(tmp_path / 'run', start=Start(TINY, weights), budget=Budget(steps=1))[-1]
    assert 'start' not in trained.run
    assert 0 <= last.start_miou < 0.5
    exported = load_checkpoint(tmp_path / 'run' / 'models' / 'grown_0.safetensors')
    torch.testing.assert_close(
        exported.head.weight, network.head.weight.detach(), rtol=1e-3, atol=1e-3
    )


def test_compared_networks_are_measured_and_scored(
    expand: Callable[..., list[Progress]], small_checkpoint: Path, tmp_path: Path
) -> None:
    start = Start(TINY, None, (small_checkpoint,))
    (compared,) = expand(tmp_path / 'run', start=start, budget=Budget(steps=1))[-1].compared
    assert compared.name == 'small'
    assert compared.latency == 14.0
    assert 0 <= compared.miou <= 1
    with Journal(tmp_path / 'run' / 'journal.jsonl') as journal:
        before = len(journal.entries)
    assert expand(tmp_path / 'run', start=start, budget=Budget(steps=1))[-1].compared == (
        compared,
    )
    with Journal(tmp_path / 'run' / 'journal.jsonl') as journal:
        assert len(journal.entries) == before


def test_a_compared_network_of_other_classes_is_refused_before_any_training(
    expand: Callable[..., list[Progress]],
    trained: Untrained,
    make_network: Callable[..., LPSNet],
    tmp_path: Path,
) -> None:
    other = make_network((0.5,))
    other.info = NetworkInfo(ClassTable(CAMVID.names[::-1], CAMVID.colours))
    path = save_checkpoint(other, tmp_path / 'other.safetensors')
    with pytest.raises(ValueError, match='can not be compared: it knows bicyclist'):
        expand(tmp_path / 'run', start=Start(TINY, None, (path,)))
    assert trained.run == []


def test_a_step_whose_candidates_all_diverge_ends_the_run_with_the_fix(
    expand: Callable[..., list[Progress]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(records, 'run_candidate', lambda trial: Outcome(0.0, 1.0))
    with pytest.raises(ValueError, match='every candidate of step 1 diverged: begin again with'):
        expand(tmp_path / 'run')


def test_start_slower_than_the_target_is_refused(
    expand: Callable[..., list[Progress]], trained: Untrained, tmp_path: Path
) -> None:
    with pytest.raises(
        ValueError, match=r'tiny takes 5\.00 ms already, more than the target of 4'
    ):
        expand(tmp_path, rules=Rules(RULES.limits, limit_ms=4.0))
    assert trained.run == []


def test_void_frames_to_score_on_are_refused_before_any_training(
    expand: Callable[..., list[Progress]], plan: Plan, trained: Untrained, tmp_path: Path
) -> None:
    label = tmp_path / 'void.png'
    cv2.imwrite(str(label), np.full((96, 128), len(CAMVID), np.uint8))
    void = replace(plan.validation, pairs=((plan.validation.pairs[0][0], label),))
    with pytest.raises(DatasetError, match='all 1 labels of CamVid to score on are void'):
        expand(tmp_path, plan=replace(plan, validation=void))
    assert trained.run == []


def test_limits_that_leave_nothing_are_refused(
    expand: Callable[..., list[Progress]], trained: Untrained, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match='nothing that tiny can become is within the limits'):
        expand(tmp_path, rules=Rules(RULES.limits, limit_ms=5.0))
    assert trained.run == []
