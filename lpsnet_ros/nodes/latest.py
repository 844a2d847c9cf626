"""Newest item only: one slot for each source, one worker thread, replaced items reported."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar('Item')


class LatestWorker(Generic[Item]):
    """Calls ``work(item)`` in a thread of its own, always with the newest item of a source.

    An item that is put while another of its source waits replaces it: a result older than the
    next input is worth less than none. Sources that have an item waiting are served in turn, so
    that none starves another.

    Args:
        name: of the thread.
        work: called with each item that is taken.
        on_replaced: called with each item that is not.
        on_error: called with an item and what ``work`` raised for it; the thread goes on.

    """

    def __init__(
        self,
        name: str,
        work: Callable[[Item], None],
        on_error: Callable[[Item, Exception], None],
        on_replaced: Callable[[Item], None] = lambda item: None,
    ) -> None:
        self._work = work
        self._on_error = on_error
        self._on_replaced = on_replaced
        # In the order of their turns: who was served goes to the end.
        self._slots: dict[str, Item | None] = {}
        self._held: set[str] = set()
        self._working_since: float | None = None
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: Item, source: str = '') -> None:
        """Hand over an item; never waits for the worker."""
        with self._changed:
            replaced = self._slots.get(source)
            self._slots[source] = item
            self._changed.notify_all()
        if replaced is not None:
            self._on_replaced(replaced)

    def hold(self, item: Item, source: str = '') -> None:
        """Put an item back that can't be worked on yet, and pass its source over.

        The item is replaced as any other: at once where a newer one has come meanwhile.
        """
        with self._changed:
            self._held.add(source)
            replaced = self._slots.get(source) is not None
            if not replaced:
                self._slots[source] = item
        if replaced:
            self._on_replaced(item)

    def release(self, source: str = '') -> None:
        """Serve a source again that was passed over."""
        with self._changed:
            self._held.discard(source)
            self._changed.notify_all()

    @property
    def working_for(self) -> float:
        """Seconds that the item in work has taken so far; 0 while none is."""
        since = self._working_since
        return 0.0 if since is None else time.monotonic() - since

    def settle(self, timeout: float) -> None:
        """Discard what waits, once the item in work is done or ``timeout`` seconds are over."""
        self.discard()
        with self._changed:
            self._changed.wait_for(lambda: self._working_since is None, timeout)
        self.discard()

    def discard(self) -> None:
        """Discard what waits."""
        with self._changed:
            waiting = [item for item in self._slots.values() if item is not None]
            self._slots.clear()
            self._held.clear()
        for item in waiting:
            self._on_replaced(item)

    def stop(self, timeout: float | None = None) -> bool:
        """End the thread after the item that it is at; waiting items are discarded.

        Returns:
            Whether it ended within ``timeout`` seconds; without one this waits for it.

        """
        self.discard()
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _next_source(self) -> str | None:
        waiting = (s for s, item in self._slots.items() if item is not None)
        return next((s for s in waiting if s not in self._held), None)

    def _take(self) -> Item | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._next_source() is not None)
            source = self._next_source()
            if source is None:
                return None
            item = self._slots.pop(source)
            self._slots[source] = None
            self._working_since = time.monotonic()
            return item

    def _run(self) -> None:
        while self._serve():
            pass

    def _serve(self) -> bool:
        # A method of its own, so that no item is kept alive while the next is waited for.
        item = self._take()
        if item is None:
            return False
        try:
            self._work(item)
        except Exception as error:  # The thread must outlive whatever one item does.
            self._on_error(item, error)
        finally:
            with self._changed:
                self._working_since = None
                self._changed.notify_all()
        return True
