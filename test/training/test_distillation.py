"""Imitating a teacher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from lpsnet_ros.network import CAMVID, ClassTable, LPSNet
from lpsnet_ros.training.distillation import Teacher
from lpsnet_ros.training.inputs import normalise


def test_teacher_scores_pictures_with_its_own_normalisation(small_network: LPSNet) -> None:
    images = torch.arange(2 * 48 * 64 * 3, dtype=torch.uint8).view(2, 48, 64, 3)
    expected = small_network(normalise(images, small_network.info))
    for network in (small_network.train(), small_network.folded()):
        logits = Teacher(network, CAMVID)(images)
        torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-3)
        assert not logits.requires_grad


@pytest.mark.parametrize('order', [slice(None, None, -1), slice(0, 10)])
def test_teacher_of_other_classes_is_refused(
    make_network: Callable[..., LPSNet], small_network: LPSNet, order: slice
) -> None:
    table = ClassTable(CAMVID.names[order], CAMVID.colours[order])
    network = make_network(num_classes=len(table))
    network.info = replace(small_network.info, classes=table)
    with pytest.raises(ValueError, match=r'the teacher knows .*; to be learnt are sky, building'):
        Teacher(network, CAMVID)
