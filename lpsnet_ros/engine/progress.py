"""Signs of life from work that takes long."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

_log = logging.getLogger('lpsnet_ros')


@contextlib.contextmanager
def telling_progress(work: str, every: float = 4.0) -> Iterator[None]:
    """Log what is going on now, every so many seconds while it does, and how long it took."""
    started = time.perf_counter()
    done = threading.Event()

    def tell() -> None:
        while not done.wait(every):
            _log.info('%s: %.0f s so far', work, time.perf_counter() - started)

    _log.info('%s ...', work)
    teller = threading.Thread(target=tell, name='progress', daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
    _log.info('%s: done in %.1f s', work, time.perf_counter() - started)
