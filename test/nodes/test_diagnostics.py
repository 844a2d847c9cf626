"""Which level, sentence and figures the diagnostics give to which state."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from lpsnet_ros.nodes.diagnostics import Condition, judge, recent_s, status_message
from lpsnet_ros.nodes.settings import Settings
from lpsnet_ros.nodes.silence import Offer, Surroundings
from lpsnet_ros.nodes.statistics import Snapshot, Statistics

IMAGE = 'sensor_msgs/msg/Image'
ACTIVE = Condition('active', Surroundings('/eye', IMAGE, (Offer('camera', IMAGE),)))
ALONE = replace(ACTIVE, surroundings=Surroundings('/eye', IMAGE))
FLOWING = Snapshot(
    received=20,
    masked=10,
    rate_in=10.0,
    rate_out=10.0,
    rate_stamps=10.1,
    recent_masks=50,
    recent_s=5.0,
    last_ms={'engine': 50.0, 'end_to_end': 75.0},
    slowest_ms=60.0,
    since_frame=0.05,
    percentiles={'engine': (50.0, 60.0, 70.0, 80.0)},
)
SILENT = replace(FLOWING, since_frame=10.0)
SLOW_ONCE = replace(FLOWING, slowest_ms=900.0, slow_for=0.5)
SLOW_FOR_LONG = replace(SLOW_ONCE, slow_for=5.0)
PREPARING = replace(ACTIVE, building='lpsnet_s for 1280x720, 3 s')
OK, WARN, ERROR, STALE = (
    DiagnosticStatus.OK,
    DiagnosticStatus.WARN,
    DiagnosticStatus.ERROR,
    DiagnosticStatus.STALE,
)


@pytest.mark.parametrize(
    ('condition', 'now', 'level', 'words'),
    [
        (ACTIVE, FLOWING, OK, '10.0 masks/s'),
        (replace(ACTIVE, state='inactive'), SILENT, OK, 'inactive'),
        (replace(ACTIVE, failure='no model'), FLOWING, ERROR, 'no model'),
        (replace(ACTIVE, failure='no model'), SILENT, STALE, '1 publisher(s) on /eye are silent'),
        (replace(ACTIVE, state='unconfigured', failure='no model'), SILENT, ERROR, 'no model'),
        (replace(ACTIVE, working_for=2.0), FLOWING, OK, '10.0 masks/s'),
        (replace(ACTIVE, working_for=9.0), FLOWING, ERROR, 'no answer from the engine for 9 s'),
        (replace(ACTIVE, state='inactive', working_for=9.0), SILENT, OK, 'inactive'),
        (replace(ACTIVE, warning='no /clock'), FLOWING, WARN, 'no /clock'),
        (ACTIVE, SILENT, STALE, '1 publisher(s) on /eye are silent'),
        (ALONE, SILENT, STALE, 'nobody publishes on /eye'),
        (ACTIVE, SLOW_ONCE, WARN, 'slow frame: 900.0 ms > 200 ms'),
        (ACTIVE, SLOW_FOR_LONG, ERROR, 'slow for 5.0 s'),
        (replace(PREPARING, waiting=True), FLOWING, WARN, 'preparing lpsnet_s for 1280x720'),
        (PREPARING, replace(FLOWING, masked=0), OK, '10.0 masks/s'),
        (replace(ACTIVE, lost=0.3), FLOWING, WARN, '30 % of the frames are lost'),
        (replace(ACTIVE, lost=0.01), FLOWING, OK, '10.0 masks/s'),
    ],
)
def test_level_and_sentence(condition: Condition, now: Snapshot, level: bytes, words: str) -> None:
    judged, sentence = judge(condition, now, Snapshot(), Settings())
    assert judged == level
    assert words in sentence


@pytest.mark.parametrize(('expected_hz', 'level'), [(10.5, OK), (12.0, WARN), (0.0, OK)])
def test_a_rate_below_the_tolerance_warns(expected_hz: float, level: bytes) -> None:
    settings = Settings(expected_rate_hz=expected_hz, rate_tolerance_percent=10.0)
    assert judge(ACTIVE, FLOWING, Snapshot(), settings)[0] == level


@pytest.mark.parametrize('rate_hz', [0.2, 0.5, 2.0, 9.7, 10.0, 30.0])
def test_a_camera_that_keeps_its_rate_is_never_low_and_one_at_half_of_it_is(
    rate_hz: float,
) -> None:
    settings = Settings(expected_rate_hz=rate_hz)
    for share, low in ((1.0, set()), (0.5, {True})):
        judged = _lows(rate_hz * share, settings)
        assert set(judged[-20:]) == (low or {False})
        assert low or not any(judged)


def _lows(rate_hz: float, settings: Settings) -> list[bool]:
    """Judge 200 s of a camera, once a second, whose frames come up to 5 % early or late."""
    statistics, chance, frame, lows = Statistics(), random.Random(0), 0, []
    before = Snapshot()
    for second in range(1, 201):
        while (at := (frame + chance.uniform(-0.05, 0.05)) / rate_hz) < second:
            statistics.frame_received(at, pause_s=60.0)
            statistics.frame_masked({'engine': 5.0}, at, 200.0, at)
            frame += 1
        now = statistics.snapshot(second, recent_s(settings))
        sentence = judge(ACTIVE, replace(now, since_frame=0.0), before, settings)[1]
        lows.append(sentence.startswith('rate low'))
        before = now
    return lows


def test_some_refused_frames_warn_and_only_refused_ones_are_stale() -> None:
    refusing = replace(FLOWING, refused=3, last_refusal='bad step: 1')
    level, sentence = judge(ACTIVE, refusing, FLOWING, Settings())
    assert (level, 'only refused' in sentence) == (STALE, True)
    some = replace(refusing, masked=11)
    level, sentence = judge(ACTIVE, some, FLOWING, Settings())
    assert (level, '3 frames refused' in sentence) == (WARN, True)


def test_greenwave_monitor_finds_its_keys_as_numbers() -> None:
    settings = Settings(expected_rate_hz=30.0, rate_tolerance_percent=5.0)
    status = status_message('lpsnet: image', ACTIVE, FLOWING, Snapshot(), settings)
    values = {pair.key: pair.value for pair in status.values}
    keys = ('frame_rate_node', 'frame_rate_msg', 'current_delay_from_realtime_ms')
    assert [float(values[key]) for key in keys] == [10.0, 10.1, 75.0]
    assert (float(values['expected_frequency']), float(values['tolerance'])) == (30.0, 5.0)


def test_what_aggregators_ask_of_a_status() -> None:
    status = status_message('lpsnet: image', ACTIVE, Snapshot(), Snapshot(), Settings())
    assert isinstance(status.level, bytes)
    assert status.message
    keys = [pair.key for pair in status.values]
    assert len(set(keys)) == len(keys)
    assert all(isinstance(pair.value, str) for pair in status.values)
