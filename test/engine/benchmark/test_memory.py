"""Memory of calls, measured for real in a process of its own."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lpsnet_ros.engine.benchmark import Case, memory, run, run_case
from lpsnet_ros.engine.benchmark.results import BARE, EAGER, NETWORK, OURS, STAGE
from lpsnet_ros.network import LPSNet

SIZE = (480, 640)
CASE = Case('small', SIZE, 1, backend='cpu', precision='fp32')
MIB = 2**20
linux = pytest.mark.skipif(not sys.platform.startswith('linux'), reason='reads /proc')


@linux
def test_full_size_scores_show_and_ours_are_none(
    small_network: LPSNet, picture: NDArray[np.uint8]
) -> None:
    frame = cv2.resize(picture, SIZE[::-1])
    extra = memory.extra_memory(CASE, small_network, SIZE, frame)
    assert set(extra) == {OURS, BARE, EAGER}
    full_size_scores = SIZE[0] * SIZE[1] * 11 * 4 / MIB
    assert extra[EAGER] > full_size_scores
    assert extra[OURS] < full_size_scores


@linux
def test_rows_get_their_memory(
    small_network: LPSNet, picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, 'extra_memory', lambda *_: {OURS: 3.0, BARE: 5.0})
    frame = cv2.resize(picture, SIZE[::-1])
    result = run_case(CASE, small_network, [frame], 1, peers={}, memory=True)
    assert [r.extra_mib for r in result.rows if r.kind != STAGE] == [3, 5]
    assert result.row(NETWORK).name == BARE
    assert result.row(STAGE).extra_mib is None


def test_where_it_can_not_be_measured_the_reason_is_given(
    small_network: LPSNet, picture: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.sys, 'executable', '/bin/false')
    frame = cv2.resize(picture, SIZE[::-1])
    result = run_case(CASE, small_network, [frame], 1, peers={}, memory=True)
    assert result.left_out == {'memory': 'OSError: memory can not be measured'}
    assert result.row(NETWORK).extra_mib is None
