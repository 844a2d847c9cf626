"""What a folder of checkpoints holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lpsnet_ros.engine.zoo import list_models, read_entry
from lpsnet_ros.network import CAMVID, SCALES, LPSNet, NetworkInfo, save_checkpoint
from lpsnet_ros.network.complexity import count_multiply_adds


def test_an_entry_tells_what_the_metadata_and_the_dimensions_say(
    small_network: LPSNet, tmp_path: Path
) -> None:
    path = save_checkpoint(small_network, tmp_path / 'grown_3.safetensors')
    entry = read_entry(path)
    assert (entry.name, entry.also_called) == ('grown_3', ())
    assert entry.network == 'd1-2-1-2-1_w4-4-8-8-8_r1-0.5'
    assert entry.parameters == small_network.folded().num_parameters
    assert entry.multiply_adds == count_multiply_adds(small_network.architecture, 11, (96, 128))
    assert entry.bytes == path.stat().st_size
    assert entry.info == small_network.info


def test_everything_of_an_entry_is_json(small_checkpoint: Path) -> None:
    values = json.loads(json.dumps(read_entry(small_checkpoint).to_dict()))
    assert values['name'] == 'small'
    assert values['depth'] == [1, 2, 1, 2, 1]
    assert values['metrics'] == {'miou': 0.625}
    assert values['classes']['names'] == list(CAMVID.names)


@pytest.mark.parametrize(('scale', 'shown'), [('s', 'LPS-Net-S'), ('tiny', 'LPS-Net-tiny')])
def test_scales_are_called_as_people_do(tmp_path: Path, scale: str, shown: str) -> None:
    network = LPSNet.from_scale(scale, num_classes=11, folded=True)
    network.info = NetworkInfo(CAMVID)
    entry = read_entry(save_checkpoint(network, tmp_path / f'lpsnet_{scale}_x.safetensors'))
    assert entry.network == shown
    assert entry.also_called == (scale, f'{scale}_x')
    assert entry.architecture == SCALES[scale]
    assert entry.multiply_adds is None


def test_a_damaged_file_is_told_beside_the_others(small_checkpoint: Path) -> None:
    folder = small_checkpoint.parent
    (folder / 'a_foreign.safetensors').write_bytes(b'no tensors')
    (folder / 'README.md').touch()
    entries, problems = list_models(folder)
    assert [entry.name for entry in entries] == ['small']
    assert list(problems) == ['a_foreign.safetensors']
    assert 'not a readable safetensors file' in problems['a_foreign.safetensors']


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert list_models(tmp_path) == ([], {})
