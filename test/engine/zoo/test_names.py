"""From a model's name to its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from lpsnet_ros.engine.zoo import available, find_checkpoint
from lpsnet_ros.engine.zoo.names import other_names


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in ('lpsnet_s_street', 'lpsnet_s_alley', 'lpsnet_tiny_street', 'mine', 'grown_3'):
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
        ('s_street', 'lpsnet_s_street.safetensors'),
        ('grown_3', 'grown_3.safetensors'),
    ],
)
def test_name_or_scale_means_a_file_of_the_folder(models: Path, model: str, file: str) -> None:
    assert find_checkpoint(model, models) == models / file


def test_path_is_taken_as_it_is(models: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp('elsewhere') / 'other.safetensors'
    elsewhere.touch()
    assert find_checkpoint(str(elsewhere), models) == elsewhere


def test_path_may_begin_at_home(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('HOME', str(models))
    assert find_checkpoint('~/mine.safetensors', models / 'none') == models / 'mine.safetensors'


def test_path_of_no_file_is_told_as_one(models: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r'^no file nowhere/mine\.safetensors$'):
        find_checkpoint('nowhere/mine.safetensors', models)


def test_official_weights_have_to_be_converted(models: Path) -> None:
    (models / 'official.pth').touch()
    with pytest.raises(ValueError, match=r'"lpsnet models convert .*official\.pth --scale'):
        find_checkpoint(str(models / 'official.pth'), models)


@pytest.mark.parametrize('model', ['m', 'xl', '', 'mine.pth'])
def test_missing_model_lists_those_that_there_are(models: Path, model: str) -> None:
    names = 'tiny, s, grown_3, lpsnet_s_alley, lpsnet_s_street, lpsnet_tiny_street, mine'
    with pytest.raises(
        FileNotFoundError, match=f'no model {model!r} in .*: available are {names}'
    ):
        find_checkpoint(model, models)


def test_empty_folder_has_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match='available are none'):
        find_checkpoint('s', tmp_path)


def test_every_available_name_is_found(models: Path) -> None:
    assert len(available(models)) == 7
    assert all(find_checkpoint(name, models).is_file() for name in available(models))


def test_of_two_checkpoints_the_first_by_name_stands_for_the_scale(models: Path) -> None:
    (models / 's_street.safetensors').touch()
    assert find_checkpoint('s', models) == models / 'lpsnet_s_alley.safetensors'
    (models / 's.safetensors').touch()
    assert find_checkpoint('s', models) == models / 's.safetensors'


def test_a_name_without_the_prefix_yields_to_a_file_of_that_name(models: Path) -> None:
    (models / 's_street.safetensors').touch()
    assert find_checkpoint('s_street', models) == models / 's_street.safetensors'
    assert other_names(models / 'lpsnet_s_street.safetensors') == []


@pytest.mark.parametrize(
    ('name', 'others'),
    [
        ('lpsnet_s_alley', ['s', 's_alley']),
        ('lpsnet_s_street', ['s_street']),
        ('mine', []),
        ('grown_3', []),
    ],
)
def test_other_names_are_those_that_lead_to_the_file(
    models: Path, name: str, others: list[str]
) -> None:
    assert other_names(models / f'{name}.safetensors') == others
