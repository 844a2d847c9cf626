"""The package's own folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lpsnet_ros.resources import cache_folder, data_folder


def test_models_and_configuration_are_found() -> None:
    assert list(data_folder('models').glob('*.safetensors'))
    assert list(data_folder('config').glob('*.yaml'))


def test_missing_folder_says_how_to_install() -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder 'nonsense' .* install the package"):
        data_folder('nonsense')


def test_cache_is_below_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', os.fspath(tmp_path))
    assert cache_folder() == tmp_path / 'lpsnet_ros'
    monkeypatch.delenv('XDG_CACHE_HOME')
    monkeypatch.setenv('HOME', os.fspath(tmp_path))
    assert cache_folder() == tmp_path / '.cache' / 'lpsnet_ros'
