"""The fixed input that an engine has to prove itself on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch

from lpsnet_ros.engine.backends.path_scorer import PathScorer
from lpsnet_ros.engine.backends.self_test import (
    NEEDED_AGREEMENT,
    agreement,
    class_ids,
    pack,
    probe_inputs,
    unpack,
)
from lpsnet_ros.engine.zoo import find_checkpoint
from lpsnet_ros.network import SCALES, LPSNet, load_checkpoint

SIZES = [(180, 240), (60, 80)]


@pytest.fixture(scope='module', params=SCALES)
def trained(request: pytest.FixtureRequest) -> LPSNet:
    try:
        return load_checkpoint(find_checkpoint(request.param)).folded()
    except FileNotFoundError as error:
        pytest.skip(str(error))


def probe_of(network: LPSNet) -> list[torch.Tensor]:
    return probe_inputs(network.path_sizes((240, 320)))


def test_probe_is_always_the_same_and_finds_several_classes(trained: LPSNet) -> None:
    first, second = probe_of(trained), probe_of(trained)
    assert all(torch.equal(a, b) for a, b in zip(first, second))
    assert len(class_ids(PathScorer(trained), first).unique()) >= 4


def test_half_precision_passes(trained: LPSNet) -> None:
    expected = class_ids(PathScorer(trained), probe_of(trained))
    ids = class_ids(PathScorer(trained).half(), [x.half() for x in probe_of(trained)])
    assert agreement(ids, expected) >= NEEDED_AGREEMENT


def silenced(network: LPSNet) -> None:
    network.head.weight.zero_()


def without_one_path(network: LPSNet) -> None:
    network.paths[-1].stages[-1][-1].conv.weight.zero_()


@pytest.mark.parametrize('spoil', [silenced, without_one_path])
@torch.no_grad()
def test_broken_network_does_not(trained: LPSNet, spoil: Callable[[LPSNet], None]) -> None:
    expected = class_ids(PathScorer(trained), probe_of(trained))
    scorer = PathScorer(trained)
    spoil(scorer.network)
    assert agreement(class_ids(scorer, probe_of(trained)), expected) < NEEDED_AGREEMENT


def test_class_ids_survive_json() -> None:
    ids = torch.arange(120, dtype=torch.uint8).reshape(10, 12)
    assert torch.equal(unpack(json.loads(json.dumps(pack(ids)))), ids)


def test_other_shape_agrees_on_nothing() -> None:
    assert agreement(torch.zeros(3, 4), torch.zeros(4, 3)) == 0
