"""``lpsnet data check``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from lpsnet_ros.cli.main import main
from lpsnet_ros.network import CAMVID


def check(*options: object) -> Result:
    return CliRunner().invoke(main, ['data', 'check', *map(str, options)])


@pytest.fixture
def damaged_root(street_root: Path, tmp_path: Path) -> Path:
    root = shutil.copytree(street_root, tmp_path / 'street')
    (root / 'labels/train/A_0.png').unlink()
    (root / 'images/val/C_0.png').write_bytes(b'no picture')
    return root


def test_sound_data_end_with_0(street_root: Path) -> None:
    result = check('--data', street_root)
    assert result.exit_code == 0, result.output
    assert 'CamVid, ids of 11 classes' in result.stdout
    assert 'train: 6 frames: A 4, B 2' in result.stdout
    assert 'val: 2 frames: C 2' in result.stdout
    assert 'sizes: 96x128 (8)' in result.stdout
    assert all(f'  {name} ' in result.stdout for name in CAMVID.names)
    assert 'FAULT' not in result.stdout


def test_every_fault_is_listed_and_the_end_is_1(damaged_root: Path) -> None:
    result = check('--data', damaged_root, '--dataset', 'camvid', '--threads', 1)
    assert result.exit_code == 1
    faults = [line for line in result.stdout.splitlines() if line.startswith('FAULT ')]
    assert [fault.split()[1].rpartition('/')[2] for fault in faults] == ['A_0.png', 'C_0.png:']
    assert result.stderr.splitlines()[-1] == 'Error: faults: 2, see above'


def test_splits_choose_what_is_read(damaged_root: Path) -> None:
    result = check('--data', damaged_root, '--split', 'val')
    assert 'faults: 1,' in result.stderr
    assert 'train' not in result.stdout


def test_json_holds_the_report(damaged_root: Path) -> None:
    result = check('--data', damaged_root, '--json')
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report['frames'] == {'train': {'A': 3, 'B': 2}, 'val': {'C': 2}}
    assert report['sizes'] == {'96x128': 6}
    assert sum(report['shares'].values()) == pytest.approx(1)
    assert report['absent'] == [name for name, share in report['shares'].items() if not share]
    assert len(report['faults']) == 2


def test_frames_of_several_heights_are_a_warning_and_the_end_is_0(
    street_root: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(street_root, tmp_path / 'street')
    for file in root.glob('*/val/C_0.png'):
        picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), np.repeat(picture, 2, axis=0))
    result = check('--data', root)
    assert result.exit_code == 0, result.output
    assert 'WARNING: frames differ in height (96, 192)' in result.stdout
    (warning,) = json.loads(check('--data', root, '--json').stdout)['warnings']
    assert f'WARNING: {warning}\n' in result.stdout
    assert 'WARNING' not in check('--data', street_root).stdout


def test_folder_that_is_no_data_set_is_refused(tmp_path: Path) -> None:
    result = check('--data', tmp_path)
    assert result.exit_code == 1
    assert f'Error: {tmp_path} is no data set that is known here' in result.stderr
    assert 'leftImg8bit/SPLIT/CITY' in result.stderr
