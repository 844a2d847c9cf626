"""The worker that takes the newest item only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from lpsnet_ros.nodes.latest import LatestWorker


class Gate:
    """Work that waits to be let through."""

    def __init__(self) -> None:
        self.worked: list[object] = []
        self.replaced: list[object] = []
        self.errors: list[tuple[object, Exception]] = []
        self._begun = threading.Semaphore(0)
        self._go_on = threading.Semaphore(0)
        self.worker = LatestWorker('test', self._work, self._failed, self.replaced.append)

    def _work(self, item: object) -> None:
        self.worked.append(item)
        self._begun.release()
        assert self._go_on.acquire(timeout=10)
        if isinstance(item, Exception):
            raise item

    def _failed(self, item: object, error: Exception) -> None:
        self.errors.append((item, error))

    def wait_until_working(self) -> None:
        assert self._begun.acquire(timeout=10)

    def let_through(self) -> None:
        self._go_on.release()

    def finish(self) -> None:
        self.let_through()
        self.worker.stop()


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_items_put_while_it_works_are_replaced_by_the_newest(gate: Gate) -> None:
    gate.worker.put(0)
    gate.wait_until_working()
    for item in (1, 2, 3):
        gate.worker.put(item)
    gate.let_through()
    gate.wait_until_working()
    gate.finish()
    assert gate.worked == [0, 3]
    assert gate.replaced == [1, 2]


def test_sources_that_have_something_are_served_in_turn(gate: Gate) -> None:
    gate.worker.put('a0', 'a')
    gate.wait_until_working()
    for item in ('a1', 'b1', 'c1', 'a2'):
        gate.worker.put(item, item[0])
    for _ in range(3):
        gate.let_through()
        gate.wait_until_working()
    gate.worker.put('b2', 'b')
    gate.let_through()
    gate.wait_until_working()
    gate.finish()
    assert sorted(gate.worked[1:4]) == ['a2', 'b1', 'c1']
    assert gate.worked[4] == 'b2'
    assert gate.replaced == ['a1']


@pytest.mark.parametrize('end', [LatestWorker.stop, LatestWorker.discard])
def test_what_waits_is_discarded_and_reported(
    gate: Gate, end: Callable[[LatestWorker], None]
) -> None:
    gate.worker.put(0)
    gate.wait_until_working()
    gate.worker.put(1)
    threading.Timer(0.1, gate.let_through).start()
    end(gate.worker)
    gate.worker.stop()
    assert gate.replaced == [1]
    assert gate.worked == [0]


def test_an_error_costs_one_item_and_not_the_thread(gate: Gate) -> None:
    error = AttributeError('a bug')
    gate.worker.put(error)
    gate.wait_until_working()
    gate.let_through()
    gate.worker.put(1)
    gate.wait_until_working()
    gate.finish()
    assert gate.errors == [(error, error)]
    assert gate.worked == [error, 1]


def test_a_source_that_is_held_lets_the_others_pass_and_keeps_its_newest_item() -> None:
    worked: list[str] = []
    replaced: list[str] = []
    done = threading.Semaphore(0)
    blocked = threading.Event()

    def work(item: str) -> None:
        if item[0] == 'a' and not blocked.is_set():
            worker.hold(item, 'a')
        else:
            worked.append(item)
        done.release()

    worker = LatestWorker('test', work, print, replaced.append)
    for item in ('a1', 'b1', 'b2'):
        worker.put(item, item[0])
        assert done.acquire(timeout=10)
    worker.put('a2', 'a')
    worker.put('b3', 'b')
    assert done.acquire(timeout=10)
    assert worked == ['b1', 'b2', 'b3']
    blocked.set()
    worker.release('a')
    assert done.acquire(timeout=10)
    worker.stop()
    assert (worked[-1], replaced) == ('a2', ['a1'])


def test_settling_waits_for_the_item_in_work_and_leaves_none(gate: Gate) -> None:
    assert gate.worker.working_for == 0
    gate.worker.put(0)
    gate.wait_until_working()
    time.sleep(0.02)
    assert gate.worker.working_for >= 0.02
    gate.worker.put(1)
    threading.Timer(0.1, gate.let_through).start()
    gate.worker.settle(10)
    assert gate.worker.working_for == 0
    assert gate.replaced == [1]
    gate.worker.stop()
    assert gate.worked == [0]


def test_settling_does_not_wait_for_ever(gate: Gate) -> None:
    gate.worker.put(0)
    gate.wait_until_working()
    gate.worker.settle(0.05)
    assert gate.worker.working_for > 0
    gate.finish()


def test_stopping_with_a_timeout_tells_whether_the_item_in_work_ended(gate: Gate) -> None:
    gate.worker.put(0)
    gate.wait_until_working()
    assert not gate.worker.stop(0.05)
    gate.let_through()
    assert gate.worker.stop(10)
