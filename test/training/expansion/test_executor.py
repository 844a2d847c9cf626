"""Tasks one after the other, or through Ray where it is installed."""

from __future__ import annotations

import importlib.util

import pytest

from lpsnet_ros.network import SCALES
from lpsnet_ros.training.expansion.executor import LOCAL, RAY, check_executor, run_all
from lpsnet_ros.training.expansion.notation import parse_architecture

HAS_RAY = importlib.util.find_spec('ray') is not None


def test_local_tasks_are_begun_when_asked_for() -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        return 2 * number

    results = run_all(work, [3, 4, 5], LOCAL)
    assert begun == []
    assert next(results) == (0, 6)
    assert begun == [3]
    assert list(results) == [(1, 8), (2, 10)]


@pytest.mark.skipif(HAS_RAY, reason='Ray is installed')
def test_missing_ray_names_the_fix() -> None:
    check_executor(LOCAL)
    with pytest.raises(ValueError, match=r'pip install "lpsnet_ros\[ray\]"'):
        check_executor(RAY)


@pytest.mark.skipif(not HAS_RAY, reason='Ray is not installed: pip install .[ray]')
def test_ray_returns_every_result() -> None:
    import ray

    check_executor(RAY)
    scales = list(SCALES)
    try:
        found = dict(run_all(parse_architecture, scales, RAY))
    finally:
        ray.shutdown()
    assert [found[index] for index in range(len(scales))] == list(SCALES.values())
