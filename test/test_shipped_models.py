"""The checkpoints that come with the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import CAMVID, load_checkpoint
from lpsnet_ros.resources import data_folder
from lpsnet_ros.training.datasets import open_camvid
from lpsnet_ros.training.evaluate import evaluate


@pytest.mark.parametrize(
    'path', sorted(data_folder('models').glob('*.safetensors')), ids=lambda path: path.name
)
def test_checkpoint_is_deployed_and_says_what_it_may_be_used_for(path: Path) -> None:
    network = load_checkpoint(path)
    assert network.is_folded
    assert network.info.licence
    assert network.info.training_size
    assert len(network.info.classes) == network.num_classes


def test_scale_s_segments_real_streets(camvid_root: Path) -> None:
    network = load_checkpoint(find_checkpoint('s'))
    assert network.info.classes == CAMVID
    frames = open_camvid(camvid_root, ['val']).subset([0, 50])
    assert evaluate(network, frames).miou > 0.5


def test_bf16_gives_the_classes_of_fp32_on_real_frames(camvid_root: Path) -> None:
    frames = open_camvid(camvid_root, ['val']).subset([0, 100])
    for index in range(len(frames)):
        frame = frames.image(index)
        masks = [
            Engine.load('s', frame.shape[:2], backend='cpu', precision=precision)(frame)
            for precision in ('fp32', 'bf16')
        ]
        assert np.mean(masks[0] == masks[1]) >= 0.995
