"""What known arrivals of masks say about several cameras."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lpsnet_ros.nodes.benchmark import camera_rates_report
from lpsnet_ros.nodes.benchmark.camera_rates import CameraRates, masks_while_sending, rate_hz
from lpsnet_ros.nodes.benchmark.case import NodeCase


@pytest.fixture
def rates() -> CameraRates:
    case = NodeCase(Path('models/lpsnet_s_camvid.safetensors'), (480, 640), cameras=('a', 'b'))
    engine = {'backend': 'cpu', 'precision': 'fp32', 'resolution': 1.0, 'threads': 2}
    return CameraRates(case, engine, 20.0, [10.0, 9.0, 11.0], [9.9, 9.8, 9.0], {'a': 52, 'b': 48})


def test_masks_count_while_frames_are_sent() -> None:
    stamps = [0, 10**9, 2 * 10**9]
    delays_ms = {0: 500.0, 10**9: 900.0, 2 * 10**9: 100.0, 5: 1.0}
    assert masks_while_sending(delays_ms, stamps) == [0.5, 1.9]


@pytest.mark.parametrize(('times', 'rate'), [([], 0.0), ([1.0], 0.0), ([1.0, 1.25, 1.5], 4.0)])
def test_a_rate_is_of_the_gaps(times: list[float], rate: float) -> None:
    assert rate_hz(times) == rate


def test_all_are_compared_with_one_and_with_each_other(rates: CameraRates) -> None:
    assert rates.ratio == pytest.approx(0.98)
    assert rates.largest_deviation == pytest.approx(0.04)
    text = camera_rates_report.as_table(rates)
    assert '2 cameras together get 0.98 x the masks of one: within the 0.95 x' in text
    assert 'A camera is 4.0% off an equal share at most: within the 10%' in text
    numbers = camera_rates_report.as_numbers(rates)
    assert numbers['ratio'] == pytest.approx(0.98)
    assert numbers['case']['cameras'] == ('a', 'b')


def test_too_few_masks_and_unfair_shares_are_said(rates: CameraRates) -> None:
    text = camera_rates_report.as_table(replace(rates, all_hz=[9.0], masks={'a': 20, 'b': 70}))
    assert '0.90 x the masks of one: NOT within' in text
    assert 'off an equal share at most: NOT within' in text
