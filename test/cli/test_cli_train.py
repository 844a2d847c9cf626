"""``lpsnet train``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from lpsnet_ros.cli.main import main
from lpsnet_ros.cli.train import train as command
from lpsnet_ros.engine import Engine
from lpsnet_ros.network import (
    CAMVID,
    CITYSCAPES,
    LPSNet,
    NetworkInfo,
    load_checkpoint,
    save_checkpoint,
)
from lpsnet_ros.training.datasets import open_dataset


@pytest.fixture
def train(street_root: Path) -> Callable[..., Result]:
    """Train ``tiny`` for two epochs on small crops."""

    def run(output: Path, *options: object) -> Result:
        arguments = ['train', '--data', street_root, '--output', output]
        if not {'--weights', '--scale', '--depth'} & set(options):
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
    frame = open_dataset('camvid', street_root, ['val']).image(0)
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


def test_weights_of_other_classes_say_which_outputs_they_keep(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    network = LPSNet.from_scale('tiny')
    network.info = NetworkInfo(CITYSCAPES)
    weights = save_checkpoint(network, tmp_path / 'cityscapes.safetensors')
    result = train(tmp_path / 'run', '--weights', weights)
    assert result.exit_code == 0, result.output
    assert (
        'outputs kept: sky, building, pole, road, fence, car; '
        'new: pavement, tree, sign, pedestrian, bicyclist'
    ) in result.output
    assert load_checkpoint(tmp_path / 'run' / 'deployed.safetensors').num_classes == 11


def test_network_is_spelt_out_or_like_a_checkpoint(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    dimensions = ('--depth', '1,1,1,2,1', '--width', '4,4,8,8,8', '--resolution', '0.5,0.25')
    assert train(tmp_path / 'first', *dimensions, '--no-identity').exit_code == 0
    deployed = tmp_path / 'first' / 'deployed.safetensors'
    assert train(tmp_path / 'second', '--scale', deployed).exit_code == 0
    for run, identity in (('first', False), ('second', True)):
        network = load_checkpoint(tmp_path / run / 'network.safetensors')
        assert network.architecture.name == 'd1-1-1-2-1_w4-4-8-8-8_r0.5-0.25'
        assert network.identity == identity


def test_new_networks_are_aligned(train: Callable[..., Result], tmp_path: Path) -> None:
    for options, aligned in (((), True), (('--no-aligned',), False)):
        run = tmp_path / str(aligned)
        assert train(run, *options).exit_code == 0
        network = load_checkpoint(run / 'deployed.safetensors')
        assert network.architecture.aligned is aligned


def test_logits_are_as_fine_as_told(train: Callable[..., Result], tmp_path: Path) -> None:
    assert train(tmp_path / 'coarse').exit_code == 0
    weights = tmp_path / 'coarse' / 'network.safetensors'
    for run, options in (('new', ()), ('refined', ('--weights', weights))):
        assert train(tmp_path / run, *options, '--output-stride', 8).exit_code == 0
        network = load_checkpoint(tmp_path / run / 'deployed.safetensors')
        assert network.architecture.output_stride == 8
    fine = tmp_path / 'refined' / 'network.safetensors'
    result = train(tmp_path / 'other', '--weights', fine, '--output-stride', 4)
    assert result.exit_code == 1
    assert 'has an output stride of 8 already' in result.output


def test_recipe_and_single_options_decide_the_training(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    result = train(
        tmp_path, '--recipe', 'paper', '--learning-rate', 0.02, '--zoom', 0.75, 1, '--ema', 0.9
    )
    assert result.exit_code == 0, result.output
    values = (tmp_path / 'log' / 'version_0' / 'hparams.yaml').read_text()
    for line in ('optimizer: sgd', 'loss: ohem', 'learning_rate: 0.02', 'ema: 0.9', '- 0.75'):
        assert line in values


def test_teacher_has_the_same_classes(train: Callable[..., Result], tmp_path: Path) -> None:
    assert train(tmp_path / 'teacher').exit_code == 0
    teacher = tmp_path / 'teacher' / 'deployed.safetensors'
    assert train(tmp_path / 'pupil', '--teacher', teacher).exit_code == 0
    network = LPSNet.from_scale('tiny').folded()
    network.info = NetworkInfo(CITYSCAPES)
    stranger = save_checkpoint(network, tmp_path / 'stranger.safetensors')
    for options in ((), ('--profile',)):
        refused = train(tmp_path / 'other', '--teacher', stranger, *options)
        assert_one_line(refused)
        assert 'choose a teacher of the same classes' in refused.output


def test_profile_compares_the_loader_with_one_batch(street_root: Path, tmp_path: Path) -> None:
    options = ['--scale', 'tiny', '--batch-size', '2', '--crop', '64', '96', '--workers', '0']
    words = ['train', '--data', str(street_root), '--profile', *options]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert re.search(
        r'\d+ ms a step with the loader, \d+ ms on one batch repeated: \d+\.\d\dx; the loader ',
        result.output,
    )


def test_weight_of_a_teacher_that_is_not_there_is_refused(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    for option in ('--distillation', '--temperature'):
        result = train(tmp_path, option, 2)
        assert result.exit_code == 2
        assert '--distillation and --temperature need a --teacher' in result.output


def test_branches_of_weights_that_are_given_are_not_asked_for(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    result = train(tmp_path, '--no-identity', '--weights', __file__)
    assert result.exit_code == 2
    assert '--weights keep what they have' in result.output


@pytest.mark.parametrize('option', [parameter.opts[0] for parameter in command.params])
def test_every_option_is_described(option: str) -> None:
    page = Path(__file__).parents[2] / 'docs' / 'training.md'
    assert f'`{option}' in page.read_text()


def test_output_is_needed(street_root: Path) -> None:
    result = CliRunner().invoke(main, ['train', '--data', str(street_root)])
    assert result.exit_code == 2
    assert '--output is missing: name the folder of the run' in result.output


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (('--scale', 'xl'), "'xl' is neither a scale (tiny, s, m, l) nor a checkpoint"),
        (('--depth', '1,1,1,1,1'), 'give all three of them and no scale'),
        (('--teacher', 'nobody'), "no model 'nobody'"),
        (('--batch-size', 4, '--devices', 2), '6 frames to train on are less than a batch of 4'),
        (('--zoom', 2, 1), 'zoom must be the smallest and the largest factor'),
    ],
)
def test_wrong_option_is_one_line_that_says_what_is_right(
    train: Callable[..., Result], tmp_path: Path, options: tuple, message: str
) -> None:
    result = train(tmp_path, *options)
    assert_one_line(result)
    assert message in result.output


@pytest.mark.parametrize(
    ('before', 'now', 'message'),
    [
        (('--scale', 's'), ('--scale', 'm'), 'network s (this one: m)'),
        (('--holdout', 'A_0'), ('--holdout', 'A_1'), 'is of a run with frames 5 ('),
    ],
)
def test_folder_of_another_run_is_one_line(
    train: Callable[..., Result], tmp_path: Path, before: tuple, now: tuple, message: str
) -> None:
    assert train(tmp_path, '--epochs', 1, *before).exit_code == 0
    assert train(tmp_path, '--epochs', 1, *before).exit_code == 0
    refused = train(tmp_path, '--epochs', 1, *now)
    assert_one_line(refused)
    assert message in refused.output


def test_folder_of_a_run_of_fewer_epochs_is_one_line(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert train(tmp_path, '--epochs', 1).exit_code == 0
    assert_one_line(train(tmp_path, '--epochs', 3))


def test_folder_of_a_run_from_other_weights_is_one_line(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert train(tmp_path / 'a', '--epochs', 1).exit_code == 0
    assert train(tmp_path / 'b', '--epochs', 1, '--seed', 1).exit_code == 0
    a, b = (tmp_path / name / 'network.safetensors' for name in 'ab')
    assert train(tmp_path / 'run', '--epochs', 1, '--weights', a).exit_code == 0
    assert train(tmp_path / 'run', '--epochs', 1, '--weights', a).exit_code == 0
    refused = train(tmp_path / 'run', '--epochs', 1, '--weights', b)
    assert_one_line(refused)
    assert 'is of a run with weights network.safetensors (' in refused.output


def test_frames_of_several_heights_are_warned_of(street_root: Path, tmp_path: Path) -> None:
    root = shutil.copytree(street_root, tmp_path / 'street')
    for file in root.glob('*/train/A_0.png'):
        picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), np.repeat(picture, 2, axis=0))
    options = ['--scale', 'tiny', '--batch-size', '2', '--crop', '64', '96', '--workers', '0']
    words = ['train', '--output', str(tmp_path / 'run'), '--epochs', '1', *options]
    for data, warned in ((root, True), (street_root, False)):
        result = CliRunner().invoke(main, [*words, '--data', str(data)])
        assert ('WARNING: frames differ in height (96, 192)' in result.stderr) is warned


def test_deployed_weights_are_trained_on(train: Callable[..., Result], tmp_path: Path) -> None:
    assert train(tmp_path / 'first').exit_code == 0
    first = tmp_path / 'first' / 'deployed.safetensors'
    second = train(tmp_path / 'second', '--epochs', 1, '--weights', first)
    assert second.exit_code == 0, second.output
    assert f'{first} goes on as' in second.output
    assert not load_checkpoint(tmp_path / 'second' / 'network.safetensors').is_folded


def test_weights_are_found_by_their_name(train: Callable[..., Result], tmp_path: Path) -> None:
    shipped = train(tmp_path / 'run', '--epochs', 1, '--weights', 'tiny')
    assert shipped.exit_code == 0, shipped.output
    assert 'lpsnet_tiny_camvid.safetensors goes on as' in shipped.output
    missing = train(tmp_path / 'other', '--weights', 'huge')
    assert_one_line(missing)
    assert "no model 'huge'" in missing.output


def test_weights_grow_to_the_network_that_is_asked_for(
    train: Callable[..., Result], tmp_path: Path
) -> None:
    assert train(tmp_path / 'first').exit_code == 0
    weights = ('--weights', tmp_path / 'first' / 'network.safetensors')
    larger = ('--depth', '1,1,1,2,1', '--width', '4,8,16,32,32', '--resolution', '1,0.5')
    grown = train(tmp_path / 'second', *weights, *larger)
    assert grown.exit_code == 0, grown.output
    assert 'goes on as d1-1-1-2-1_w4-8-16-32-32_r1-0.5: all but the outputs kept' in grown.output
    network = load_checkpoint(tmp_path / 'second' / 'deployed.safetensors')
    assert network.architecture.depth == (1, 1, 1, 2, 1)
    assert network.architecture.resolution == (1.0, 0.5)
    smaller = ('--depth', '1,1,1,1,1', '--width', '4,4,8,8,8', '--resolution', '0.5')
    shrunk = train(tmp_path / 'third', *weights, *smaller)
    assert_one_line(shrunk)
    assert 'networks only grow' in shrunk.output
