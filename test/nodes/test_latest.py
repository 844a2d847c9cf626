"""The worker that takes the newest item only."""

from __future__ import annotations

import threading

from lpsnet_ros.nodes.latest import LatestWorker


def test_items_put_while_it_works_are_replaced_by_the_newest() -> None:
    worked: list[int] = []
    replaced: list[None] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(item: int) -> None:
        worked.append(item)
        begun.set()
        assert go_on.wait(10)

    worker = LatestWorker('test', work, lambda: replaced.append(None))
    worker.put(0)
    assert begun.wait(10)
    begun.clear()
    for item in (1, 2, 3):
        worker.put(item)
    go_on.set()
    assert begun.wait(10)
    worker.stop()
    assert worked == [0, 3]
    assert len(replaced) == 2


def test_stop_discards_what_waits_and_counts_it() -> None:
    replaced: list[None] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(item: int) -> None:
        begun.set()
        assert go_on.wait(10)

    worker = LatestWorker('test', work, lambda: replaced.append(None))
    worker.put(0)
    assert begun.wait(10)
    worker.put(1)
    threading.Timer(0.1, go_on.set).start()
    worker.stop()
    assert len(replaced) == 1
