"""An expansion in a folder: goes on where it was, and leaves networks and tables behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import torch

from lpsnet_ros.engine.fingerprint import weights_digest
from lpsnet_ros.network import Architecture, load_checkpoint, save_checkpoint
from lpsnet_ros.network.checkpoint import SUFFIX
from lpsnet_ros.network.header import read_header
from lpsnet_ros.training.balance import require_labels
from lpsnet_ros.training.expansion.journal import Journal
from lpsnet_ros.training.expansion.latency import LatencySource
from lpsnet_ros.training.expansion.plan import Plan
from lpsnet_ros.training.expansion.records import Latencies, OutOfTime, Scores, Watcher
from lpsnet_ros.training.expansion.search import Rules, Step, candidates, expand
from lpsnet_ros.training.train import DEPLOYED_FILE, RESULT_FILE

JOURNAL_FILE = 'journal.jsonl'
MODELS = 'models'
HOUR = 3600


@dataclass(frozen=True)
class Start:
    """What an expansion begins with.

    Args:
        architecture: of the first network.
        weights: its checkpoint in training form; None to train it from random weights.
        compare: checkpoints of other networks to measure and score beside the grown ones.

    """

    architecture: Architecture
    weights: Path | None = None
    compare: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Budget:
    """When an expansion ends, if not by the rules; None for no limit.

    Args:
        steps: of the whole run.
        hours: of work, over all starts of the run.

    """

    steps: int | None = None
    hours: float | None = None


@dataclass(frozen=True)
class Compared:
    """A network from elsewhere, measured and scored like the grown ones."""

    name: str
    architecture: Architecture
    latency: float
    miou: float


@dataclass(frozen=True)
class Progress:
    """How far an expansion is.

    Args:
        start: what it began with.
        start_ms, start_miou: its latency and score.
        compared: networks from elsewhere.
        steps: those that are complete.
        out_of_time: the hours ended it within a step.

    """

    start: Architecture
    start_ms: float
    start_miou: float
    compared: tuple[Compared, ...] = ()
    steps: tuple[Step, ...] = ()
    out_of_time: bool = False


def run_expansion(
    output: Path,
    journal: Journal,
    start: Start,
    plan: Plan,
    latency: LatencySource,
    rules: Rules,
    budget: Budget,
    watcher: Watcher,
) -> Iterator[Progress]:
    """Expand; yields after the first network was scored, after every step and at the end.

    Each network of the path is written to ``models/grown_N.safetensors`` below the folder, folded
    and in fp16; the first is ``grown_0``.

    Args:
        output: the run's folder.
        journal: of the run.
        start: the first network.
        plan: how to train.
        latency: where latencies are from.
        rules: limits of the search.
        budget: when to end.
        watcher: is told what happens.

    Raises:
        DatasetError: a frame can't be read, or nothing is labelled to learn or to score.
        ValueError: the first network is slower than the rules allow, or something can't be
            measured or trained.

    """
    require_labels(plan.validation)
    latencies = Latencies(journal, latency)
    seconds = None if budget.hours is None else HOUR * budget.hours
    scores = Scores(journal, output, plan, watcher, seconds)
    first = start.architecture
    start_ms = latencies.measure([first], None)[0]
    _check_start(first, start_ms, rules)
    # Before the training, so that an engine or a table that fails here does so now.
    if not candidates(first, latencies.measure, rules)[1]:
        raise ValueError(f'nothing that {first.name} can become is within the limits: raise them')
    for path in start.compare:
        _check_compared(path, plan)
        latencies.measure([read_header(path).architecture], first)
    start_miou = scores.start(first, start.weights)
    _export(scores.weights[first], output, 0, start_ms, start_miou)
    compared = tuple(_compared(path, first, latencies, scores) for path in start.compare)
    progress = Progress(first, start_ms, start_miou, compared)
    yield progress
    search = expand(first, latencies.measure, scores.score, rules)
    try:
        for step in islice(search, budget.steps):
            grown = step.chosen.grown
            scores.adopt(grown.architecture, step.parent)
            weights = scores.weights[grown.architecture]
            _export(weights, output, step.number, grown.latency, step.chosen.miou)
            progress = replace(progress, steps=(*progress.steps, step))
            yield progress
    except OutOfTime:
        yield replace(progress, out_of_time=True)


def _check_start(architecture: Architecture, latency: float, rules: Rules) -> None:
    if rules.limit_ms is not None and latency > rules.limit_ms:
        raise ValueError(
            f'{architecture.name} takes {latency:.2f} ms already, more than the target of '
            f'{rules.limit_ms:g} ms: start smaller, show the network less of the frame '
            '(--resolution), or allow more'
        )


def _check_compared(path: Path, plan: Plan) -> None:
    known, asked = read_header(path).info.classes.names, plan.validation.classes.names
    if known != asked:
        raise ValueError(
            f'{path} can not be compared: it knows {", ".join(known)}, the frames are labelled '
            f'with {", ".join(asked)}'
        )


def _compared(path: Path, beside: Architecture, latencies: Latencies, scores: Scores) -> Compared:
    network = load_checkpoint(path)
    latency = latencies.measure([network.architecture], beside)[0]
    miou = scores.compare(path, network.architecture, weights_digest(network))
    # Every training run calls its networks the same.
    name = path.parent.name if path.name in (RESULT_FILE, DEPLOYED_FILE) else path.stem
    return Compared(name, network.architecture, latency, miou)


def _export(weights: Path, output: Path, number: int, latency: float, miou: float) -> None:
    network = load_checkpoint(weights)
    network.info = replace(network.info, metrics={'miou': miou, 'latency_ms': latency})
    folder = output / MODELS
    folder.mkdir(exist_ok=True)
    save_checkpoint(network.folded(), folder / f'{exported_name(number)}{SUFFIX}', torch.float16)


def exported_name(number: int) -> str:
    """Return what the network after so many steps is called."""
    return f'grown_{number}'
