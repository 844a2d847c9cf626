"""That training learns, on real frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import pytest
import torch
from click.testing import CliRunner

from lpsnet_ros.cli.main import main
from lpsnet_ros.network import Architecture, load_checkpoint
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.datasets import LabelledFrames, open_dataset
from lpsnet_ros.training.evaluate import evaluate
from lpsnet_ros.training.recipe import Recipe, Schedule
from lpsnet_ros.training.starting_network import new_network
from lpsnet_ros.training.train import train

# The middle of frames 40 apart, where the street is.
CROPPED = slice(180, 216), slice(216, 264)
FRAMES = (0, 40, 80, 120)
# Two paths, as S, over pictures enlarged so far that a logit stands for 2x2 label pixels.
S_LIKE = Architecture((1, 1, 1, 2, 2), (8, 24, 48, 96, 96), (4, 1))


@pytest.fixture
def four_frames(camvid_root: Path, tmp_path: Path) -> LabelledFrames:
    whole = open_dataset('camvid', camvid_root, ['train']).subset(FRAMES)
    pairs = []
    for paths in whole.pairs:
        pair = tuple(tmp_path / f'{kind}_{paths[0].stem}.png' for kind in ('image', 'label'))
        for source, target in zip(paths, pair):
            cv2.imwrite(str(target), cv2.imread(str(source), cv2.IMREAD_UNCHANGED)[CROPPED])
        pairs.append(pair)
    return replace(whole, pairs=tuple(pairs))


def test_four_frames_are_learnt_by_heart(four_frames: LabelledFrames, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = new_network(four_frames, S_LIKE)
    recipe = Recipe(
        Schedule(epochs=80, batch_size=4, learning_rate=1e-2),
        augmentation=Augmentation(four_frames.network_input_size, zoom=(1, 1), jitter=0),
    )
    deployed = train(network, four_frames, None, tmp_path / 'run', recipe, progress=False)
    score = evaluate(load_checkpoint(deployed), four_frames)
    assert score.pixel_accuracy > 0.95
    assert score.miou > 0.85


def test_one_epoch_on_real_frames_end_to_end(camvid_root: Path, tmp_path: Path) -> None:
    command = ['train', '--data', camvid_root, '--output', tmp_path, '--holdout', '0006R0']
    command += ['--scale', 'tiny', '--epochs', 1, '--crop', 160, 224, '--learning-rate', 0.02]
    command += ['--balanced', 0.5, '--copy-paste', 0.5, '--ema', 0.9]
    result = CliRunner().invoke(main, [str(word) for word in command])
    assert result.exit_code == 0, result.output
    metrics = load_checkpoint(tmp_path / 'deployed.safetensors').info.metrics
    # A constant answer has 3 %.
    assert metrics['miou'] > 0.06
