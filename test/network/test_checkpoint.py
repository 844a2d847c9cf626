"""Checkpoints of this package: what they keep, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lpsnet_ros.network import (
    CAMVID,
    CITYSCAPES,
    CheckpointError,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
    save_checkpoint,
)
from lpsnet_ros.network.checkpoint import read_description


def rewritten(path: Path, **metadata: str) -> Path:
    """Write the checkpoint again with other metadata; an empty text drops the key."""
    with safe_open(path, framework='pt') as file:
        kept = {**file.metadata(), **metadata}
    save_file(load_file(path), path, {key: text for key, text in kept.items() if text})
    return path


@pytest.mark.parametrize('folded', [False, True])
def test_round_trip_keeps_everything(small_network: LPSNet, tmp_path: Path, folded: bool) -> None:
    network = small_network.folded() if folded else small_network
    loaded = load_checkpoint(save_checkpoint(network, tmp_path / 'n.safetensors'))
    assert loaded.architecture == network.architecture
    assert loaded.num_classes == network.num_classes
    assert loaded.info == network.info
    assert loaded.is_folded is folded
    assert loaded.identity is not folded
    assert not loaded.training
    images = torch.linspace(-2, 2, 3 * 48 * 64).view(1, 3, 48, 64)
    assert torch.equal(loaded(images), network(images))


@pytest.mark.parametrize('aligned', [False, True])
def test_alignment_is_kept(
    make_network: Callable[..., LPSNet], small_network: LPSNet, tmp_path: Path, aligned: bool
) -> None:
    network = make_network(aligned=aligned)
    network.info = small_network.info
    for kept in (network, network.folded()):
        loaded = load_checkpoint(save_checkpoint(kept, tmp_path / 'n.safetensors'))
        assert loaded.path_sizes((96, 128))[0] == ((97, 129) if aligned else (96, 128))


def test_output_stride_travels_with_the_weights(
    make_network: Callable[..., LPSNet], small_network: LPSNet, tmp_path: Path
) -> None:
    network = make_network(output_stride=8)
    network.info = small_network.info
    loaded = load_checkpoint(save_checkpoint(network, tmp_path / 'fine.safetensors'))
    assert loaded.architecture.output_stride == 8
    images = torch.linspace(-2, 2, 3 * 64 * 96).view(1, 3, 64, 96)
    assert torch.equal(loaded(images), network(images))


def test_checkpoint_from_before_these_is_neither_aligned_nor_finer(small_checkpoint: Path) -> None:
    description = read_description(small_checkpoint)
    del description['architecture']['aligned']
    del description['architecture']['output_stride']
    rewritten(small_checkpoint, lpsnet=json.dumps(description))
    architecture = load_checkpoint(small_checkpoint).architecture
    assert not architecture.aligned
    assert architecture.output_stride == 16


def test_half_precision_halves_the_file_and_rounds_the_weights_only(
    small_network: LPSNet, tmp_path: Path
) -> None:
    full = save_checkpoint(small_network, tmp_path / 'full.safetensors')
    half = save_checkpoint(small_network, tmp_path / 'half.safetensors', torch.float16)
    loaded = load_checkpoint(half)
    assert loaded.info == small_network.info
    assert half.stat().st_size < 0.75 * full.stat().st_size
    for name, tensor in small_network.state_dict().items():
        expected = tensor.half().float() if tensor.is_floating_point() else tensor
        assert torch.equal(loaded.state_dict()[name], expected), name


def test_metadata_are_read_without_the_tensors(small_checkpoint: Path) -> None:
    description = read_description(small_checkpoint)
    assert description['num_classes'] == 11
    assert description['architecture']['resolution'] == [1.0, 0.5]
    assert description['info']['licence'] == 'Apache-2.0'


def test_saving_replaces_the_file_and_leaves_no_other(
    small_network: LPSNet, make_network: Callable[..., LPSNet], tmp_path: Path
) -> None:
    path = tmp_path / 'n.safetensors'
    save_checkpoint(small_network, path)
    other = make_network((0.5,))
    other.info = NetworkInfo(CAMVID)
    save_checkpoint(other, path)
    assert load_checkpoint(path).architecture == other.architecture
    assert list(tmp_path.iterdir()) == [path]


def test_others_may_read_a_checkpoint_as_any_new_file(
    small_network: LPSNet, tmp_path: Path
) -> None:
    plain = tmp_path / 'plain'
    plain.touch()
    saved = save_checkpoint(small_network, tmp_path / 'n.safetensors')
    assert saved.stat().st_mode == plain.stat().st_mode


def test_network_without_info_is_not_saved(
    make_network: Callable[..., LPSNet], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match='the network has no info'):
        save_checkpoint(make_network(), tmp_path / 'n.safetensors')


def test_other_suffix_is_not_saved(small_network: LPSNet, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'written as \*\.safetensors'):
        save_checkpoint(small_network, tmp_path / 'n.pth')


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r'no checkpoint at .*absent\.safetensors'):
        load_checkpoint(tmp_path / 'absent.safetensors')


@pytest.mark.parametrize('share', [0.0, 0.001, 0.5, 0.99])
def test_truncated_file_is_refused(small_checkpoint: Path, share: float) -> None:
    content = small_checkpoint.read_bytes()
    small_checkpoint.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError, match='not a readable safetensors file'):
        load_checkpoint(small_checkpoint)


def test_foreign_safetensors_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'foreign.safetensors'
    save_file({'weight': torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match='not a checkpoint of this package'):
        load_checkpoint(path)


def test_newer_format_is_refused_by_its_name(small_checkpoint: Path) -> None:
    with pytest.raises(CheckpointError, match=r"format 'lpsnet_ros/9', expected 'lpsnet_ros/1'"):
        load_checkpoint(rewritten(small_checkpoint, format='lpsnet_ros/9'))


@pytest.mark.parametrize('key', ['architecture', 'num_classes', 'folded', 'info'])
def test_metadata_without_a_value_are_damaged(small_checkpoint: Path, key: str) -> None:
    description = read_description(small_checkpoint)
    del description[key]
    with pytest.raises(CheckpointError, match=f'its metadata is damaged: .*{key}'):
        load_checkpoint(rewritten(small_checkpoint, lpsnet=json.dumps(description)))


@pytest.mark.parametrize('text', ['', '{"architecture": ', '[]', '[' * 10**5])
def test_unreadable_metadata_are_damaged(small_checkpoint: Path, text: str) -> None:
    with pytest.raises(CheckpointError, match='its metadata is damaged'):
        load_checkpoint(rewritten(small_checkpoint, lpsnet=text))


@pytest.mark.parametrize(
    ('part', 'name', 'value'),
    [
        ('architecture', 'depth', [float('inf'), 1, 1, 1, 1]),
        ('architecture', 'depth', [10**9, 1, 1, 1, 1]),
        ('architecture', 'width', [4, 4, 8, 8, 10**12]),
        ('info', 'std', [0, 0, 0]),
        ('info', 'mean', [0.5, 0.5]),
        ('info', 'training_size', 'ab'),
    ],
)
def test_metadata_that_make_no_network_are_damaged(
    small_checkpoint: Path, part: str, name: str, value: object
) -> None:
    description = read_description(small_checkpoint)
    description[part][name] = value
    with pytest.raises(CheckpointError, match=r'damaged|has shape'):
        load_checkpoint(rewritten(small_checkpoint, lpsnet=json.dumps(description)))


def test_values_that_are_not_finite_are_refused(
    small_network: LPSNet, small_checkpoint: Path
) -> None:
    torch.nn.init.constant_(small_network.head.bias, float('nan'))
    save_checkpoint(small_network, small_checkpoint)
    with pytest.raises(CheckpointError, match=r'head\.bias holds values that are not finite'):
        load_checkpoint(small_checkpoint)


def test_saving_that_fails_leaves_nothing_behind(small_network: LPSNet, tmp_path: Path) -> None:
    folder = tmp_path / 'folder.safetensors'
    folder.mkdir()
    with pytest.raises(OSError, match='folder'):
        save_checkpoint(small_network, folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_loading_draws_no_random_numbers_and_keeps_none_of_the_file(
    small_checkpoint: Path,
) -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    network = load_checkpoint(small_checkpoint)
    assert torch.equal(torch.rand(1), expected)
    before = network.head.weight.clone()
    with small_checkpoint.open('r+b') as file:
        file.write(bytes(small_checkpoint.stat().st_size))
    assert torch.equal(network.head.weight, before)


def test_wrong_class_count_names_the_tensor_and_both_shapes(small_checkpoint: Path) -> None:
    description = read_description(small_checkpoint) | {'num_classes': 5}
    message = r'with 5 classes: head\.weight has shape \(11, 16, 1, 1\), expected \(5, 16, 1, 1\)'
    with pytest.raises(CheckpointError, match=f'{message}.*: fetch or export it again'):
        load_checkpoint(rewritten(small_checkpoint, lpsnet=json.dumps(description)))


def test_missing_and_surplus_tensors_are_named(small_checkpoint: Path) -> None:
    with safe_open(small_checkpoint, framework='pt') as file:
        metadata = file.metadata()
    tensors = load_file(small_checkpoint)
    tensors['tail.bias'] = tensors.pop('head.bias')
    save_file(tensors, small_checkpoint, metadata)
    message = r'head\.bias is missing; tail\.bias is not part of it'
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(small_checkpoint)


@pytest.mark.parametrize(
    'argument', [{'scale': 's'}, {'num_classes': 11}, {'depth': (1, 1, 1, 1, 1)}]
)
def test_own_checkpoint_takes_no_further_argument(
    small_checkpoint: Path, argument: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match='describes itself: give its path alone'):
        load_checkpoint(small_checkpoint, **argument)


def test_own_checkpoint_takes_no_other_info(small_network: LPSNet, small_checkpoint: Path) -> None:
    with pytest.raises(ValueError, match='describes itself'):
        load_checkpoint(small_checkpoint, info=replace(small_network.info, licence='other'))


def test_class_names_that_do_not_fit_the_outputs_are_refused(
    small_network: LPSNet, tmp_path: Path
) -> None:
    small_network.info = NetworkInfo(CITYSCAPES)
    with pytest.raises(CheckpointError, match='19 class names for 11 outputs'):
        save_checkpoint(small_network, tmp_path / 'wrong.safetensors')
