"""New networks of any architecture, and trained ones with other classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lpsnet_ros.network import (
    CAMVID,
    CITYSCAPES,
    SCALES,
    Architecture,
    ClassTable,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
    save_checkpoint,
)
from lpsnet_ros.training.datasets import LabelledFrames, open_dataset
from lpsnet_ros.training.starting_network import (
    find_architecture,
    find_weights,
    new_network,
    trained_network,
)

SMALL = Architecture((1, 2, 1, 2, 1), (4, 4, 8, 8, 8), (1, 0.5))


@pytest.fixture
def frames(street_root: Path) -> LabelledFrames:
    return open_dataset('camvid', street_root, ['train'])


@pytest.fixture
def checkpoint(small_network: LPSNet, tmp_path: Path) -> Path:
    return save_checkpoint(small_network, tmp_path / 'grown_3.safetensors')


def test_architecture_is_a_scale_a_checkpoint_s_or_spelt_out(
    checkpoint: Path, small_checkpoint: Path
) -> None:
    assert find_architecture() is None
    assert find_architecture('M') == SCALES['m']
    assert find_architecture(str(checkpoint)) == SMALL
    assert find_architecture(str(small_checkpoint)) == SMALL
    spelt = find_architecture(None, (1, 1, 1, 1, 1), (4, 8, 16, 32, 32), (0.5,))
    assert spelt == SCALES['tiny']


def test_shipped_checkpoint_is_found_by_its_name() -> None:
    assert find_architecture('lpsnet_s_camvid') == SCALES['s']


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('xl',), r"'xl' is neither a scale \(tiny, s, m, l\) nor a checkpoint: no model 'xl'"),
        ((None, (1, 1, 1, 1, 1)), 'give all three of them and no scale'),
        (('s', (1,) * 5, (4,) * 5, (1,)), 'give all three of them and no scale'),
        ((None, (1, 1), (4,) * 5, (1,)), 'depth must be 5 integers of at least 1'),
    ],
)
def test_no_architecture_names_the_fix(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_architecture(*arguments)


def test_new_network_carries_the_data_s_description(frames: LabelledFrames) -> None:
    network = new_network(frames, SMALL, identity=False)
    assert (network.architecture, network.identity) == (SMALL, False)
    assert network.info.classes == CAMVID
    assert network.info.training_size == (192, 256)
    assert (network.info.dataset, network.info.licence) == ('CamVid', frames.licence)


def test_weights_of_the_same_classes_are_kept_whole(
    frames: LabelledFrames, checkpoint: Path, small_network: LPSNet
) -> None:
    network, heads = trained_network(frames, checkpoint)
    assert heads == (list(CAMVID.names), [])
    expected = small_network.state_dict()
    assert all(torch.equal(t, expected[name]) for name, t in network.state_dict().items())
    # What the pictures must look like belongs to the weights.
    assert network.info.mean == small_network.info.mean
    assert network.info.metrics == {}


@pytest.mark.parametrize('aligned', [None, False, True])
def test_weights_stay_as_they_were_trained_unless_told_otherwise(
    frames: LabelledFrames, checkpoint: Path, aligned: bool | None
) -> None:
    network, _ = trained_network(frames, checkpoint, aligned=aligned)
    assert network.architecture.aligned is bool(aligned)


def test_logits_get_finer_where_told(
    frames: LabelledFrames, checkpoint: Path, small_network: LPSNet
) -> None:
    network, heads = trained_network(frames, checkpoint, output_stride=8)
    assert heads.new == []
    assert network.architecture.output_stride == 8
    images = torch.linspace(-2, 2, 3 * 64 * 96).view(1, 3, 64, 96)
    with torch.no_grad():
        coarse, fine = small_network(images), network.eval()(images)
    torch.testing.assert_close(fine[..., ::2, ::2], coarse)
    path = save_checkpoint(network, checkpoint)
    assert trained_network(frames, path)[0].architecture.output_stride == 8


def test_licences_of_all_that_weights_have_seen_are_kept(
    frames: LabelledFrames, checkpoint: Path
) -> None:
    network, _ = trained_network(frames, checkpoint)
    assert network.info.dataset == 'street; CamVid'
    assert network.info.licence == f'Apache-2.0; {frames.licence}'
    path = save_checkpoint(network, checkpoint)
    again, _ = trained_network(frames, path)
    assert again.info.licence == network.info.licence


def test_a_name_within_another_is_not_taken_for_it(
    frames: LabelledFrames, checkpoint: Path
) -> None:
    yard = replace(frames, name='str', licence='Apache')
    network, _ = trained_network(yard, checkpoint)
    assert network.info.dataset == 'street; str'
    assert network.info.licence == 'Apache-2.0; Apache'


def test_classes_of_the_same_name_keep_their_outputs(
    frames: LabelledFrames, checkpoint: Path, small_network: LPSNet
) -> None:
    names = ('Road', 'kerb', 'car', 'sky')
    table = ClassTable(names, ((0, 0, 0),) * 4)
    network, heads = trained_network(replace(frames, classes=table), checkpoint)
    assert heads == (['Road', 'car', 'sky'], ['kerb'])
    rows = [CAMVID.names.index(name) for name in ('road', 'car', 'sky')]
    assert torch.equal(network.head.weight[[0, 2, 3]], small_network.head.weight[rows])
    assert torch.equal(network.head.bias[[0, 2, 3]], small_network.head.bias[rows])
    assert network.num_classes == len(network.head.bias) == 4
    assert network.info.classes == table
    old = small_network.paths.state_dict()
    assert all(torch.equal(t, old[name]) for name, t in network.paths.state_dict().items())


def test_weights_are_a_file_or_a_model_s_name(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = tmp_path / 'LPS-Net-S.pth'
    official.touch()
    monkeypatch.chdir(tmp_path)
    assert find_weights(str(checkpoint)) == checkpoint
    assert find_weights(official.name) == Path(official.name)
    assert find_weights('s') == find_weights('lpsnet_s_camvid')
    with pytest.raises(FileNotFoundError, match=r"no model 'S\.pth'"):
        find_weights('S.pth')


def test_folded_weights_go_on_in_training_form(
    frames: LabelledFrames, small_checkpoint: Path
) -> None:
    network, heads = trained_network(frames, small_checkpoint)
    assert heads == (list(CAMVID.names), [])
    assert not network.is_folded
    assert network.info.dataset == 'street; CamVid'
    images = torch.linspace(-2, 2, 3 * 64 * 96).view(1, 3, 64, 96)
    with torch.no_grad():
        expected = load_checkpoint(small_checkpoint)(images)
        torch.testing.assert_close(network(images), expected, rtol=1e-4, atol=1e-4)


def test_folded_weights_grow(frames: LabelledFrames, small_checkpoint: Path) -> None:
    deeper = replace(SMALL, depth=(1, 2, 2, 2, 2))
    network, _ = trained_network(frames, small_checkpoint, deeper)
    assert network.architecture == deeper
    assert not network.is_folded


def test_weights_grow_to_a_larger_network(
    frames: LabelledFrames, checkpoint: Path, small_network: LPSNet
) -> None:
    deeper = replace(SMALL, depth=(1, 2, 2, 2, 2))
    network, heads = trained_network(frames, checkpoint, deeper, aligned=True)
    assert heads == (list(CAMVID.names), [])
    assert network.architecture == deeper
    assert network.architecture.aligned
    assert network.info.dataset == 'street; CamVid'
    images = torch.linspace(-2, 2, 3 * 64 * 96).view(1, 3, 64, 96)
    network.architecture = replace(deeper, aligned=small_network.architecture.aligned)
    with torch.no_grad():
        expected = small_network.eval()(images)
        torch.testing.assert_close(network.eval()(images), expected, rtol=1e-4, atol=1e-5)


def test_what_grows_at_random_follows_the_seed(frames: LabelledFrames, checkpoint: Path) -> None:
    wider = replace(SMALL, width=(8, 8, 16, 16, 16))

    def grown(seed: int) -> torch.Tensor:
        return trained_network(frames, checkpoint, wider, seed=seed)[0].head.weight

    assert torch.equal(grown(1), grown(1))
    assert not torch.equal(grown(1), grown(2))


def test_weights_keep_their_own_size(frames: LabelledFrames, checkpoint: Path) -> None:
    network, _ = trained_network(frames, checkpoint, replace(SMALL, aligned=True))
    assert network.architecture == SMALL
    assert not network.architecture.aligned
    with pytest.raises(ValueError, match='networks only grow'):
        trained_network(frames, checkpoint, replace(SMALL, depth=(1, 1, 1, 1, 1)))


def test_official_weights_need_an_architecture_and_keep_what_they_know(
    frames: LabelledFrames, make_network: Callable[..., LPSNet], tmp_path: Path
) -> None:
    network = make_network(num_classes=19)
    network.info = NetworkInfo(CITYSCAPES)
    names = {
        name.replace('paths.0', 'netH')
        .replace('paths.1', 'netL')
        .replace('.conv.', '.0.')
        .replace('.norm.', '.1.'): tensor
        for name, tensor in network.state_dict().items()
    }
    path = tmp_path / 'official.pth'
    torch.save(names, path)
    with pytest.raises(ValueError, match='does not tell its architecture'):
        trained_network(frames, path)
    loaded, heads = trained_network(frames, path, SMALL)
    assert heads.kept == ['sky', 'building', 'pole', 'road', 'fence', 'car']
    assert torch.equal(loaded.paths[0].stages[0][0].conv.weight, names['netH.stages.0.0.0.weight'])
