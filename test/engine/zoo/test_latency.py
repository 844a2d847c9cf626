"""All models timed in one run, and drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lpsnet_ros.engine.zoo import list_models
from lpsnet_ros.engine.zoo.latency import common_training_size, measure
from lpsnet_ros.engine.zoo.plot import choose_evaluation, draw
from lpsnet_ros.engine.zoo.results import (
    evaluation_file,
    latency_file,
    read_latencies,
    write_result,
)


def test_every_model_is_timed_and_the_times_are_read_again(models: Path) -> None:
    entries = list_models(models).entries
    frames = [np.full((96, 128, 3), value, np.uint8) for value in (50, 200)]
    result = measure(entries, frames, 3, backend='cpu', precision='fp32')
    assert set(result['models']) == {'grown_1', 'lpsnet_s_street'}
    assert all(times['rounds'] == 3 for times in result['models'].values())
    assert all(times['resolution'] == 1.0 for times in result['models'].values())
    write_result(latency_file(models, 'cpu', 'fp32'), json.loads(json.dumps(result)))
    kept = {latency.engine: latency for latency in read_latencies(models)}['cpu fp32']
    assert kept.frame_size == (96, 128)
    assert all(0 < kept.p50[name] <= kept.p95[name] for name in kept.p50)


def test_a_back_end_that_can_not_work_here_says_so(models: Path) -> None:
    frame = np.zeros((96, 128, 3), np.uint8)
    with pytest.raises(ValueError, match="not in 'fp16'"):
        measure(list_models(models).entries, [frame], 1, backend='cpu', precision='fp16')


def test_frames_have_the_size_that_all_models_were_trained_on(models: Path) -> None:
    one, other = list_models(models).entries
    assert common_training_size([one, other]) == (96, 128)
    larger = replace(other, info=replace(other.info, training_size=(192, 256)))
    with pytest.raises(ValueError, match=r'grown_1 on \(96, 128\), lpsnet_s_street on \(192'):
        common_training_size([one, larger])
    with pytest.raises(ValueError, match='there are none'):
        common_training_size([])


def test_the_only_evaluation_is_drawn_unless_another_is_named(models: Path) -> None:
    entries = list_models(models).entries
    assert choose_evaluation(entries, None) == 'unseen'
    file = evaluation_file(entries[0].path, 'unseen')
    file.with_name('val.json').write_text(file.read_text())
    assert choose_evaluation(entries, 'val') == 'val'
    with pytest.raises(ValueError, match='no single evaluation: there are unseen, val'):
        choose_evaluation(entries, None)
    with pytest.raises(ValueError, match="no evaluation 'test': there are unseen, val"):
        choose_evaluation(entries, 'test')


def test_the_plot_names_every_model_and_is_the_same_again(models: Path, tmp_path: Path) -> None:
    pytest.importorskip('matplotlib', reason='plots need matplotlib: the extra bench')
    entries, latencies = list_models(models).entries, read_latencies(models)
    pictures = [tmp_path / 'first.svg', tmp_path / 'second.svg']
    for picture in pictures:
        draw(picture, entries, 'unseen', latencies)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    for text in ('grown_1', 'lpsnet_s_street', 'cpu bf16', 'unseen'):
        assert f'<!-- {text}' in pictures[0].read_text()


def test_models_that_were_not_evaluated_are_left_out_of_the_plot(
    models: Path, tmp_path: Path
) -> None:
    pytest.importorskip('matplotlib', reason='plots need matplotlib: the extra bench')
    entries = list_models(models).entries
    evaluation_file(entries[0].path, 'unseen').unlink()
    draw(tmp_path / 'plot.svg', entries, 'unseen', read_latencies(models))
    assert 'grown_1' not in (tmp_path / 'plot.svg').read_text()
