"""State dicts of the official release."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lpsnet_ros.network import CITYSCAPES, CheckpointError, LPSNet, NetworkInfo, load_checkpoint

PATH_NAMES = {1: ('net',), 2: ('netH', 'netL'), 3: ('net1', 'net2', 'net3')}
RESOLUTIONS = {1: (0.5,), 2: (1, 0.5), 3: (1, 0.5, 0.25)}


def official_names(network: LPSNet, prefix: str = '') -> dict[str, Tensor]:
    """Name the tensors as in the official code, where a block is conv, norm, ReLU in a row."""
    renamed = {}
    for name, tensor in network.state_dict().items():
        for index, official in enumerate(PATH_NAMES[network.architecture.num_paths]):
            name = name.replace(f'paths.{index}.', f'{official}.')
        renamed[prefix + name.replace('.conv.', '.0.').replace('.norm.', '.1.')] = tensor
    return renamed


@pytest.fixture
def tiny_file(tmp_path: Path) -> Path:
    path = tmp_path / 'LPS-Net-tiny.pth'
    torch.save(official_names(LPSNet.from_scale('tiny', folded=True)), path)
    return path


@pytest.mark.parametrize('prefix', ['', 'module.'])
@pytest.mark.parametrize('deployed', [False, True])
@pytest.mark.parametrize('paths', [1, 2, 3])
def test_official_weights_give_the_same_function(
    make_network: Callable[..., LPSNet], tmp_path: Path, paths: int, deployed: bool, prefix: str
) -> None:
    network = make_network(RESOLUTIONS[paths], num_classes=6)
    network = network.folded() if deployed else network
    path = tmp_path / 'official.pth'
    torch.save(official_names(network, prefix), path)
    architecture = network.architecture
    loaded = load_checkpoint(
        path,
        depth=architecture.depth,
        width=architecture.width,
        resolution=(*RESOLUTIONS[paths], 0),
        num_classes=6,
    )
    images = torch.linspace(-2, 2, 3 * 48 * 64).view(1, 3, 48, 64)
    assert torch.equal(loaded(images), network(images))
    assert loaded.is_folded is deployed
    assert not loaded.training


def test_nineteen_classes_are_cityscapes_by_default(tiny_file: Path) -> None:
    network = load_checkpoint(tiny_file, scale='tiny')
    assert network.architecture.name == 'tiny'
    assert network.info == NetworkInfo(CITYSCAPES, training_size=(1024, 2048))


def test_given_info_is_kept(tiny_file: Path) -> None:
    info = NetworkInfo(CITYSCAPES, dataset='BDD100K', licence='BSD-3-Clause')
    assert load_checkpoint(tiny_file, scale='tiny', info=info).info == info


def test_architecture_must_be_given(tiny_file: Path) -> None:
    with pytest.raises(ValueError, match='does not tell its architecture: give scale='):
        load_checkpoint(tiny_file)


def test_one_dimension_does_not_do(tiny_file: Path) -> None:
    with pytest.raises(ValueError, match='or depth=, width= and resolution='):
        load_checkpoint(tiny_file, depth=(1, 1, 1, 1, 1))


def test_unknown_scale_is_refused(tiny_file: Path) -> None:
    with pytest.raises(ValueError, match="unknown scale 'xs'"):
        load_checkpoint(tiny_file, scale='xs')


def test_wrong_class_count_names_the_tensor_and_both_shapes(tiny_file: Path) -> None:
    message = r'head\.weight has shape \(19, 32, 1, 1\), expected \(7, 32, 1, 1\)'
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tiny_file, scale='tiny', num_classes=7)


def test_wrong_width_names_the_tensor_and_both_shapes(tiny_file: Path) -> None:
    message = (
        r'paths\.0\.stages\.1\.0\.conv\.weight has shape \(8, 4, 3, 3\), expected \(16, 4, 3, 3\)'
    )
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(
            tiny_file, depth=(1, 1, 1, 1, 1), width=(4, 16, 16, 32, 32), resolution=(0.5,)
        )


def test_wrong_scale_names_missing_tensors(tiny_file: Path) -> None:
    message = r'does not fit s with 19 classes: paths\.0\.stages\.1\.1\.conv\.weight is missing'
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tiny_file, scale='s')


def test_foreign_tensor_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'resnet.pth'
    torch.save({'layer1.0.conv1.weight': torch.zeros(1)}, path)
    with pytest.raises(CheckpointError, match=r"'layer1\.0\.conv1\.weight' is not named as in"):
        load_checkpoint(path, scale='s')


@pytest.mark.parametrize('content', [[torch.zeros(1)], {'epoch': 3}, torch.zeros(1)])
def test_file_that_is_no_state_dict_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / 'other.pth'
    torch.save(content, path)
    with pytest.raises(CheckpointError, match='expected a state dict'):
        load_checkpoint(path, scale='s')


@pytest.mark.parametrize('share', [0.1, 0.5, 0.99])
def test_truncated_file_is_refused(tiny_file: Path, share: float) -> None:
    content = tiny_file.read_bytes()
    tiny_file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError, match='damaged, or holds more'):
        load_checkpoint(tiny_file, scale='tiny')


@pytest.mark.parametrize('content', [b'', b'hello, this is a text\n'])
def test_file_that_is_no_pickle_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / 'text.pth'
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match='damaged, or holds more'):
        load_checkpoint(path, scale='s')


class _MakesFolder:
    """Unpickling this runs ``os.mkdir``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Callable, tuple[str]]:
        return os.mkdir, (str(self._folder),)


def test_pickle_that_runs_code_is_refused_without_running_it(tmp_path: Path) -> None:
    path, folder = tmp_path / 'evil.pth', tmp_path / 'made_by_the_pickle'
    torch.save({'head.bias': _MakesFolder(folder)}, path)
    with pytest.raises(CheckpointError, match='damaged, or holds more'):
        load_checkpoint(path, scale='s')
    assert not folder.exists()
    torch.load(path, weights_only=False)
    assert folder.exists()
