"""Signs of life during long work."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from lpsnet_ros.engine.progress import telling_progress


def test_long_work_is_told_about_until_it_is_done(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, 'lpsnet_ros')
    with telling_progress('Counting', every=0.05):
        time.sleep(0.4)
    told = [record.message for record in caplog.records]
    assert told[0] == 'Counting ...'
    assert told[-1].startswith('Counting: done in 0.')
    assert sum('so far' in message for message in told) >= 3


def test_failed_work_is_not_told_to_be_done(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, 'lpsnet_ros')
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), telling_progress('Dividing', every=0.05):
        _ = 1 / 0
    assert threading.active_count() == before
    assert 'done' not in caplog.text
