"""``lpsnet segment``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from lpsnet_ros.cli.main import main
from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.overlay import bgr_palette
from lpsnet_ros.network import CAMVID


@pytest.fixture
def pictures(picture: NDArray[np.uint8], tmp_path: Path) -> Path:
    folder = tmp_path / 'pictures'
    folder.mkdir()
    for index in range(3):
        cv2.imwrite(str(folder / f'{index}.png'), np.roll(picture, 5 * index, axis=1))
    return folder


def segment(source: Path, output: Path, *options: object) -> Result:
    arguments = ['segment', source, '--output', output, *options]
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_picture_gives_an_overlay_and_its_mask(
    pictures: Path, picture: NDArray[np.uint8], small_checkpoint: Path, tmp_path: Path
) -> None:
    output = tmp_path / 'results' / 'here'
    result = segment(pictures / '0.png', output, '--model', small_checkpoint, '--masks')
    assert result.exit_code == 0, result.output
    assert names(output) == ['00000_mask.png', '00000_overlay.jpg']
    mask = cv2.imread(str(output / '00000_mask.png'), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(mask, Engine.load(small_checkpoint, (48, 64))(picture))
    overlay = cv2.imread(str(output / '00000_overlay.jpg'))
    assert overlay.shape[0] > 48
    assert overlay.shape[1] == 64


def test_opaque_overlay_without_legend_is_the_coloured_mask(
    pictures: Path, small_checkpoint: Path, tmp_path: Path
) -> None:
    output = tmp_path / 'out'
    options = ('--model', small_checkpoint, '--masks', '--alpha', 1, '--no-legend')
    assert segment(pictures / '0.png', output, *options).exit_code == 0
    mask = cv2.imread(str(output / '00000_mask.png'), cv2.IMREAD_UNCHANGED)
    overlay = cv2.imread(str(output / '00000_overlay.jpg'))
    difference = np.abs(overlay.astype(int) - bgr_palette(CAMVID)[mask])
    assert difference.mean() < 12


def test_folder_gives_every_so_many_frames(
    pictures: Path, small_checkpoint: Path, tmp_path: Path
) -> None:
    output = tmp_path / 'out'
    result = segment(pictures, output, '--model', small_checkpoint, '--every', 2)
    assert result.exit_code == 0, result.output
    assert names(output) == ['00000_overlay.jpg', '00001_overlay.jpg']


def test_pictures_may_differ_in_size(
    pictures: Path, small_checkpoint: Path, tmp_path: Path
) -> None:
    cv2.imwrite(str(pictures / '9.png'), np.zeros((60, 50, 3), np.uint8))
    result = segment(pictures, tmp_path / 'out', '--model', small_checkpoint, '--masks')
    assert result.exit_code == 0, result.output
    last = cv2.imread(str(tmp_path / 'out' / '00003_mask.png'), cv2.IMREAD_UNCHANGED)
    assert last.shape == (60, 50)


def test_missing_model_is_one_line(pictures: Path, tmp_path: Path) -> None:
    result = segment(pictures / '0.png', tmp_path / 'out', '--model', 'absent')
    assert result.exit_code == 1
    assert "Error: no model 'absent' in" in result.output
    assert 'Traceback' not in result.output


def test_resolution_out_of_range_is_a_usage_error(pictures: Path, tmp_path: Path) -> None:
    result = segment(pictures / '0.png', tmp_path / 'out', '--resolution', 3)
    assert result.exit_code == 2
    assert '0.25<=x<=2.0' in result.output
