"""The two callables of the search, which ask the journal first and tell it what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Protocol

from lpsnet_ros.network import Architecture
from lpsnet_ros.training.expansion.executor import Work, run_trials
from lpsnet_ros.training.expansion.journal import LATENCY, SCORE, Journal
from lpsnet_ros.training.expansion.latency import LatencySource
from lpsnet_ros.training.expansion.notation import from_json, to_json
from lpsnet_ros.training.expansion.recipe import Recipe
from lpsnet_ros.training.expansion.trial import (
    Outcome,
    Trial,
    run_trial,
    score_only,
    tidy,
)


class OutOfTime(Exception):
    """The hours are spent, and trials are left."""


class Watcher(Protocol):
    """Is told how the trials get on."""

    def begin(self, total: int, known: int) -> None:
        """Hear how many trials a step has, and how many are known from an earlier start."""

    def done(self, trial: Trial, outcome: Outcome) -> None:
        """Hear of a finished trial."""


class Latencies:
    """Measures each architecture once in a run, over all its starts."""

    def __init__(self, journal: Journal, source: LatencySource) -> None:
        self._journal = journal
        self._source = source
        self._known = {from_json(e): e['ms'] for e in journal.of(LATENCY)}

    def measure(
        self, architectures: Sequence[Architecture], parent: Architecture | None
    ) -> list[float]:
        """Return latencies in ms: a ``Measure`` of the search."""
        new = [a for a in architectures if a not in self._known]
        if new and parent is None:
            latencies = [self._source.first(a) for a in new]
        else:
            latencies = self._source.of(new, parent, self._known[parent]) if new else []
        for architecture, ms in zip(new, latencies):
            self._journal.append(LATENCY, {**to_json(architecture), 'ms': ms})
            self._known[architecture] = ms
        return [self._known[a] for a in architectures]


class Scores:
    """Trains and scores each candidate once in a run, over all its starts.

    Args:
        journal: of the run.
        folder: of the run; each trial has one below it.
        recipe: how to train.
        watcher: is told what happens.
        seconds: of work over all starts, after which no candidate is begun; None for no end.

    Attributes:
        weights: the checkpoint in training form of every network that may be a parent.

    """

    def __init__(
        self,
        journal: Journal,
        folder: Path,
        recipe: Recipe,
        watcher: Watcher,
        seconds: float | None = None,
    ) -> None:
        self._journal = journal
        self._folder = folder
        self._recipe = recipe
        self._watcher = watcher
        self._seconds = seconds
        self.weights: dict[Architecture, Path] = {}
        self._known = {e['trial']: e['miou'] for e in journal.of(SCORE)}

    def start(self, architecture: Architecture, weights: Path | None) -> float:
        """Return the mIoU of the network that all grow from; trained, if no weights are given."""
        trial = self._recipe.first(architecture, self._folder)
        self.weights[architecture] = weights or trial.result
        if weights is None:
            return self._scored([trial], run_trial)[0]
        return self._scored([trial], partial(score_only, weights))[0]

    def compare(self, path: Path, architecture: Architecture) -> float:
        """Return the mIoU of a checkpoint that has no part in the expansion."""
        trial = self._recipe.compared(path.stem, architecture, self._folder)
        return self._scored([trial], partial(score_only, path))[0]

    def score(self, architectures: Sequence[Architecture], parent: Architecture) -> list[float]:
        """Return the mIoU of each after training: a ``Score`` of the search.

        Raises:
            OutOfTime: the hours are spent.

        """
        trials = [self._candidate(a, parent) for a in architectures]
        return self._scored(trials, run_trial, self._seconds)

    def adopt(self, architecture: Architecture, parent: Architecture) -> None:
        """Let a candidate be a parent from now on."""
        self.weights[architecture] = self._candidate(architecture, parent).result

    def _candidate(self, architecture: Architecture, parent: Architecture) -> Trial:
        return self._recipe.candidate(architecture, parent, self.weights[parent], self._folder)

    def _scored(
        self, trials: Sequence[Trial], work: Work, seconds: float | None = None
    ) -> list[float]:
        new = [t for t in trials if t.folder.name not in self._known]
        self._watcher.begin(len(trials), len(trials) - len(new))
        outcomes = run_trials(work, new, self._recipe.executor)
        for _ in new:
            if seconds is not None and self._journal.elapsed > seconds:
                raise OutOfTime
            index, outcome = next(outcomes)
            self._note(new[index], outcome)
        return [self._known[t.folder.name] for t in trials]

    def _note(self, trial: Trial, outcome: Outcome) -> None:
        values = {'trial': trial.folder.name, **to_json(trial.architecture), **asdict(outcome)}
        self._journal.append(SCORE, values)
        self._known[trial.folder.name] = outcome.miou
        tidy(trial)
        self._watcher.done(trial, outcome)
