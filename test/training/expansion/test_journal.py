"""The journal survives what kills its writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from lpsnet_ros.training.expansion.journal import SCORE, Journal, begin


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'journal.jsonl'


def test_entries_are_read_back(path: Path) -> None:
    with Journal(path) as journal:
        journal.append(SCORE, {'miou': 0.5})
        journal.append('other', {})
    with Journal(path) as journal:
        assert [dict(e) for e in journal.of(SCORE)] == [
            {'event': 'score', 'miou': 0.5, 'elapsed': pytest.approx(0, abs=5)}
        ]
        journal.append(SCORE, {'miou': 0.6})
    with Journal(path) as journal:
        assert [e['miou'] for e in journal.of(SCORE)] == [0.5, 0.6]


@pytest.mark.parametrize('cut', range(1, 20))
def test_half_a_line_is_dropped_and_written_over(path: Path, cut: int) -> None:
    with Journal(path) as journal:
        journal.append(SCORE, {'miou': 0.5})
        journal.append(SCORE, {'miou': 0.6})
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(path) as journal:
        assert [e['miou'] for e in journal.entries] == [0.5]
        journal.append(SCORE, {'miou': 0.7})
    with Journal(path) as journal:
        assert [e['miou'] for e in journal.entries] == [0.5, 0.7]


def test_damaged_line_is_named(path: Path) -> None:
    whole = '{"event": "score", "elapsed": 1.0}\n'
    for line, wrong in (('\0\0\0', 'no JSON'), ('{"event": "begun"}', 'no entry of a journal')):
        path.write_text(f'{whole}{line}\n{whole}')
        with pytest.raises(ValueError, match=rf'journal\.jsonl, line 2: {wrong}'):
            Journal(path)


def test_time_is_counted_over_all_starts(path: Path) -> None:
    path.write_text('{"event": "score", "elapsed": 100.0}\n')
    with Journal(path) as journal:
        journal.append(SCORE, {})
    with Journal(path) as journal:
        assert 100 <= journal.entries[-1]['elapsed'] <= journal.elapsed < 105


def test_second_process_is_turned_away(path: Path) -> None:
    with Journal(path), pytest.raises(ValueError, match='in use by another lpsnet expand'):
        Journal(path)
    with Journal(path):
        pass


def test_other_options_are_refused_by_name(path: Path) -> None:
    with Journal(path) as journal:
        begin(journal, {'epochs': 3, 'crop': (64, 96), 'seed': 0})
        begin(journal, {'epochs': 3, 'crop': (64, 96), 'seed': 0})
        with pytest.raises(ValueError, match=r'epochs was 3, is 4; seed was 0, is 1\. Repeat'):
            begin(journal, {'epochs': 4, 'crop': (64, 96), 'seed': 1})
        assert len(journal.entries) == 1
