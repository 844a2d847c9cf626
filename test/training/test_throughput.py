"""Timing the loader against the training step."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from lpsnet_ros.network import CAMVID, LPSNet, NetworkInfo
from lpsnet_ros.training.augment import Augmentation
from lpsnet_ros.training.datasets import LabelledFrames, open_dataset
from lpsnet_ros.training.recipe import Recipe, Schedule
from lpsnet_ros.training.throughput import ROUNDS, WARM_UP_STEPS, Throughput, measure_throughput

PICTURE_SECONDS = 0.1


class SlowFrames(LabelledFrames):
    """Frames on a slow disk."""

    def image(self, index: int) -> np.ndarray:
        time.sleep(PICTURE_SECONDS)
        return super().image(index)


def test_slow_loader_is_seen(make_network: Callable[..., LPSNet], street_root: Path) -> None:
    network = make_network((0.5,))
    network.info = NetworkInfo(CAMVID)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    frames = SlowFrames(**vars(open_dataset('camvid', street_root, ['train'])))
    recipe = Recipe(Schedule(epochs=1, batch_size=2), augmentation=Augmentation((64, 96)))
    throughput = measure_throughput(network, frames, recipe, steps=4, workers=0)
    assert throughput.with_loader > throughput.one_batch + 1.8 * PICTURE_SECONDS
    assert throughput.one_batch > 0
    after = network.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_steps_are_those_with_the_teacher(
    make_network: Callable[..., LPSNet], street_root: Path
) -> None:
    network, teacher = make_network((0.5,)), make_network((1,))
    network.info = teacher.info = NetworkInfo(CAMVID)
    asked = []
    teacher.register_forward_hook(lambda *_: asked.append(1))
    frames = open_dataset('camvid', street_root, ['train'])
    recipe = Recipe(Schedule(epochs=1, batch_size=2), augmentation=Augmentation((64, 96)))
    measure_throughput(network, frames, recipe, steps=1, workers=0, teacher=teacher)
    assert len(asked) == ROUNDS * 2 * (WARM_UP_STEPS + 1)


@pytest.mark.parametrize(('with_loader', 'keeps_up'), [(0.21, True), (0.3, False)])
def test_loader_keeps_up_while_a_step_takes_as_long_with_it(
    with_loader: float, keeps_up: bool
) -> None:
    throughput = Throughput(with_loader, one_batch=0.2)
    assert throughput.ratio == pytest.approx(with_loader / 0.2)
    assert throughput.loader_keeps_up == keeps_up
