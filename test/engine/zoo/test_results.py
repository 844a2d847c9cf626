"""Measurements kept beside checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine.zoo.conftest import times

from lpsnet_ros.engine.zoo.results import (
    evaluation_file,
    latency_file,
    read_evaluations,
    read_latencies,
    write_result,
)


def test_an_evaluation_is_read_as_it_was_kept(models: Path) -> None:
    (kept,) = read_evaluations(models / 'lpsnet_s_street.safetensors')
    assert (kept.name, kept.weights) == ('unseen', 'ad7ba38659e5f3dd')
    assert (kept.data, kept.frames) == ('Street, val, A', 7)
    assert kept.scored_by == 'cpu bf16, resolution 2'
    assert (kept.miou, kept.pixel_accuracy) == (0.6, 0.891)
    assert (kept.per_class['sky'], kept.per_class['fence']) == (0.914, None)


def test_many_drives_are_counted(models: Path) -> None:
    file = evaluation_file(models / 'lpsnet_s_street.safetensors', 'unseen')
    values = json.loads(file.read_text())
    values['data']['drives'] = ['A_1', 'A_2', 'B_1', 'B_2']
    file.write_text(json.dumps(values))
    (kept,) = read_evaluations(models / 'lpsnet_s_street.safetensors')
    assert kept.data == 'Street, val, A_1 and 3 more'


def test_times_are_read_as_they_were_kept(models: Path) -> None:
    (kept,) = read_latencies(models)
    assert kept.engine == 'cpu bf16'
    assert kept.frame_size == (96, 128)
    assert kept.p50 == {'grown_1': 4.25, 'lpsnet_s_street': 10.0}
    assert kept.p95['grown_1'] == 8.5
    assert kept.measured_on == 'Abacus, 2 thread(s), torch 2.13.0, 2026-11-23'
    assert kept.note is None


def test_a_busy_machine_and_a_gpu_are_told(models: Path) -> None:
    results = times(grown_1=1.0)
    results['machine'] |= {'gpu': 'Big GPU', 'load_average': 2.0}
    write_result(latency_file(models, 'cuda', 'fp16'), results)
    _, kept = read_latencies(models)
    assert kept.measured_on.startswith('Big GPU, ')
    assert 'load average 2.0' in kept.note


def test_nothing_kept_is_no_error(tmp_path: Path) -> None:
    assert read_evaluations(tmp_path / 'x.safetensors') == []
    assert read_latencies(tmp_path) == []


@pytest.mark.parametrize('damage', ['{', '{}', '[]', '{"engines": []}'])
def test_a_damaged_result_is_named(models: Path, damage: str) -> None:
    file = evaluation_file(models / 'grown_1.safetensors', 'unseen')
    file.write_text(damage)
    with pytest.raises(ValueError, match=r'unseen\.json is damaged .*: measure anew or delete it'):
        read_evaluations(models / 'grown_1.safetensors')


@pytest.mark.parametrize('name', ['', '..', 'a/b', '.hidden'])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match='names no result'):
        evaluation_file(Path('x.safetensors'), name)


def test_a_result_is_json_in_a_folder_of_its_own(tmp_path: Path) -> None:
    file = evaluation_file(tmp_path / 'net.safetensors', 'val_2')
    write_result(file, {'miou': 0.5})
    assert file == tmp_path / 'results' / 'net' / 'val_2.json'
    assert json.loads(file.read_text()) == {'miou': 0.5}
