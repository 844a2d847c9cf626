"""The two callables of the search, which ask the journal first and tell it what is new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Protocol

from lpsnet_ros.network import Architecture
from lpsnet_ros.training.expansion.executor import run_all
from lpsnet_ros.training.expansion.journal import LATENCY, SCORE, Journal
from lpsnet_ros.training.expansion.latency import LatencySource
from lpsnet_ros.training.expansion.notation import from_json, to_json
from lpsnet_ros.training.expansion.plan import Plan
from lpsnet_ros.training.expansion.trial import (
    Outcome,
    Trial,
    run_candidate,
    run_trial,
    score_only,
    tidy,
)


class OutOfTime(Exception):
    """The hours are spent, and trials are left."""


class Watcher(Protocol):
    """Is told how the trials get on."""

    def begin(self, step: int, total: int, known: int) -> None:
        """Hear how many trials a step has, and how many are known from an earlier start.

        Step 0 is the training of the first network.
        """

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
        plan: how to train.
        watcher: is told what happens.
        seconds: of work over all starts, after which no candidate is begun; None for no end.

    Attributes:
        weights: the checkpoint in training form of every network that may be a parent.

    """

    def __init__(
        self,
        journal: Journal,
        folder: Path,
        plan: Plan,
        watcher: Watcher,
        seconds: float | None = None,
    ) -> None:
        self._journal = journal
        self._folder = folder
        self._plan = plan
        self._watcher = watcher
        self._seconds = seconds
        self._step = 0
        self.weights: dict[Architecture, Path] = {}
        self._known = {e['trial']: e['miou'] for e in journal.of(SCORE)}

    def start(self, architecture: Architecture, weights: Path | None) -> float:
        """Return the mIoU of the network that all grow from; trained, if no weights are given."""
        trial = self._plan.first(architecture, self._folder)
        self.weights[architecture] = weights or trial.result
        work = run_trial if weights is None else partial(score_only, weights)
        return self._score_now(trial, work)

    def compare(self, path: Path, architecture: Architecture, digest: str) -> float:
        """Return the mIoU of a checkpoint that has no part in the expansion.

        Args:
            path: the checkpoint.
            architecture: its network's.
            digest: tells its weights from others.

        """
        trial = self._plan.compared(f'{path.stem}_{digest}', architecture, self._folder)
        return self._score_now(trial, partial(score_only, path))

    def score(self, architectures: Sequence[Architecture], parent: Architecture) -> list[float]:
        """Return the mIoU of each after training: a ``Score`` of the search.

        Raises:
            OutOfTime: the hours are spent.
            ValueError: all of them diverged.

        """
        self._step += 1
        trials = [self._candidate(a, parent) for a in architectures]
        new = [t for t in trials if t.name not in self._known]
        self._watcher.begin(self._step, len(trials), len(trials) - len(new))
        outcomes = run_all(run_candidate, new, self._plan.executor)
        for _ in new:
            if self._seconds is not None and self._journal.elapsed > self._seconds:
                raise OutOfTime
            index, outcome = next(outcomes)
            self._note(new[index], outcome)
        scores = [self._known[t.name] for t in trials]
        if not any(scores):
            raise ValueError(
                f'every candidate of step {self._step} diverged: begin again with a lower '
                '--learning-rate in another --output'
            )
        return scores

    def adopt(self, architecture: Architecture, parent: Architecture) -> None:
        """Let a candidate be a parent from now on."""
        self.weights[architecture] = self._candidate(architecture, parent).result

    def _candidate(self, architecture: Architecture, parent: Architecture) -> Trial:
        return self._plan.candidate(architecture, parent, self.weights[parent], self._folder)

    def _score_now(self, trial: Trial, work: Callable[[Trial], Outcome]) -> float:
        self._watcher.begin(0, 1, int(trial.name in self._known))
        if trial.name not in self._known:
            self._note(trial, work(trial))
        return self._known[trial.name]

    def _note(self, trial: Trial, outcome: Outcome) -> None:
        values = {'trial': trial.name, **to_json(trial.architecture), **asdict(outcome)}
        self._journal.append(SCORE, values)
        self._known[trial.name] = outcome.miou
        tidy(trial)
        self._watcher.done(trial, outcome)
