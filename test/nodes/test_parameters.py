"""What the node answers to a request for another scale."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rclpy.parameter import Parameter

from lpsnet_ros.nodes.parameters import validate
from lpsnet_ros.nodes.settings import Settings


@pytest.fixture
def folder(models_dir: Path, tmp_path: Path) -> Path:
    """Copy the models, one of them under the name that the expansion gives."""
    folder = shutil.copytree(models_dir, tmp_path / 'models')
    return shutil.copy(
        folder / 'lpsnet_s_random.safetensors', folder / 'grown_3.safetensors'
    ).parent


@pytest.mark.parametrize('scale', ['s', 'S', 'grown_3', 's_random', 'lpsnet_s_random'])
def test_a_scale_may_be_any_name_of_a_model(folder: Path, scale: str) -> None:
    settings = Settings(scale='tiny', models_dir=str(folder))
    answer = validate(settings, (), [Parameter('scale', value=scale)])
    assert answer.successful, answer.reason


def test_another_name_is_refused_with_those_that_there_are(folder: Path) -> None:
    settings = Settings(scale='tiny', models_dir=str(folder))
    answer = validate(settings, (), [Parameter('scale', value='grown_4')])
    assert not answer.successful
    assert 'available are tiny, s, grown_3, lpsnet_s_random' in answer.reason
