"""One candidate: built, trained and scored in a folder of its own."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

from lpsnet_ros.network import Architecture, LPSNet, load_checkpoint
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.evaluate import evaluate
from lpsnet_ros.training.recipe import Recipe
from lpsnet_ros.training.resume import RESUME_FILE
from lpsnet_ros.training.starting_network import new_network, trained_network
from lpsnet_ros.training.train import RESULT_FILE, DivergedError, train
from lpsnet_ros.training.trainer import Hardware


@dataclass(frozen=True)
class Trial:
    """What to train and how.

    Args:
        architecture: of the network.
        weights: checkpoint to inherit from; None for random weights.
        folder: of the training run.
        training, validation: frames to learn from and to score on.
        recipe: as for ``train``.
        seed: of everything random.
        workers: processes that prepare samples.
        hardware: as for ``train``.
        teacher: checkpoint of a network to imitate beside the labels.

    """

    architecture: Architecture
    weights: Path | None
    folder: Path
    training: LabelledFrames
    validation: LabelledFrames
    recipe: Recipe
    seed: int
    workers: int = 1
    hardware: Hardware = field(default_factory=Hardware)
    teacher: Path | None = None

    @property
    def name(self) -> str:
        """What tells it from the other trials of its run."""
        return self.folder.name

    @property
    def result(self) -> Path:
        """The trained network in training form."""
        return self.folder / RESULT_FILE


@dataclass(frozen=True)
class Outcome:
    """Mean IoU on the validation frames, 0..1, and the seconds that it took to get it."""

    miou: float
    seconds: float


def run_trial(trial: Trial) -> Outcome:
    """Train and score a candidate; one that was stopped goes on after its last finished epoch.

    Raises:
        ValueError: as from ``train`` and ``evaluate``.

    """
    begun = time.monotonic()
    deployed = train(
        _network(trial),
        trial.training,
        None,
        trial.folder,
        trial.recipe,
        seed=trial.seed,
        workers=trial.workers,
        teacher=None if trial.teacher is None else load_checkpoint(trial.teacher),
        hardware=trial.hardware,
        progress=False,
    )
    return Outcome(_miou(deployed, trial), time.monotonic() - begun)


def run_candidate(trial: Trial) -> Outcome:
    """Do as ``run_trial``, but let a training that diverged be the worst of its step."""
    begun = time.monotonic()
    try:
        return run_trial(trial)
    except DivergedError:
        return Outcome(0.0, time.monotonic() - begun)


def score_only(weights: Path, trial: Trial) -> Outcome:
    """Score a network that was trained elsewhere on a trial's validation frames."""
    begun = time.monotonic()
    return Outcome(_miou(weights, trial), time.monotonic() - begun)


def tidy(trial: Trial) -> None:
    """Delete what only a training that goes on needs: most of the folder's size."""
    (trial.folder / RESUME_FILE).unlink(missing_ok=True)


def derived_seed(seed: int, name: str) -> int:
    """Return a seed that depends on another and on a name, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f'{seed} {name}'.encode()).digest()[:4], 'big')


def _network(trial: Trial) -> LPSNet:
    if trial.weights is None:
        torch.manual_seed(trial.seed)
        return new_network(trial.training, trial.architecture)
    network, _ = trained_network(
        trial.training, trial.weights, trial.architecture, seed=trial.seed
    )
    return network


def _miou(weights: Path, trial: Trial) -> float:
    return evaluate(load_checkpoint(weights), trial.validation, progress=_no_bar).miou


def _no_bar(frames: range, **_: object) -> range:
    return frames
