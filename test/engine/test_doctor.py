"""Findings about back ends that work, fail, are absent, or compute nonsense."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import backends
from lpsnet_ros.engine.backends.base import Backend, Frame, Mask, PreparationError, Task
from lpsnet_ros.engine.backends.cpu import CpuBackend
from lpsnet_ros.engine.benchmark.subject import load_network
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.doctor import Finding, as_dict, examine
from lpsnet_ros.frames.sample import sample_frames
from lpsnet_ros.network import LPSNet


class Absent(CpuBackend):
    @classmethod
    def unavailable(cls) -> str | None:
        return 'no such device'


class Failing(CpuBackend):
    def __init__(self, task: Task, cache: EngineCache) -> None:
        raise PreparationError('out of memory: close other programs')


class Wavering(CpuBackend):
    """Gives another class where the network is not sure."""

    def __call__(self, frame: Frame) -> Mask:
        segmentation = self.segment(frame)
        segmentation.mask[self.confidence(segmentation) < 140] = 254
        return segmentation.mask


class Overbearing(CpuBackend):
    """Gives another class where the network is surest."""

    def __call__(self, frame: Frame) -> Mask:
        segmentation = self.segment(frame)
        levels = self.confidence(segmentation)
        segmentation.mask[levels >= np.quantile(levels, 0.99)] = 254
        return segmentation.mask


class Nonsense(CpuBackend):
    def __call__(self, frame: Frame) -> Mask:
        return np.full(frame.shape[:2], 254, np.uint8)


def finding(
    backend: type[Backend],
    network: LPSNet,
    picture: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
) -> Finding:
    monkeypatch.setitem(backends.BACKENDS, 'tried', backend)
    # In bf16, auto's choice where a processor multiplies it, random weights flip pixels.
    return examine(network, [picture], 2, precision='fp32', backends={'tried': backend})[0]


def test_one_that_works_is_checked_and_timed(
    small_network: LPSNet, picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = finding(CpuBackend, small_network, picture, monkeypatch)
    assert found.obstacle is None
    assert found.good
    assert found.agreement >= 99.5
    assert found.latency.rounds == 2
    assert found.provenance.device == 'cpu'
    assert json.loads(json.dumps(as_dict(found)))['good'] is True


@pytest.mark.parametrize(
    ('backend', 'obstacle'),
    [
        (Absent, 'no such device'),
        (Failing, 'PreparationError: out of memory: close other programs'),
    ],
)
def test_one_that_does_not_work_gets_its_reason(
    backend: type[Backend],
    obstacle: str,
    small_network: LPSNet,
    picture: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = finding(backend, small_network, picture, monkeypatch)
    assert found == Finding('tried', ('fp32', 'bf16'), obstacle)
    assert not found.good


def test_only_pixels_that_fp32_is_sure_of_are_held_against_one(
    small_network: LPSNet, picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    wavering = finding(Wavering, small_network, picture, monkeypatch)
    assert wavering.agreement < 99
    assert wavering.agreement_where_sure == 100
    assert wavering.good
    overbearing = finding(Overbearing, small_network, picture, monkeypatch)
    assert overbearing.agreement > 97
    assert overbearing.agreement_where_sure < 99.9
    assert not overbearing.good


def test_all_pixels_count_where_fp32_is_sure_of_none(
    small_network: LPSNet, picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    with torch.no_grad():
        small_network.head.weight /= 1000
        small_network.head.bias /= 1000
    assert finding(CpuBackend, small_network, picture, monkeypatch).good
    nonsense = finding(Nonsense, small_network, picture, monkeypatch)
    assert nonsense.agreement_where_sure == 0
    assert not nonsense.good


def test_shipped_model_is_good_in_bf16() -> None:
    _, network = load_network('s')
    frames = sample_frames('street', (180, 240), count=2)
    (found,) = examine(
        network, frames, 1, precision='bf16', backends={'cpu': backends.BACKENDS['cpu']}
    )
    assert found.agreement < 100
    assert found.good


def test_one_with_other_masks_is_not_good(
    small_network: LPSNet, picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = finding(Nonsense, small_network, picture, monkeypatch)
    assert found.obstacle is None
    assert found.agreement == 0
    assert not found.good
