"""One candidate: built, trained and scored in a folder of its own."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from lpsnet_ros.network import Architecture, LPSNet, NetworkInfo, load_checkpoint
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.datasets import LabelledFrames
from lpsnet_ros.training.evaluate import evaluate
from lpsnet_ros.training.expansion.inherit import inherit
from lpsnet_ros.training.task import Schedule
from lpsnet_ros.training.train import RESULT_FILE, RESUME_FILE, train

OUTPUT_FILE = 'output.txt'


@dataclass(frozen=True)
class Trial:
    """What to train and how.

    Args:
        architecture: of the network.
        weights: checkpoint in training form to inherit from; None for random weights.
        folder: of the training run.
        training, validation: frames to learn from and to score on.
        schedule, augmentation: as for ``train``.
        seed: of everything random.
        workers: processes that prepare samples.

    """

    architecture: Architecture
    weights: Path | None
    folder: Path
    training: LabelledFrames
    validation: LabelledFrames
    schedule: Schedule
    augmentation: Augmentation
    seed: int
    workers: int = 1

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

    What the training prints goes to ``OUTPUT_FILE`` in its folder.

    Raises:
        ValueError: as from ``train`` and ``evaluate``.

    """
    begun = time.monotonic()
    trial.folder.mkdir(parents=True, exist_ok=True)
    with _quietly(trial.folder / OUTPUT_FILE):
        deployed = train(
            _network(trial),
            trial.training,
            None,
            trial.folder,
            trial.schedule,
            trial.augmentation,
            seed=trial.seed,
            workers=trial.workers,
        )
        score = evaluate(load_checkpoint(deployed), trial.validation, progress=_no_bar)
    return Outcome(score.miou, time.monotonic() - begun)


def score_only(weights: Path, trial: Trial) -> Outcome:
    """Score a network that was trained elsewhere on a trial's validation frames."""
    begun = time.monotonic()
    score = evaluate(load_checkpoint(weights), trial.validation, progress=_no_bar)
    return Outcome(score.miou, time.monotonic() - begun)


def tidy(trial: Trial) -> None:
    """Delete what only a training that goes on needs: most of the folder's size."""
    (trial.folder / RESUME_FILE).unlink(missing_ok=True)


def derived_seed(seed: int, name: str) -> int:
    """Return a seed that depends on another and on a name, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f'{seed} {name}'.encode()).digest()[:4], 'big')


def _network(trial: Trial) -> LPSNet:
    frames = trial.training
    if trial.weights is None:
        torch.manual_seed(trial.seed)
        network = LPSNet.from_architecture(
            trial.architecture, num_classes=len(frames.classes), identity=True
        )
    else:
        network = inherit(load_checkpoint(trial.weights), trial.architecture, seed=trial.seed)
    network.info = NetworkInfo(
        frames.classes,
        training_size=frames.network_input_size,
        dataset=frames.name,
        licence=frames.licence,
    )
    return network


def _no_bar(frames: range, **_: object) -> range:
    return frames


@contextlib.contextmanager
def _quietly(output: Path) -> Iterator[None]:
    """Keep a training's bars and remarks apart: of dozens of them nobody wants to see one."""
    lightning_log = logging.getLogger('lightning.pytorch')
    level = lightning_log.level
    lightning_log.setLevel(logging.WARNING)
    try:
        with output.open('a') as file, contextlib.redirect_stdout(file):
            yield
    finally:
        lightning_log.setLevel(level)
