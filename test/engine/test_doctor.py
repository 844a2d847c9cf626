"""Findings about back ends that work, fail, are absent, or compute nonsense."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from lpsnet_ros.engine import backends
from lpsnet_ros.engine.backends.base import Backend, Frame, Mask, PreparationError, Task
from lpsnet_ros.engine.backends.cpu import CpuBackend
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.engine.doctor import Finding, as_dict, examine
from lpsnet_ros.network import LPSNet


class Absent(CpuBackend):
    @classmethod
    def unavailable(cls) -> str | None:
        return 'no such device'


class Failing(CpuBackend):
    def __init__(self, task: Task, cache: EngineCache) -> None:
        raise PreparationError('out of memory: close other programs')


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


def test_one_with_other_masks_is_not_good(
    small_network: LPSNet, picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = finding(Nonsense, small_network, picture, monkeypatch)
    assert found.obstacle is None
    assert found.agreement == 0
    assert not found.good
