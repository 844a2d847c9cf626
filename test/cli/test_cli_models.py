"""``lpsnet models``: from a trained checkpoint to its card, index and plot."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from network.test_official import official_names

from lpsnet_ros.cli.main import main
from lpsnet_ros.engine.zoo import available, find_checkpoint
from lpsnet_ros.engine.zoo.names import checkpoints
from lpsnet_ros.network import CITYSCAPES, LPSNet, load_checkpoint, save_checkpoint


def lpsnet(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


@pytest.fixture
def models(small_network: LPSNet, tmp_path: Path) -> Path:
    folder = tmp_path / 'models'
    folder.mkdir()
    for name in ('grown_1', 'lpsnet_s_street'):
        save_checkpoint(small_network.folded(), folder / f'{name}.safetensors')
    return folder


def test_the_list_names_every_shipped_model() -> None:
    result = lpsnet('models')
    assert result.exit_code == 0, result.output
    assert all(f' {name}' in result.output for name in available())
    # Under which name they were evaluated; see docs/evaluation.md.
    assert len(re.findall(r'seen_val \d\d\.\d ', result.output)) == len(checkpoints())


def test_json_holds_every_field(models: Path) -> None:
    result = lpsnet('models', '--models-dir', models, '--json')
    listed = json.loads(result.stdout)
    assert listed['folder'] == str(models)
    assert [model['name'] for model in listed['models']] == ['grown_1', 'lpsnet_s_street']
    assert listed['models'][1]['also_called'] == ['s', 's_street']
    assert listed['models'][1]['training_size'] == [96, 128]
    assert listed['models'][1]['path'] == str(models / 'lpsnet_s_street.safetensors')


def test_a_damaged_file_is_a_warning_and_an_empty_folder_is_said(
    models: Path, tmp_path: Path
) -> None:
    (models / 'foreign.safetensors').write_bytes(b'nothing')
    result = lpsnet('models', '--models-dir', models)
    assert result.exit_code == 0
    assert 'grown_1' in result.stdout
    assert 'WARNING: ' in result.stderr
    (tmp_path / 'empty').mkdir()
    assert 'no models in' in lpsnet('models', '--models-dir', tmp_path / 'empty').stdout


def test_a_model_is_added_by_three_commands(models: Path, street_root: Path) -> None:
    pytest.importorskip('matplotlib', reason='plots need matplotlib: the extra bench')
    for name in ('grown_1', 'lpsnet_s_street'):
        model = models / f'{name}.safetensors'
        options = ('--data', street_root, '--model', model, '--record', 'miou_street')
        assert lpsnet('evaluate', *options).exit_code == 0
    here = ('models', '--models-dir', models)
    result = lpsnet(*here, 'plot', '--rounds', 2, '--backend', 'cpu', '--precision', 'fp32')
    assert result.exit_code == 0, result.output
    result = lpsnet(*here, 'card', '--write')
    assert result.exit_code == 0, result.output

    index = (models / 'README.md').read_text()
    assert 'miou_street' in index
    assert 'ms, cpu fp32' in index
    assert '![Accuracy over latency](results/accuracy_over_latency.svg)' in index
    assert '**mean**' in (models / 'grown_1.md').read_text()
    written = {file: file.read_bytes() for file in models.rglob('*') if file.is_file()}
    assert lpsnet(*here, 'plot', '--redraw').exit_code == 0
    assert lpsnet(*here, 'card', '--write').exit_code == 0
    assert written == {file: file.read_bytes() for file in written}


def test_the_list_shows_what_was_recorded_under_any_name_but_no_single_class(
    models: Path, street_root: Path, small_network: LPSNet
) -> None:
    trained = {'miou': 0.5, 'iou/road': 0.75, 'latency_ms': 12.5}
    small_network.info = replace(small_network.info, metrics=trained)
    model = save_checkpoint(small_network.folded(), models / 'grown_1.safetensors')
    lpsnet('evaluate', '--data', street_root, '--model', model, '--record', 'seen_val')
    listed = lpsnet('models', '--models-dir', models).stdout
    (row,) = [line for line in listed.splitlines() if line.startswith('| grown_1 ')]
    assert re.search(r'\| miou 50\.0, seen_val \d+\.\d +\|', row)


def test_a_card_is_printed_by_any_name_of_the_model(models: Path) -> None:
    result = lpsnet('models', '--models-dir', models, 'card', 's')
    assert result.exit_code == 0, result.output
    assert 'street' in result.output
    assert not (models / 'lpsnet_s_street.md').exists()


@pytest.mark.parametrize(
    ('command', 'message'),
    [
        (('card', 'absent'), "no model 'absent' in "),
        (('plot',), 'no single evaluation: there are none'),
        (('plot', '--evaluation', 'val'), "no evaluation 'val': there are none"),
    ],
)
def test_expected_error_names_the_fix(
    models: Path, command: tuple[str, ...], message: str
) -> None:
    if command[0] == 'plot':
        pytest.importorskip('matplotlib', reason='plots need matplotlib: the extra bench')
    result = lpsnet('models', '--models-dir', models, *command)
    assert result.exit_code == 1
    assert result.output.startswith(f'Error: {message}')


def test_nothing_to_redraw_is_an_error(models: Path, street_root: Path) -> None:
    pytest.importorskip('matplotlib', reason='plots need matplotlib: the extra bench')
    model = models / 'grown_1.safetensors'
    lpsnet('evaluate', '--data', street_root, '--model', model, '--record', 'val')
    result = lpsnet('models', '--models-dir', models, 'plot', '--redraw')
    assert result.exit_code == 1
    assert 'leave --redraw out' in result.output


def test_official_weights_become_a_model_of_their_scale(tmp_path: Path) -> None:
    network = LPSNet.from_scale('tiny', folded=True)
    torch.save(official_names(network), tmp_path / 'LPS-Net-tiny.pth')
    words = ['models', 'convert', tmp_path / 'LPS-Net-tiny.pth', '--scale', 'tiny']
    result = lpsnet(*words, '--dataset', 'Cityscapes', '--output', tmp_path / 'lpsnet_tiny_x.pth')
    assert result.exit_code == 1
    assert 'is written as *.safetensors' in result.output

    file = tmp_path / 'lpsnet_tiny_x.safetensors'
    result = lpsnet(*words, '--dataset', 'Cityscapes', '--output', file)
    assert result.exit_code == 0, result.output
    converted = load_checkpoint(find_checkpoint('tiny', tmp_path))
    assert converted.info.dataset == 'Cityscapes'
    assert converted.info.classes == CITYSCAPES
    assert torch.equal(converted.head.weight, network.head.weight.half().float())


def test_runs_are_averaged_to_one_file(models: Path, tmp_path: Path) -> None:
    output = tmp_path / 'average.safetensors'
    names = ('grown_1', models / 'lpsnet_s_street.safetensors')
    result = lpsnet('models', '--models-dir', models, 'average', *names, '--output', output)
    assert result.exit_code == 0, result.output
    assert load_checkpoint(output).is_folded


def test_one_model_is_no_average(models: Path, tmp_path: Path) -> None:
    output = tmp_path / 'average.safetensors'
    result = lpsnet('models', '--models-dir', models, 'average', 'grown_1', '--output', output)
    assert result.exit_code == 1
    assert 'at least two networks' in result.output
    assert not output.exists()
