"""Latencies by the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
import torch

from lpsnet_ros.frames import render_street
from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.training.expansion.latency import (
    ROUNDS,
    Device,
    EngineLatency,
    build_engine,
)

TINY = SCALES['tiny']
# Takes more than ten times as long as tiny: a busy machine does not make that two.
WIDE = Architecture((1, 1, 1, 1, 1), (64, 128, 256, 256, 256), (1,))
DEVICE = Device((96, 128), 11, backend='cpu', precision='fp32')


def test_larger_network_takes_longer_in_proportion_to_its_parent() -> None:
    rounds: list[int] = []

    def counted(numbers: Iterable[int]) -> Iterable[int]:
        for number in numbers:
            rounds.append(number)
            yield number

    source = EngineLatency(DEVICE, [render_street(0, DEVICE.size)[0]], 5, counted)
    assert source.first(TINY) > 0
    assert len(rounds) == 5
    slow, same = source.of([WIDE, TINY], TINY, 1000.0)
    assert slow > 2000
    assert same == 1000.0


def test_measuring_leaves_torch_s_randomness_alone(tmp_path: Path) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    engine = build_engine(DEVICE, TINY, tmp_path)
    assert torch.rand(1) == expected
    assert engine.size == DEVICE.size
    assert engine.provenance.resolution == 1.0


def test_unknown_back_end_is_refused() -> None:
    frames = [render_street(0, DEVICE.size)[0]]
    with pytest.raises(ValueError, match='backend must be one of'):
        EngineLatency(Device((96, 128), 11, backend='abacus'), frames).first(TINY)


@pytest.mark.parametrize(('spread', 'warned'), [(0.02, False), (0.5, True)])
def test_disturbed_timings_are_called_so(
    caplog: pytest.LogCaptureFixture, spread: float, warned: bool
) -> None:
    class Clocked(EngineLatency):
        """Has timings of the test's choice."""

        def _times(self, architectures: Sequence[Architecture]) -> dict:
            swing = [1 + spread * (-1) ** n for n in range(ROUNDS)]
            return {a: [10.0] * ROUNDS if a == TINY else swing for a in architectures}

    assert Clocked(DEVICE, []).of([WIDE], TINY, 50.0) == [pytest.approx(5.0)]
    assert ('other programs disturb them' in caplog.text) == warned
