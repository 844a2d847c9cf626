"""The fitted guess of latencies."""

from __future__ import annotations

import random

import pytest

from lpsnet_ros.network import SCALES, Architecture
from lpsnet_ros.network.complexity import count_multiply_adds
from lpsnet_ros.training.expansion.latency_model import fit
from lpsnet_ros.training.expansion.moves import Limits
from lpsnet_ros.training.expansion.neighbourhood import sample

SIZE = (360, 640)
TINY, S = SCALES['tiny'], SCALES['s']
DRAWN = sample(TINY, Limits(), 40)


def true_latency(architecture: Architecture) -> float:
    """Time a network on a device of 0.05 ms a block, 2 ms a billion multiply-adds."""
    blocks = architecture.num_paths * sum(architecture.depth)
    return 1.5 + 0.05 * blocks + 2e-9 * count_multiply_adds(architecture, 11, SIZE)


def test_model_finds_what_the_device_follows() -> None:
    model = fit({a: true_latency(a) for a in DRAWN}, SIZE, 11)
    assert model.of(S) == pytest.approx(true_latency(S), rel=0.05)
    assert model.typical_error < 0.01
    assert 'off by 0% in half' in str(model)


def test_noise_shows_in_the_stated_error() -> None:
    rng = random.Random(0)
    noisy = {a: true_latency(a) * rng.uniform(0.8, 1.25) for a in DRAWN}
    model = fit(noisy, SIZE, 11)
    assert 0.05 < model.typical_error < model.large_error < 0.4


def test_growing_never_makes_faster() -> None:
    falling = {a: 100 / true_latency(a) for a in DRAWN}
    model = fit(falling, SIZE, 11)
    assert model.coefficients.min() >= 0
    assert model.of(S) >= model.of(TINY) > 0


def test_too_few_are_refused() -> None:
    with pytest.raises(ValueError, match='11 measured latencies are too few'):
        fit(dict.fromkeys(DRAWN[:11], 1.0), SIZE, 11)
