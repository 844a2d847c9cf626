"""Which networks are resident, and that they can take each other's place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lpsnet_ros.network import ClassTable, LPSNet, NetworkInfo, save_checkpoint
from lpsnet_ros.nodes.residents import resident_scales
from lpsnet_ros.nodes.settings import Settings


@pytest.fixture
def settings(models_dir: Path) -> Settings:
    return Settings(scale='auto', models_dir=str(models_dir), latency_budget_ms=1000.0)


def test_auto_means_every_scale_that_has_a_checkpoint(settings: Settings, tmp_path: Path) -> None:
    assert resident_scales(settings) == ('tiny', 's')
    assert resident_scales(settings.changed({'resident_scales': ('s',)})) == ('s',)
    assert resident_scales(settings.changed({'scale': 's'})) == ()
    assert resident_scales(settings.changed({'model': 'random'})) == ('tiny', 's')
    with pytest.raises(FileNotFoundError, match='lpsnet_s_random'):
        resident_scales(settings.changed({'model': 'city'}))
    with pytest.raises(FileNotFoundError, match='there are none: name those to use'):
        resident_scales(settings.changed({'models_dir': str(tmp_path)}))


def test_auto_refuses_networks_whose_ids_mean_different_things(
    models_dir: Path, tmp_path: Path, make_network: Callable[..., LPSNet]
) -> None:
    folder = shutil.copytree(models_dir, tmp_path / 'models')
    other = make_network((1,))
    names = tuple(f'crop {index}' for index in range(other.num_classes))
    other.info = NetworkInfo(ClassTable(names, ((0, 0, 0),) * len(names)))
    save_checkpoint(other, folder / 'lpsnet_m_yard.safetensors')
    auto = Settings(scale='auto', models_dir=str(folder))
    with pytest.raises(ValueError, match=r'm knows crop 0, .* Set model to'):
        resident_scales(auto)
    assert resident_scales(auto.changed({'model': 'random'})) == ('tiny', 's')
    assert resident_scales(auto.changed({'resident_scales': ('tiny', 's')})) == ('tiny', 's')
    assert resident_scales(auto.changed({'scale': 'm'})) == ()
