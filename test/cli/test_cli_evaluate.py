"""``lpsnet evaluate``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file

import lpsnet_ros
from lpsnet_ros.cli.main import main
from lpsnet_ros.engine.fingerprint import weights_digest
from lpsnet_ros.network import CAMVID, LPSNet, load_checkpoint, save_checkpoint
from lpsnet_ros.training.datasets import open_dataset
from lpsnet_ros.training.evaluate import evaluate as score_frames


def evaluate(*options: object) -> Result:
    return CliRunner().invoke(main, ['evaluate', *map(str, options)])


def refuse(constant: str) -> None:
    raise ValueError(f'{constant} is not JSON')


def test_json_is_json_and_holds_the_score(
    small_network: LPSNet, street_root: Path, tmp_path: Path
) -> None:
    small_network.head.bias.data[CAMVID.names.index('fence')] = -100
    checkpoint = save_checkpoint(small_network, tmp_path / 'fenceless.safetensors')
    command = [sys.executable, '-m', 'lpsnet_ros.cli.main', 'evaluate', '--json']
    command += ['--data', str(street_root), '--model', str(checkpoint)]
    folder = Path(lpsnet_ros.__file__).parent.parent
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)

    score = json.loads(done.stdout, parse_constant=refuse)
    expected = score_frames(small_network, open_dataset('camvid', street_root, ['val']))
    assert score['frames'] == 2
    assert score['miou'] == pytest.approx(expected.miou)
    assert score['per_class']['road'] == pytest.approx(expected.per_class['road'])


def test_table_names_every_class(street_root: Path, small_checkpoint: Path) -> None:
    result = evaluate('--data', street_root, '--model', small_checkpoint)
    assert result.exit_code == 0, result.output
    assert all(name in result.output for name in CAMVID.names)
    assert 'mIoU' in result.output
    assert '2 frames of CamVid (val), model small' in result.output


def test_splits_and_drives_choose_the_frames(street_root: Path, small_checkpoint: Path) -> None:
    options = ('--data', street_root, '--model', small_checkpoint, '--split', 'train')
    assert '6 frames of CamVid (train)' in evaluate(*options).output
    assert '8 frames of CamVid (train, val)' in evaluate(*options, '--split', 'val').output
    assert '2 frames of CamVid (train, B)' in evaluate(*options, '--drive', 'B').output


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (('--split', 'test'), 'no folder '),
        (('--drive', 'Z'), "no frame of drive 'Z'"),
        (('--model', 'absent'), "no model 'absent' in "),
        (('--record', '../x'), "'../x' names no result"),
    ],
)
def test_expected_error_is_one_line(
    street_root: Path, small_checkpoint: Path, options: tuple[str, str], message: str
) -> None:
    data = ('--data', street_root, '--dataset', 'camvid')
    result = evaluate(*data, '--model', small_checkpoint, *options)
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith(f'Error: {message}')


def test_the_score_is_recorded_beside_the_tensors(
    small_network: LPSNet, street_root: Path, tmp_path: Path
) -> None:
    path = save_checkpoint(small_network.folded(), tmp_path / 'small.safetensors', torch.float16)
    before = load_file(path)
    result = evaluate('--data', street_root, '--model', path, '--record', 'miou_street', '--json')
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    recorded = load_checkpoint(path).info.metrics
    assert recorded == {'miou': 0.625, 'miou_street': printed['miou']}
    after = load_file(path)
    assert all(torch.equal(before[name], tensor) for name, tensor in after.items())
    written = path.stat()
    evaluate('--data', street_root, '--model', path, '--record', 'miou_street')
    assert path.stat() == written
    kept = tmp_path / 'results' / 'small' / 'miou_street.json'
    assert json.loads(kept.read_text())['miou'] == printed['miou']
    assert printed['model'] == {'name': 'small', 'weights': weights_digest(load_checkpoint(path))}
    assert str(tmp_path) not in kept.read_text()


def test_back_end_and_precision_are_those_asked_for(
    street_root: Path, small_checkpoint: Path
) -> None:
    options = ('--data', street_root, '--model', small_checkpoint)
    result = evaluate(*options, '--backend', 'cpu', '--precision', 'bf16', '--json')
    assert result.exit_code == 0, result.output
    (origin,) = json.loads(result.stdout)['engines']
    assert (origin['backend'], origin['precision']) == ('cpu', 'bf16')
    refused = evaluate(*options, '--backend', 'cpu', '--precision', 'fp16')
    assert refused.exit_code == 1
    assert refused.output.splitlines()[-1].startswith('Error: back end cpu can not work here: ')


def test_scales_and_mirror_images_are_averaged_in_plain_torch(
    street_root: Path, small_checkpoint: Path
) -> None:
    options = ('--data', street_root, '--model', small_checkpoint, '--scales', '0.5,1', '--flip')
    result = evaluate(*options, '--json')
    assert result.exit_code == 0, result.output
    (origin,) = json.loads(result.stdout)['engines']
    assert origin['backend'] == 'eager torch'
    assert origin['note'] == 'scales 0.5, 1, each also mirrored'


def test_the_worst_frames_are_drawn(
    street_root: Path, small_checkpoint: Path, tmp_path: Path
) -> None:
    options = ('--data', street_root, '--model', small_checkpoint, '--worst', 1)
    result = evaluate(*options, '--output', tmp_path / 'worst')
    assert result.exit_code == 0, result.output
    (picture,) = (tmp_path / 'worst').iterdir()
    assert f'wrote {picture}' in result.stderr
    assert str(picture) not in result.stdout


@pytest.mark.parametrize(
    'options',
    [
        ('--worst', '3'),
        ('--output', 'worst'),
        ('--flip', '--backend', 'cpu'),
        ('--scales', '1', '--precision', 'bf16'),
        ('--scales', '0'),
    ],
)
def test_options_that_do_not_fit_together_are_refused(
    street_root: Path, small_checkpoint: Path, options: tuple[str, ...]
) -> None:
    result = evaluate('--data', street_root, '--model', small_checkpoint, *options)
    assert result.exit_code == 2
    assert 'Error: ' in result.output
