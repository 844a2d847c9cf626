"""Tables, pictures and the page."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.training.expansion.moves import Limits
from lpsnet_ros.training.expansion.report import as_page, why, write_report
from lpsnet_ros.training.expansion.results import path, rows
from lpsnet_ros.training.expansion.run import Compared, Progress
from lpsnet_ros.training.expansion.search import Rules, expand

TINY, S = SCALES['tiny'], SCALES['s']
MACHINE = {
    'processor': 'abacus',
    'gpu': None,
    'usable_cores': 2,
    'memory_gib': 8.0,
    'load_average': 0.0,
}
CONTEXT = {
    'command': 'lpsnet expand',
    'date': '2026-11-23',
    'data': 'street',
    'latency': 'made up',
    'machine': MACHINE,
    'versions': {'torch': '2.13.0', 'cuda': None},
}


def measure(architectures: Sequence[Architecture], parent: Architecture | None) -> list[float]:
    return [float(sum(a.depth)) for a in architectures]


def score(architectures: Sequence[Architecture], parent: Architecture) -> list[float]:
    """Give 1 % for every block of stage 4, until there are three."""
    return [0.3 + 0.01 * min(a.depth[3], 3) for a in architectures]


@pytest.fixture(scope='module')
def progress() -> Progress:
    rules = Rules(Limits(depth=4, width=32, resolution=0.5))
    steps = tuple(s for s, _ in zip(expand(TINY, measure, score, rules), range(2)))
    compared = Compared('lpsnet_s', S, 27.0, 0.4)
    return Progress(TINY, 5.0, 0.31, (compared,), steps)


def test_rows_are_all_that_was_scored(progress: Progress) -> None:
    found = rows(progress)
    assert [r.kind for r in found[:3]] == ['start', 'compared', 'baseline']
    assert len(found) == 2 + sum(1 + len(s.candidates) for s in progress.steps)
    assert [r.name for r in path(progress)] == ['grown_0', 'grown_1', 'grown_2']
    chosen = path(progress)[1]
    assert chosen.miou == pytest.approx(0.33)
    assert chosen.slope == pytest.approx(0.02 / (chosen.ms - 5.0))


def test_files_hold_the_rows(progress: Progress, tmp_path: Path) -> None:
    write_report(tmp_path, progress, CONTEXT)
    values = json.loads((tmp_path / 'candidates.json').read_text())
    assert values['command'] == 'lpsnet expand'
    found = rows(progress)
    assert [n['miou'] for n in values['networks']] == [r.miou for r in found]
    assert Architecture(**values['networks'][0]['architecture']) == TINY
    with (tmp_path / 'candidates.csv').open(newline='') as file:
        assert [row['architecture'] for row in csv.DictReader(file)] == [
            r.architecture.name for r in found
        ]
    for picture in ('pareto.png', 'slopes.png'):
        assert cv2.imread(str(tmp_path / picture)).std() > 5


def test_page_tells_what_won_and_why(progress: Progress) -> None:
    page = as_page(progress, CONTEXT)
    assert 'From 31.00 % at 5.00 ms to ' in page
    assert '| grown_1 | depth of stages ' in page
    assert (
        '| lpsnet_s | compared | 1,3,3,10,10 | 8,24,48,96,96 | 0.75,0.25 | 27.00 | 40.00 % |'
        in page
    )
    assert page.count('\n## Step ') == 2
    assert 'torch 2.13.0' in page
    assert 'cuda' not in page
    assert 'WARNING' not in page
    assert '+2.00 points over the parent trained as long (31.00 %)' in why(progress.steps[0])
    assert 'next came' in why(progress.steps[0])


def test_step_without_gain_is_called_so(progress: Progress) -> None:
    second = progress.steps[1]
    assert second.chosen.gain == 0
    assert why(second).startswith('No candidate was better than the parent trained as long (33')


def test_page_says_when_hours_ran_out_and_the_machine_was_busy(progress: Progress) -> None:
    busy = {**CONTEXT, 'machine': {**MACHINE, 'load_average': 3.0}}
    page = as_page(replace(progress, out_of_time=True), busy)
    assert 'The hours ended the run within a step' in page
    assert 'WARNING: load average 3.0' in page
