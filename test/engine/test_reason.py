"""Errors told in a line."""

from __future__ import annotations

import pytest

from lpsnet_ros.engine.reason import reason_of


@pytest.mark.parametrize(
    ('error', 'reason'),
    [
        (ValueError('first\nsecond'), 'ValueError: first'),
        (OSError('\n  first \nsecond'), 'OSError: first'),
        (KeyboardInterrupt(), 'KeyboardInterrupt'),
        (RuntimeError('\n'), 'RuntimeError'),
    ],
)
def test_reason_is_the_kind_and_the_first_line(error: BaseException, reason: str) -> None:
    assert reason_of(error) == reason
