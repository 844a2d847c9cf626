"""The worker between frames and masks, with a shelf that fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from nodes.conftest import random_frame
from rclpy.clock import Clock
from rclpy.logging import get_logger
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.engine import Engine
from lpsnet_ros.nodes.codec import encode
from lpsnet_ros.nodes.engine_shelf import EngineShelf
from lpsnet_ros.nodes.outputs import Segmented
from lpsnet_ros.nodes.segmenter import Segmenter
from lpsnet_ros.nodes.settings import Settings
from lpsnet_ros.nodes.statistics import Statistics


class FailingOnce(EngineShelf):
    """Raises what no engine is expected to raise, once."""

    failed = False

    def engine_for(self, settings: Settings, size: tuple[int, int]) -> Engine:
        if not self.failed:
            self.failed = True
            raise AttributeError('a bug')
        return super().engine_for(settings, size)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def frame() -> Image:
    return encode(random_frame(0), 'bgr8', Header())


def test_an_unexpected_error_costs_one_frame_and_not_the_thread(
    models_dir: Path, frame: Image
) -> None:
    published: list[Segmented] = []
    statistics = Statistics()
    segmenter = Segmenter(published.append, statistics, Clock(), get_logger('test'))
    settings = Settings(scale='tiny', models_dir=str(models_dir))
    shelf = FailingOnce()
    segmenter.put(frame, settings, shelf)
    wait_for(lambda: segmenter.failure)
    assert segmenter.failure == 'engine failed: a bug'
    segmenter.put(frame, settings, shelf)
    wait_for(lambda: published)
    segmenter.stop()
    assert segmenter.failure == ''
    counts = statistics.snapshot(0.0)
    assert (counts.received, counts.masked, counts.dropped) == (2, 1, 1)
