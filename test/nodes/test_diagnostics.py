"""Which level and sentence the diagnostics give to which state."""

from __future__ import annotations

from dataclasses import replace

import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from lpsnet_ros.nodes.diagnostics import Condition, judge
from lpsnet_ros.nodes.settings import Settings
from lpsnet_ros.nodes.statistics import Snapshot

ACTIVE = Condition('active', publishers=1, topic='/eye')
FLOWING = Snapshot(
    received=20,
    masked=10,
    rate_in=10.0,
    rate_out=10.0,
    last_engine_ms=50.0,
    since_frame=0.05,
    percentiles={'engine': (50.0, 60.0, 70.0, 80.0)},
)
SILENT = replace(FLOWING, since_frame=10.0)
SLOW_ONCE = replace(FLOWING, last_engine_ms=900.0)
SLOW_FOR_LONG = replace(SLOW_ONCE, percentiles={'engine': (900.0,) * 4})


@pytest.mark.parametrize(
    ('condition', 'now', 'level', 'words'),
    [
        (ACTIVE, FLOWING, DiagnosticStatus.OK, '10.0 masks/s'),
        (replace(ACTIVE, state='inactive'), SILENT, DiagnosticStatus.OK, 'inactive'),
        (replace(ACTIVE, failure='no model'), FLOWING, DiagnosticStatus.ERROR, 'no model'),
        (ACTIVE, SILENT, DiagnosticStatus.STALE, '1 publisher(s) on /eye are silent'),
        (replace(ACTIVE, publishers=0), SILENT, DiagnosticStatus.STALE, 'nobody publishes'),
        (ACTIVE, SLOW_ONCE, DiagnosticStatus.WARN, 'slow frame: 900.0 ms > 200 ms'),
        (ACTIVE, SLOW_FOR_LONG, DiagnosticStatus.ERROR, 'slow for long'),
        (ACTIVE, replace(FLOWING, masked=0, percentiles={}), DiagnosticStatus.OK, 'preparing'),
    ],
)
def test_level_and_sentence(condition: Condition, now: Snapshot, level: bytes, words: str) -> None:
    judged, sentence = judge(condition, now, Snapshot(), Settings())
    assert judged == level
    assert words in sentence


def test_some_refused_frames_warn_and_only_refused_ones_are_stale() -> None:
    refusing = replace(FLOWING, refused=3, last_refusal='bad step: 1')
    level, sentence = judge(ACTIVE, refusing, FLOWING, Settings())
    assert (level, 'only refused' in sentence) == (DiagnosticStatus.STALE, True)
    some = replace(refusing, masked=11)
    level, sentence = judge(ACTIVE, some, FLOWING, Settings())
    assert (level, '3 frames refused' in sentence) == (DiagnosticStatus.WARN, True)
