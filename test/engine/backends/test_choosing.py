"""Which back end is taken, and what happens where one fails: really, on this machine."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.backends import BACKENDS, choose, prepare
from lpsnet_ros.engine.backends.base import Backend, Frame, PreparationError, Segmentation, Task
from lpsnet_ros.engine.backends.gpu import preparing
from lpsnet_ros.engine.cache import EngineCache
from lpsnet_ros.network import LPSNet

SIZE = (48, 64)
no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU here')


class GreedyBackend(Backend):
    """Asks for more memory than there is."""

    name = 'greedy'
    precisions = ('fp32',)

    @classmethod
    def unavailable(cls) -> str | None:
        return None

    @classmethod
    def best_precision(cls) -> str:
        return 'fp32'

    def __init__(self, task: Task, cache: EngineCache) -> None:
        self.task = task
        with preparing(task):
            torch.empty(2**60, dtype=torch.uint8)

    def timed(self, frame: Frame) -> tuple[Segmentation, Mapping[str, float]]:
        raise AssertionError('it never got ready')


@pytest.fixture
def _greedy_first(monkeypatch: pytest.MonkeyPatch) -> None:
    usable = {backend.name: backend for backend in (GreedyBackend, BACKENDS['cpu'])}
    monkeypatch.setattr('lpsnet_ros.engine.backends.BACKENDS', usable)


def test_order_is_best_first() -> None:
    assert list(BACKENDS) == ['torch_tensorrt', 'cuda', 'cpu']


@no_gpu
@pytest.mark.parametrize('name', ['torch_tensorrt', 'cuda'])
def test_gpu_back_ends_say_why_they_can_not_work_here(name: str) -> None:
    obstacle = BACKENDS[name].unavailable()
    assert obstacle.startswith(f'torch {torch.__version__} ')
    assert '\n' not in obstacle
    with pytest.raises(ValueError, match=f'back end {name} can not work here: torch '):
        choose(name)


@no_gpu
def test_auto_ends_at_the_cpu_with_every_obstacle() -> None:
    choice = choose()
    assert choice.backend is BACKENDS['cpu']
    for name in ('torch_tensorrt', 'cuda'):
        assert f'{name}: {BACKENDS[name].unavailable()}' in choice.reason


@pytest.mark.usefixtures('_greedy_first')
def test_auto_goes_on_where_a_back_end_can_not_get_ready(
    small_network: LPSNet, picture: NDArray[np.uint8], caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine(small_network, SIZE, precision='fp32')
    assert engine.provenance.backend == 'cpu'
    assert 'greedy: getting ready for frames of 64x48 failed' in engine.provenance.reason
    assert 'Back end greedy: getting ready for frames of 64x48 failed' in caplog.text
    assert engine(picture).shape == SIZE


@pytest.mark.usefixtures('_greedy_first')
def test_named_back_end_that_can_not_get_ready_is_an_error(small_network: LPSNet) -> None:
    with pytest.raises(PreparationError, match='getting ready for frames of 64x48 failed'):
        Engine(small_network, SIZE, backend='greedy')


@pytest.mark.usefixtures('_greedy_first')
def test_the_error_of_a_back_end_holds_nothing_of_what_it_had_got(small_network: LPSNet) -> None:
    taken = []

    def task_in(precision: str) -> Task:
        network = small_network.deployed()
        taken.append(weakref.ref(network))
        return Task(network, SIZE, SIZE, SIZE, True, precision)

    with pytest.raises(PreparationError) as caught:
        prepare('greedy', 'fp32', task_in, EngineCache())
    gc.collect()
    assert caught.value.__cause__ is not None
    assert [reference() for reference in taken] == [None]


@pytest.mark.usefixtures('_greedy_first')
def test_auto_passes_over_a_back_end_without_the_precision() -> None:
    choice = choose(precision='bf16')
    assert choice.backend is BACKENDS['cpu']
    assert "greedy: it computes in fp32, not in 'bf16'" in choice.reason


@pytest.mark.parametrize('backend', ['auto', 'cpu'])
def test_unknown_precision_is_refused_with_those_that_there_are(backend: str) -> None:
    with pytest.raises(ValueError, match="it computes in fp32, bf16, not in 'fp12'"):
        choose(backend, 'fp12')


def test_unknown_back_end_is_refused_with_those_that_there_are() -> None:
    expected = "backend must be one of auto, torch_tensorrt, cuda, cpu, got 'tpu'"
    with pytest.raises(ValueError, match=expected):
        choose('tpu')
