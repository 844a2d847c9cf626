"""The package's own data folders."""

from __future__ import annotations

import pytest

from lpsnet_ros.resources import data_folder


def test_models_and_configuration_are_found() -> None:
    assert list(data_folder('models').glob('*.safetensors'))
    assert list(data_folder('config').glob('*.yaml'))


def test_missing_folder_says_how_to_install() -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder 'nonsense' .* install the package"):
        data_folder('nonsense')
