"""Latencies measured on one device, in a file that an expansion elsewhere works from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lpsnet_ros.engine.engine import network_size
from lpsnet_ros.network import Architecture
from lpsnet_ros.training.expansion.latency import Device, LatencySource
from lpsnet_ros.training.expansion.latency_model import LatencyModel, fit
from lpsnet_ros.training.expansion.notation import from_json, to_json

FORMAT = 'lpsnet_ros latency table/1'
# Networks that are timed beside the first one at a time, and lost if the measuring is stopped.
TIMED_TOGETHER = 4


@dataclass(frozen=True)
class LatencyTable:
    """Latencies in ms by architecture, and what they were measured on.

    Args:
        device: size of the frames, back end and so on; names, not ``auto``.
        context: machine, versions and date, for people.
        latencies: at least one; the first is the one that others were timed beside.

    """

    device: Device
    context: Mapping[str, Any]
    latencies: Mapping[Architecture, float] = field(default_factory=dict)

    @cached_property
    def model(self) -> LatencyModel:
        """The fitted model.

        Raises:
            ValueError: the entries are too few.

        """
        seen = network_size(self.device.size, self.device.resolution)
        return fit(self.latencies, seen, self.device.num_classes)

    def extended(self, latencies: Mapping[Architecture, float]) -> LatencyTable:
        """Return a table with further entries."""
        return replace(self, latencies={**self.latencies, **latencies})

    def save(self, path: Path) -> None:
        """Write the table; replaces an existing file in one step."""
        entries = [{**to_json(a), 'ms': ms} for a, ms in self.latencies.items()]
        lines = ',\n  '.join(json.dumps(entry) for entry in entries)
        head = {'format': FORMAT, 'device': asdict(self.device), **self.context}
        text = json.dumps(head, indent=1).removesuffix('\n}')
        temporary = path.with_name(f'.{path.name}.{os.getpid()}')
        temporary.write_text(f'{text},\n "entries": [\n  {lines}\n ]\n}}\n')
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> LatencyTable:
        """Read what ``save`` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no such table.

        """
        try:
            values = json.loads(path.read_text())
            if values.pop('format') != FORMAT:
                raise ValueError(f'its format is not {FORMAT!r}')
            device = values.pop('device')
            device['size'] = tuple(device['size'])
            latencies = {from_json(e): float(e['ms']) for e in values.pop('entries')}
            return cls(Device(**device), values, latencies)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f'{path} is no latency table ({error!r}): make one with lpsnet latency-table'
            ) from None


@dataclass(frozen=True)
class TableLatency:
    """Latencies from a table, estimated where it has none and that is allowed.

    Args:
        table: the measured ones.
        path: the table's file, for messages.
        estimate: whether to estimate.

    """

    table: LatencyTable
    path: Path
    estimate: bool = False

    def first(self, architecture: Architecture) -> float:
        """Look a latency up, in ms.

        Raises:
            ValueError: the table lacks it; says how to measure it.

        """
        self._check([architecture], architecture)
        measured = self.table.latencies.get(architecture)
        return self.table.model.of(architecture) if measured is None else measured

    def of(
        self, architectures: Sequence[Architecture], parent: Architecture, parent_ms: float
    ) -> list[float]:
        """Look latencies up, in ms; what is estimated is so in proportion to the parent's.

        Raises:
            ValueError: the table lacks one; says how to measure it.

        """
        self._check(architectures, parent)
        measured = self.table.latencies
        if all(a in measured for a in architectures):
            return [measured[a] for a in architectures]
        # The model's error at the parent would be as large as what a move adds.
        correction = parent_ms / self.table.model.of(parent)
        return [
            measured[a] if a in measured else correction * self.table.model.of(a)
            for a in architectures
        ]

    def _check(self, architectures: Sequence[Architecture], parent: Architecture) -> None:
        missing = [a for a in architectures if a not in self.table.latencies]
        if missing and not self.estimate:
            # --around measures the parent itself.
            wanted = ''.join(f' --architecture {a.name}' for a in missing if a != parent)
            raise ValueError(
                f'{self.path} has no latency of {", ".join(a.name for a in missing)}: on its '
                f'device run "lpsnet latency-table {self.path} --around {parent.name} --repeats 0'
                f'{wanted}" (without --repeats 0 it measures most of what is asked for next, '
                'too), or allow --estimate'
            )


def measure(
    table: LatencyTable,
    path: Path,
    architectures: Iterable[Architecture],
    source: LatencySource,
    progress: Callable[[Sequence[Architecture]], Iterable[Architecture]] = iter,
) -> LatencyTable:
    """Measure what the table lacks, beside its first architecture, and save it as it grows.

    Args:
        table: to extend; may be without entries.
        path: the table's file.
        architectures: those that the table shall have.
        source: what measures.
        progress: wraps the architectures that are measured.

    Raises:
        ValueError, PreparationError: one can't be measured.

    """
    missing = [a for a in dict.fromkeys(architectures) if a not in table.latencies]
    together: list[Architecture] = []
    for architecture in progress(missing):
        if not table.latencies:
            table = table.extended({architecture: source.first(architecture)})
            table.save(path)
            continue
        together.append(architecture)
        if len(together) == TIMED_TOGETHER or architecture == missing[-1]:
            first, first_ms = next(iter(table.latencies.items()))
            table = table.extended(dict(zip(together, source.of(together, first, first_ms))))
            table.save(path)
            together = []
    return table
