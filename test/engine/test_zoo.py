"""From a model's name to its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from lpsnet_ros.engine.zoo import available, find_checkpoint


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in ('lpsnet_s_street', 'lpsnet_s_alley', 'lpsnet_tiny_street', 'mine'):
        (tmp_path / f'{name}.safetensors').touch()
    (tmp_path / 'README.md').touch()
    return tmp_path


@pytest.mark.parametrize(
    ('model', 'file'),
    [
        ('mine', 'mine.safetensors'),
        ('mine.safetensors', 'mine.safetensors'),
        ('lpsnet_s_street', 'lpsnet_s_street.safetensors'),
        ('s', 'lpsnet_s_alley.safetensors'),
        ('S', 'lpsnet_s_alley.safetensors'),
        ('tiny', 'lpsnet_tiny_street.safetensors'),
    ],
)
def test_name_or_scale_means_a_file_of_the_folder(models: Path, model: str, file: str) -> None:
    assert find_checkpoint(model, models) == models / file


def test_path_is_taken_as_it_is(models: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp('elsewhere') / 'official.pth'
    elsewhere.touch()
    assert find_checkpoint(str(elsewhere), models) == elsewhere


@pytest.mark.parametrize('model', ['m', 'xl', '', 'mine.pth', 'nowhere/mine.safetensors'])
def test_missing_model_lists_those_that_there_are(models: Path, model: str) -> None:
    names = 'tiny, s, lpsnet_s_alley, lpsnet_s_street, lpsnet_tiny_street, mine'
    with pytest.raises(
        FileNotFoundError, match=f'no model {model!r} in .*: available are {names}'
    ):
        find_checkpoint(model, models)


def test_empty_folder_has_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='available are none'):
        find_checkpoint('s', tmp_path)


def test_every_available_name_is_found(models: Path) -> None:
    assert len(available(models)) == 6
    assert all(find_checkpoint(name, models).is_file() for name in available(models))
