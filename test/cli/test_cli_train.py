"""``lpsnet train``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from lpsnet_ros.cli.main import main
from lpsnet_ros.engine import Engine
from lpsnet_ros.network import (
    CAMVID,
    CITYSCAPES,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
    save_checkpoint,
)
from lpsnet_ros.training.datasets import open_camvid


@pytest.fixture
def train(street_root: Path) -> Callable[..., Result]:
    """Train ``tiny`` for two epochs on small crops."""

    def run(output: Path, *options: object) -> Result:
        arguments = ['train', '--data', street_root, '--output', output]
        if not {'--weights', '--scale'} & set(options):
            arguments += ['--scale', 'tiny']
        arguments += ['--epochs', 2, '--batch-size', 2, '--crop', 64, 96, '--workers', 0]
        return CliRunner().invoke(main, [str(argument) for argument in (*arguments, *options)])

    return run


def test_two_epochs_give_a_network_that_segments(
    train: Callable[..., Result], street_root: Path, tmp_path: Path
) -> None:
    result = train(tmp_path, '--holdout', 'B', '--validate-every', 1)
    assert result.exit_code == 0, result.output
    assert f'trained on 4 frames: {tmp_path / "deployed.safetensors"}' in result.output
    network = load_checkpoint(tmp_path / 'deployed.safetensors')
    assert network.architecture.name == 'tiny'
    assert network.info.classes == CAMVID
    assert network.info.training_size == (192, 256)
    assert 'CC BY-NC' in network.info.licence
    assert 'miou' in network.info.metrics
    frame = open_camvid(street_root, ['val']).image(0)
    engine = Engine.load(tmp_path / 'deployed.safetensors', frame.shape[:2])
    assert engine.provenance.resolution == 2.0
    assert engine(frame).max() < len(CAMVID)


def test_same_command_goes_on_after_the_last_epoch(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert train(tmp_path).exit_code == 0
    before = load_checkpoint(tmp_path / 'network.safetensors').state_dict()
    result = train(tmp_path)
    assert result.exit_code == 0
    after = load_checkpoint(tmp_path / 'network.safetensors').state_dict()
    assert all(torch.equal(before[name], tensor) for name, tensor in after.items())


def test_given_weights_are_the_start(train: Callable[..., Result], tmp_path: Path) -> None:
    assert train(tmp_path / 'first').exit_code == 0
    weights = tmp_path / 'first' / 'network.safetensors'
    still = ('--weights', weights, '--learning-rate', 1e-9)
    assert train(tmp_path / 'second', *still).exit_code == 0
    before, after = (
        load_checkpoint(tmp_path / run / 'network.safetensors') for run in ('first', 'second')
    )
    torch.testing.assert_close(after.head.weight, before.head.weight, rtol=0, atol=1e-5)


def test_same_seed_gives_the_same_network(train: Callable[..., Result], tmp_path: Path) -> None:
    for run in ('first', 'second'):
        assert train(tmp_path / run, '--seed', 3, '--epochs', 1).exit_code == 0
    first, second = (
        load_checkpoint(tmp_path / run / 'network.safetensors') for run in ('first', 'second')
    )
    assert torch.equal(first.head.weight, second.head.weight)


def assert_one_line(result: Result) -> None:
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1
    assert sum('Error: ' in line for line in result.output.splitlines()) == 1
    assert result.output.splitlines()[-1].partition('Error: ')[2]


def test_unknown_drive_is_one_line(train: Callable[..., Result], tmp_path: Path) -> None:
    assert_one_line(train(tmp_path, '--holdout', 'Z'))


def test_nothing_left_to_train_on_is_one_line(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert_one_line(train(tmp_path, '--holdout', 'A', '--holdout', 'B'))


def test_weights_of_other_classes_are_one_line(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    network = LPSNet.from_scale('tiny')
    network.info = NetworkInfo(CITYSCAPES)
    weights = save_checkpoint(network, tmp_path / 'cityscapes.safetensors')
    assert_one_line(train(tmp_path / 'run', '--weights', weights))


def test_folder_of_a_run_of_another_scale_is_one_line(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert train(tmp_path, '--epochs', 1).exit_code == 0
    assert_one_line(train(tmp_path, '--scale', 's'))


def test_folder_of_a_run_of_fewer_epochs_is_one_line(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert train(tmp_path, '--epochs', 1).exit_code == 0
    assert_one_line(train(tmp_path, '--epochs', 3))


def test_weights_that_are_folded_and_a_scale_beside_weights_are_refused(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert train(tmp_path / 'first').exit_code == 0
    folded = train(tmp_path / 'a', '--weights', tmp_path / 'first' / 'deployed.safetensors')
    assert_one_line(folded)
    assert 'network.safetensors' in folded.output
    training_form = tmp_path / 'first' / 'network.safetensors'
    both = train(tmp_path / 'b', '--weights', training_form, '--scale', 's')
    assert both.exit_code == 2
    assert 'leave --scale out' in both.output
