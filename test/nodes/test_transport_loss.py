"""Loss in transport, estimated from the stamps of simulated cameras."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from lpsnet_ros.nodes.transport_loss import BLOCK, TransportLoss

START_S = 1.7e9
FRAMES = 3000
JITTERS = {
    'camera': lambda rng, n, sigma: rng.normal(0, sigma, n),
    'timer that drifts': lambda rng, n, sigma: np.cumsum(rng.normal(0, sigma, n)),
    'timer that is late': lambda rng, n, sigma: rng.exponential(sigma, n),
}


def stamps(rate_hz: float, count: int = FRAMES, start_s: float = START_S) -> NDArray[np.float64]:
    return start_s + np.arange(count) / rate_hz


def fed(*seconds: NDArray[np.float64]) -> TransportLoss:
    estimate = TransportLoss()
    for stamp in np.concatenate(seconds):
        estimate.add(round(stamp * 1e9))
    return estimate


def jittered(kind: str, rate_hz: float, seed: int, sigma: float = 0.005) -> NDArray[np.float64]:
    late = JITTERS[kind](np.random.default_rng(seed), FRAMES, sigma)
    return np.maximum.accumulate(stamps(rate_hz) + late)


def survivors(seconds: NDArray[np.float64], loss: float, seed: int) -> NDArray[np.float64]:
    return seconds[np.random.default_rng(seed + 100).random(len(seconds)) >= loss]


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('kind', JITTERS)
def test_a_third_lost_at_random_is_seen_in_spite_of_jitter(kind: str, seed: int) -> None:
    came = survivors(jittered(kind, 30, seed), 0.33, seed)
    estimate = fed(came)
    assert estimate.lost == pytest.approx(FRAMES - len(came), rel=0.1)
    assert estimate.share == pytest.approx(0.33, abs=0.12)
    assert estimate.rate_hz == pytest.approx(30, rel=0.07)


@pytest.mark.parametrize('loss', [0.05, 0.33, 0.67])
def test_the_estimate_is_right_within_a_few_percent_in_the_mean(loss: float) -> None:
    lost = shares = 0.0
    for seed in range(10):
        came = survivors(jittered('camera', 30, seed), loss, seed)
        lost += fed(came).lost / 10
        shares += (FRAMES - len(came)) / 10
    # What comes after the last block is not counted yet.
    assert 0.93 * shares <= lost <= 1.02 * shares


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('kind', JITTERS)
def test_jitter_alone_is_no_loss(kind: str, seed: int) -> None:
    assert fed(jittered(kind, 30, seed)).lost <= 0.01 * FRAMES


@pytest.mark.parametrize('rate_hz', [1.0, 10.0, 29.97, 120.0])
def test_an_even_camera_is_known_exactly(rate_hz: float) -> None:
    estimate = fed(stamps(rate_hz, 3 * BLOCK))
    assert (estimate.lost, estimate.share) == (0, 0.0)
    assert estimate.rate_hz == pytest.approx(rate_hz, rel=1e-4)


@pytest.mark.parametrize(('before', 'after'), [(30, 15), (15, 30), (30, 10), (10, 30)])
def test_a_change_of_rate_falsifies_one_block_at_most(before: int, after: int) -> None:
    first = stamps(before, 5 * BLOCK + BLOCK // 2)
    second = stamps(after, 5 * BLOCK, start_s=first[-1] + 1 / after)
    estimate = fed(first, second[:BLOCK])
    falsely_lost = estimate.lost
    assert falsely_lost <= 2 * BLOCK
    for stamp in second[BLOCK:]:
        estimate.add(round(stamp * 1e9))
    assert estimate.lost == falsely_lost
    assert estimate.share == 0
    assert estimate.rate_hz == pytest.approx(after)


def test_a_pause_is_no_loss() -> None:
    first = stamps(30, 100)
    assert fed(first, stamps(30, 100, start_s=first[-1] + 10)).lost == 0


def test_a_jump_back_begins_anew() -> None:
    estimate = fed(stamps(30, 100), stamps(30, 100))
    assert estimate.lost == 0
    assert estimate.rate_hz == pytest.approx(30)


@pytest.mark.parametrize('stamp', [0.0, START_S])
def test_stamps_that_stand_still_say_nothing(stamp: float) -> None:
    estimate = fed(np.full(500, stamp))
    assert (estimate.lost, estimate.share, estimate.rate_hz) == (0, None, None)


def test_frames_at_random_times_have_no_rate() -> None:
    gaps = np.random.default_rng(0).exponential(0.03, 50 * BLOCK)
    estimate = fed(START_S + np.cumsum(gaps))
    assert estimate.rate_hz is None
    assert estimate.share is None


def test_nothing_is_known_before_the_first_block_ends() -> None:
    estimate = fed(stamps(30, BLOCK))
    assert estimate.rate_hz is None
    estimate.add(round((START_S + BLOCK / 30) * 1e9))
    assert estimate.rate_hz == pytest.approx(30)


def test_a_frame_costs_microseconds() -> None:
    came = survivors(jittered('camera', 30, 0), 0.33, 0)
    begun = time.process_time()
    fed(came)
    assert (time.process_time() - begun) / len(came) < 200e-6
