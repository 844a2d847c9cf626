"""What a table and JSON say of a score that is known."""

from __future__ import annotations

import json

import pytest
import torch

from lpsnet_ros.engine import Provenance
from lpsnet_ros.training import score_report
from lpsnet_ros.training.evaluate import FrameScore, Score

CONTEXT = {
    'model': {'name': 'm', 'weights': 'abc'},
    'data': {'name': 'Lane', 'splits': ('val',), 'drives': ('A',)},
    'machine': {'load_average': 0.0, 'usable_cores': 2},
    'versions': {'torch': '2.13.0'},
}
ORIGIN = Provenance('m', 'cpu', 'bf16', 'cpu', 'as asked for', 'compiled', 1.5, 0.1)


@pytest.fixture
def score() -> Score:
    """Of 200 road pixels 180 are right; of 40 poles 10; no pixel is sky."""
    confusion = torch.tensor([[180, 20, 0], [30, 10, 0], [0, 0, 0]])
    frames = (FrameScore(0, 'first', 0.25), FrameScore(1, 'void', float('nan')))
    return Score(('road', 'pole', 'sky'), confusion, frames, {(96, 128): ORIGIN}, (4.0, 6.0))


def cells(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith('|')]
    return [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines]


def test_the_table_gives_percent_by_class_and_what_it_is_taken_for(score: Score) -> None:
    rows = cells(score_report.as_table(score, CONTEXT))
    assert rows[0] == ['class', 'IoU', 'recall', 'precision', 'pixels', 'most often taken for']
    assert rows[2:] == [
        ['road', '78.3', '90.0', '85.7', '83.3', 'pole (10.0 %)'],
        ['pole', '16.7', '25.0', '33.3', '16.7', 'road (75.0 %)'],
        ['sky', '-', '-', '-', '0.0', ''],
    ]


def test_below_the_table_stands_what_was_scored_and_by_what(score: Score) -> None:
    lines = score_report.as_table(score, CONTEXT).splitlines()
    assert lines[-4:] == [
        'mIoU 47.5, pixel accuracy 79.2',
        '2 frames of Lane (val, A), model m',
        'cpu bf16 on cpu (compiled), 96x128 frames, resolution 1.5',
        '5.0 ms a frame (median of frame to mask)',
    ]
    busy = {**CONTEXT, 'machine': {'load_average': 2.0, 'usable_cores': 2}}
    assert 'WARNING: load average 2.0' in score_report.as_table(score, busy).splitlines()[-1]


def test_confusions_are_ordered_by_pixels(score: Score) -> None:
    assert score_report.confusions(score) == [
        ('pole', 'road', 30, 0.75),
        ('road', 'pole', 20, 0.1),
    ]


def test_json_holds_everything_and_no_nan(score: Score) -> None:
    text = json.dumps(score_report.as_dict(score, CONTEXT), allow_nan=False)
    values = json.loads(text)
    assert values['frames'] == 2
    assert values['per_class'] == {
        'road': pytest.approx(180 / 230),
        'pole': pytest.approx(10 / 60),
        'sky': None,
    }
    assert values['recall']['sky'] is None
    assert values['per_frame'] == [{'name': 'first', 'miou': 0.25}, {'name': 'void', 'miou': None}]
    assert values['confusion']['pixels'][1] == [30, 10, 0]
    assert values['top_confusions'][0] == {
        'label': 'pole',
        'mask': 'road',
        'pixels': 30,
        'share': 0.75,
    }
    assert values['engines'][0]['frame_size'] == [96, 128]
    assert values['engines'][0]['precision'] == 'bf16'
    assert values['latency_ms']['p50'] == 5.0
    assert values['model'] == CONTEXT['model']
