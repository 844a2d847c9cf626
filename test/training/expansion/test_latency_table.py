"""Latencies in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.training.expansion.latency import Device
from lpsnet_ros.training.expansion.latency_table import LatencyTable, TableLatency, measure
from lpsnet_ros.training.expansion.moves import Limits
from lpsnet_ros.training.expansion.neighbourhood import around, sample

TINY, S, M, L = (SCALES[name] for name in ('tiny', 's', 'm', 'l'))
DEVICE = Device((360, 640), 11, 1.0, 'cpu', 'fp32')
TABLE = LatencyTable(DEVICE, {'date': '2026-11-23'}, {TINY: 3.5, S: 1 / 3})


class Stopwatch:
    """A device of one ms a block, which notes what it was asked."""

    def __init__(self, fails_after: int = 99) -> None:
        self.asked: list[tuple[list[Architecture], Architecture | None]] = []
        self._fails_after = fails_after

    def first(self, architecture: Architecture) -> float:
        self.asked.append(([architecture], None))
        return 10.0

    def of(
        self, architectures: Sequence[Architecture], parent: Architecture, parent_ms: float
    ) -> list[float]:
        if len(self.asked) == self._fails_after:
            raise KeyboardInterrupt
        self.asked.append((list(architectures), parent))
        return [parent_ms * sum(a.depth) / 5 for a in architectures]


def test_table_is_read_back(tmp_path: Path) -> None:
    TABLE.save(tmp_path / 'orin.json')
    assert LatencyTable.load(tmp_path / 'orin.json') == TABLE
    assert [p.name for p in tmp_path.iterdir()] == ['orin.json']


@pytest.mark.parametrize(
    'text', ['', '{}', '[]', '{"format": "lpsnet_ros latency table/0"}', '{"format": 3}']
)
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / 'orin.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=r'orin\.json is no latency table .*: make one'):
        LatencyTable.load(path)


def test_damaged_entry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'orin.json'
    TABLE.save(path)
    values = json.loads(path.read_text())
    del values['entries'][0]['width']
    path.write_text(json.dumps(values))
    with pytest.raises(ValueError, match=r'no latency table .*width'):
        LatencyTable.load(path)


def test_measured_latencies_are_looked_up() -> None:
    source = TableLatency(TABLE, Path('orin.json'))
    assert source.first(TINY) == 3.5
    assert source.of([S, TINY], TINY, 99.0) == [1 / 3, 3.5]


def test_missing_latency_names_the_command_that_measures_it() -> None:
    source = TableLatency(TABLE, Path('orin.json'))
    with pytest.raises(ValueError, match=r'no latency of m, l: ') as caught:
        source.of([TINY, M, L], S, 1.0)
    options = '--around s --repeats 0 --architecture m --architecture l'
    assert f'"lpsnet latency-table orin.json {options}"' in str(caught.value)
    with pytest.raises(ValueError, match='--around m --repeats 0"'):
        source.first(M)


def test_missing_latency_is_estimated_where_that_is_allowed() -> None:
    latencies = {a: float(sum(a.depth)) for a in sample(TINY, Limits(), 20)}
    table = LatencyTable(DEVICE, {}, {**latencies, S: 7.0})
    source = TableLatency(table, Path('orin.json'), estimate=True)
    measured, estimated = source.of([S, M], S, 7.0)
    assert measured == 7.0
    assert estimated == pytest.approx(7.0 * table.model.of(M) / table.model.of(S))
    assert source.first(M) == table.model.of(M)


def test_estimate_from_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match='2 measured latencies are too few'):
        TableLatency(TABLE, Path('t'), estimate=True).first(M)


def test_all_are_measured_beside_the_first_and_saved_in_between(tmp_path: Path) -> None:
    path, empty = tmp_path / 'orin.json', LatencyTable(DEVICE, {})
    wanted = around(TINY, Limits(), 1)
    with pytest.raises(KeyboardInterrupt):
        measure(empty, path, wanted, Stopwatch(fails_after=2))
    begun = LatencyTable.load(path)
    assert list(begun.latencies) == wanted[:5]

    stopwatch = Stopwatch()
    table = measure(begun, path, wanted, stopwatch)
    assert [(len(asked), parent) for asked, parent in stopwatch.asked] == [(4, TINY), (1, TINY)]
    assert LatencyTable.load(path) == table
    assert table.latencies == {a: 10.0 * sum(a.depth) / 5 for a in wanted}
