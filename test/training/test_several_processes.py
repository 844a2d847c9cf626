"""Two processes on one machine that train together (DDP over gloo)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lpsnet_ros.network import load_checkpoint
from lpsnet_ros.network.model import resize
from lpsnet_ros.training.datasets import open_dataset
from lpsnet_ros.training.inputs import normalise
from lpsnet_ros.training.metrics import IntersectionOverUnion, mean_iou
from lpsnet_ros.training.samples import EvaluationSamples

REPOSITORY = Path(__file__).resolve().parents[2]


def train_in_two_processes(root: Path, output: Path) -> str:
    options = {
        '--data': root,
        '--output': output,
        '--scale': 'tiny',
        '--epochs': 1,
        '--batch-size': 2,
        '--workers': 0,
        '--ema': 0.9,
        '--auxiliary': 0.5,
        '--devices': 2,
    }
    command = [sys.executable, '-m', 'lpsnet_ros.cli.main', 'train', '--crop', '64', '96']
    command += ['--split', 'train', '--split', 'val', '--holdout', 'B', '--holdout', 'C_0']
    command += [str(word) for option in options.items() for word in option]
    environment = {**os.environ, 'CUDA_VISIBLE_DEVICES': '', 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@torch.no_grad()
def test_two_processes_train_one_network_and_score_every_frame_once(
    street_root: Path, tmp_path: Path
) -> None:
    output = train_in_two_processes(street_root, tmp_path)
    assert output.count('trained on 5 frames') == 1
    network = load_checkpoint(tmp_path / 'network.safetensors')

    frames = open_dataset('camvid', street_root, ['train', 'val'])
    held_out = frames.split_by_drive(['B', 'C_0'])[1]
    assert len(held_out) == 3
    iou = IntersectionOverUnion(11)
    for image, label in map(EvaluationSamples(held_out).__getitem__, range(3)):
        logits = network(normalise(image[None], network.info))
        iou.update(resize(logits, label.shape), label[None])
    assert network.info.metrics['miou'] == pytest.approx(mean_iou(iou.compute()), abs=1e-5)
