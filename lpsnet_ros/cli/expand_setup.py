"""From the options of ``lpsnet expand`` to what an expansion needs."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from lpsnet_ros.engine.benchmark.machine import describe_machine, describe_versions
from lpsnet_ros.engine.engine import RESOLUTION_RANGE
from lpsnet_ros.engine.fingerprint import weights_digest
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.frames.sample import sample_frames
from lpsnet_ros.network import SCALES, LPSNet, load_checkpoint
from lpsnet_ros.training.datasets import LabelledFrames, frames_digest
from lpsnet_ros.training.datasets.check import differing_heights
from lpsnet_ros.training.expansion.latency import Device, EngineLatency, LatencySource, resolved
from lpsnet_ros.training.expansion.latency_table import LatencyTable, TableLatency
from lpsnet_ros.training.expansion.notation import parse_architecture
from lpsnet_ros.training.expansion.run import Start

MEASURED_FRAMES = 4
RATIO_TOLERANCE = 0.02


def describe_frames(training: LabelledFrames, validation: LabelledFrames) -> str:
    """Say which frames they are, wherever they lie."""
    digest = frames_digest(training, validation)
    return f'{training.name}, {len(training)} + {len(validation)} held-out frames ({digest})'


def describe_weights(network: LPSNet) -> str:
    """Tell weights from others, wherever their file is."""
    return f'{network.architecture.name} {weights_digest(network)}'


def open_start(
    start: str, compare: tuple[str, ...], frames: LabelledFrames, from_scratch: bool
) -> tuple[Start, str]:
    """Return what to start from, and a text that tells it from any other start.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it is of other classes.

    """
    compared = tuple(find_checkpoint(model) for model in compare)
    if start.lower() in SCALES:
        return Start(parse_architecture(start), None, compared), start.lower()
    path = find_checkpoint(start)
    network = load_checkpoint(path)
    architecture = network.architecture
    if from_scratch:
        return Start(architecture, None, compared), architecture.name
    if network.info.classes.names != frames.classes.names:
        raise ValueError(f'{path} has other classes than {frames.name}: start from a scale')
    return Start(architecture, path, compared), describe_weights(network)


@dataclass(frozen=True)
class LatencyOptions:
    """The options that say where latencies are from; None where not given."""

    table: Path | None
    estimate: bool
    size: tuple[int, int] | None
    resolution: float | None
    backend: str | None
    precision: str | None
    rounds: int
    source: str

    @property
    def device(self) -> Mapping[str, Any]:
        """Those that say what is measured on, as far as they are given."""
        names = ('size', 'resolution', 'backend', 'precision')
        return {n: v for n in names if (v := getattr(self, n)) is not None}


def latency_source(
    options: LatencyOptions, start: Start, frames: LabelledFrames
) -> tuple[LatencySource, Device]:
    """Return where latencies are from and the device that they are of.

    Raises:
        UsageError: options are missing or contradict each other.
        ValueError: the table is malformed or of other networks; no engine works here.

    """
    if options.table:
        return _from_table(options, len(frames.classes))
    if options.estimate:
        raise click.UsageError('--estimate needs --latency-table')
    if options.size is None:
        raise click.UsageError(
            'give the size of the frames that the network will run on, --size HEIGHTxWIDTH, '
            'or a --latency-table'
        )
    given = {'resolution': _trained_resolution(frames, options.size), **options.device}
    device = resolved(Device(num_classes=len(frames.classes), **given), start.architecture)
    sample = sample_frames(options.source, device.size, MEASURED_FRAMES)
    return EngineLatency(device, sample, options.rounds, _latency_bar), device


def _from_table(options: LatencyOptions, num_classes: int) -> tuple[LatencySource, Device]:
    if options.device:
        names = ', '.join(f'--{name}' for name in options.device)
        raise click.UsageError(
            f'the latency table says what it was measured with: leave {names} out'
        )
    table = LatencyTable.load(options.table)
    if table.device.num_classes != num_classes:
        raise ValueError(
            f'{options.table} is of networks with {table.device.num_classes} classes, the data '
            f'have {num_classes}: measure one with lpsnet latency-table --classes {num_classes}'
        )
    return TableLatency(table, options.table, options.estimate), table.device


def warnings(frames: LabelledFrames, device: Device) -> Iterator[str]:
    """Yield what makes scores and latencies be of different things."""
    heights = differing_heights(frames.heights)
    if heights:
        yield heights
    trained = _trained_resolution(frames, device.size)
    if abs(device.resolution / trained - 1) > RATIO_TOLERANCE:
        yield (
            f'latencies are at resolution {device.resolution:g} of {device.size[0]}x'
            f'{device.size[1]}, but the node shows a network of these frames {trained:g}: '
            f'measure with --resolution {trained:g}, or set that parameter of the node'
        )


def _trained_resolution(frames: LabelledFrames, size: tuple[int, int]) -> float:
    """Return the ratio at which a network sees frames as large as in training."""
    low, high = RESOLUTION_RANGE
    return min(high, max(low, frames.network_input_size[0] / size[0]))


def _latency_bar(rounds: Iterable[int]) -> Iterable[int]:
    return tqdm(rounds, desc='latencies', unit='round', leave=False)


def page_context(
    frames: str, holdout: tuple[str, ...], device: Device, table: Path | None
) -> Mapping[str, Any]:
    """Return what a report says about where its numbers are from."""
    source = f'table {table.name}' if table else 'measured here, beside the parent'
    return {
        'command': shlex.join(['lpsnet', *sys.argv[1:]]),
        'date': date.today().isoformat(),
        'data': f'{frames}; held out: {", ".join(holdout)}',
        'latency': f'{device}; {source}',
        'machine': describe_machine(),
        'versions': describe_versions(),
    }
