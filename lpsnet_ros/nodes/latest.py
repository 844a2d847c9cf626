"""Newest item only: one slot, one worker thread, replaced items counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar('Item')


class LatestWorker(Generic[Item]):
    """Calls ``work(item)`` in a thread of its own, always with the newest item put.

    An item that is put while another waits replaces it: a result older than the next input is
    worth less than none. ``work`` must handle its own errors.

    Args:
        name: of the thread.
        work: called with each item that is taken.
        on_replaced: called for each item that is not.

    """

    def __init__(
        self,
        name: str,
        work: Callable[[Item], None],
        on_replaced: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._on_replaced = on_replaced
        self._item: Item | None = None
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Hand over an item; never waits for the worker."""
        with self._changed:
            replaced = self._item is not None
            self._item = item
            self._changed.notify()
        if replaced:
            self._on_replaced()

    def stop(self) -> None:
        """End the thread after the item that it is at; a waiting item is discarded."""
        with self._changed:
            replaced = self._item is not None
            self._item = None
            self._stopping = True
            self._changed.notify()
        if replaced:
            self._on_replaced()
        self._thread.join()

    def _take(self) -> Item | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._item is not None)
            item, self._item = self._item, None
            return item

    def _run(self) -> None:
        while (item := self._take()) is not None:
            self._work(item)
