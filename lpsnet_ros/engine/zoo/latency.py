"""How long all models of a folder take on this machine, measured in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.engine.backends.base import Frame
from lpsnet_ros.engine.benchmark import interleave, summarise
from lpsnet_ros.engine.benchmark.machine import describe_machine, describe_versions
from lpsnet_ros.engine.zoo.entries import ModelEntry
from lpsnet_ros.network import load_checkpoint

SCHEMA = 1


def common_training_size(entries: Sequence[ModelEntry]) -> tuple[int, int]:
    """Return the (height, width) that all models were trained on.

    Raises:
        ValueError: there is no such size.

    """
    sizes = {entry.info.training_size for entry in entries}
    if len(sizes) == 1 and None not in sizes:
        return sizes.pop()
    trained = ', '.join(f'{entry.name} on {entry.info.training_size}' for entry in entries)
    raise ValueError(f'no frame size fits all models ({trained or "there are none"}): give --size')


def measure(
    entries: Sequence[ModelEntry],
    frames: Sequence[Frame],
    rounds: int,
    *,
    backend: str = AUTO,
    precision: str = AUTO,
    cache_dir: Path | None = None,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> dict[str, Any]:
    """Time every model's engine, interleaved, at the resolution that it was trained for.

    Args:
        entries: the models; at least one.
        frames: uint8 (H,W,3) BGR of one size, at least one.
        rounds: timings of each.
        backend, precision, cache_dir: as for ``Engine``.
        progress: wraps the numbers of the rounds.

    Returns:
        Percentiles in ms by model, the machine and the versions, fit for JSON.

    Raises:
        ValueError: an engine can't be had or fails, or not all have the same back end.
        PreparationError: a back end should work here and doesn't.

    """
    machine = describe_machine()
    size = frames[0].shape[:2]
    options = {'backend': backend, 'precision': precision, 'cache_dir': cache_dir}
    engines = {
        entry.name: Engine(load_checkpoint(entry.path), size, model=entry.name, **options)
        for entry in entries
    }
    kinds = {(e.provenance.backend, e.provenance.precision) for e in engines.values()}
    if len(kinds) > 1:
        raise ValueError(f'the models got different back ends ({kinds}): give --backend')
    ((chosen_backend, chosen_precision),) = kinds
    measured = interleave(engines, frames, progress(range(rounds)))
    for name, reason in measured.failures.items():
        raise ValueError(f'{name} failed: {reason}')
    return {
        'schema': SCHEMA,
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'backend': chosen_backend,
        'precision': chosen_precision,
        'frame_size': size,
        'threads': torch.get_num_threads(),
        'machine': machine,
        'versions': describe_versions(),
        'models': {
            name: {'resolution': engines[name].provenance.resolution, **asdict(summarise(times))}
            for name, times in measured.times.items()
        },
    }
