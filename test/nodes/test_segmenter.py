"""The worker between frames and masks, with engines that fail."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import rclpy
from nodes.conftest import random_frame
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from lpsnet_ros.engine import Engine
from lpsnet_ros.nodes.camera import Camera
from lpsnet_ros.nodes.codec import encode
from lpsnet_ros.nodes.engine_keeper import EngineKeeper
from lpsnet_ros.nodes.segmenter import Frame, Segmenter, unlabel_uncertain
from lpsnet_ros.nodes.settings import RAW, Settings


class FailingOnce(EngineKeeper):
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
def node(ros_environment: None) -> Iterator[LifecycleNode]:
    rclpy.init()
    node = LifecycleNode('test_segmenter')
    yield node
    node.destroy_node()
    rclpy.shutdown()


@pytest.fixture
def camera(node: LifecycleNode) -> Iterator[Camera]:
    camera = Camera(node, '', RAW, lambda camera, message: None)
    yield camera
    camera.outputs.stop(5.0)


@pytest.fixture
def segmenter(node: LifecycleNode) -> Iterator[Segmenter]:
    segmenter = Segmenter(node.get_clock(), node.get_logger(), lambda engine_ms: None)
    yield segmenter
    segmenter.stop()


@pytest.fixture
def message() -> Image:
    return encode(random_frame(0), 'bgr8', Header())


def test_an_unexpected_error_costs_one_frame_and_not_the_thread(
    models_dir: Path, message: Image, camera: Camera, segmenter: Segmenter
) -> None:
    settings = Settings(scale='tiny', models_dir=str(models_dir))
    engine_for = FailingOnce(print).engine_for
    segmenter.put(Frame(camera, message, 0.0, settings, engine_for))
    wait_for(lambda: camera.failure)
    assert camera.failure == 'engine failed: a bug'
    segmenter.put(Frame(camera, message, 1.0, settings, engine_for))
    wait_for(lambda: camera.statistics.snapshot(2.0).masked)
    counts = camera.statistics.snapshot(2.0)
    assert camera.failure == ''
    assert (counts.received, counts.masked, counts.dropped) == (2, 1, 1)
    assert 'end_to_end' not in counts.last_ms, 'the stamp is 0, its age means nothing'


def test_a_failure_ends_with_the_next_frame_of_another_fate(
    models_dir: Path, message: Image, camera: Camera, segmenter: Segmenter
) -> None:
    settings = Settings(scale='tiny', models_dir=str(models_dir))
    engine_for = FailingOnce(print).engine_for
    segmenter.put(Frame(camera, message, 0.0, settings, engine_for))
    wait_for(lambda: camera.failure)
    bad = Image(encoding='telepathic', height=4, width=4, step=4)
    segmenter.put(Frame(camera, bad, 1.0, settings, engine_for))
    wait_for(lambda: not camera.failure)
    assert camera.statistics.snapshot(2.0).refused == 1


@pytest.mark.parametrize('seconds', [-5, 0])
def test_a_frame_without_a_proper_stamp_is_masked_and_has_no_age(
    seconds: int, models_dir: Path, message: Image, camera: Camera, segmenter: Segmenter
) -> None:
    message.header.stamp.sec = seconds
    settings = Settings(scale='tiny', models_dir=str(models_dir))
    keeper = EngineKeeper(print)
    keeper.prepare(settings, (message.height, message.width), print)
    segmenter.put(Frame(camera, message, 0.0, settings, keeper.engine_for))
    wait_for(lambda: segmenter.working_for == 0 and camera.statistics.snapshot(1.0).masked)
    assert camera.failure == ''
    assert 'end_to_end' not in camera.statistics.snapshot(2.0).last_ms


def test_an_engine_that_can_not_be_had_keeps_no_frames(
    models_dir: Path, message: Image, camera: Camera, segmenter: Segmenter
) -> None:
    impossible = Settings(
        scale='tiny', models_dir=str(models_dir), backend='cpu', precision='fp16'
    )
    keeper = EngineKeeper(print)
    with pytest.raises(ValueError, match='fp16'):
        keeper.prepare(impossible, (message.height, message.width), print)
    raised: list[Exception] = []

    def engine_for(settings: Settings, size: tuple[int, int]) -> Engine:
        try:
            return keeper.engine_for(settings, size)
        except ValueError as error:
            raised.append(error)
            raise

    for _ in range(30):
        raised.clear()
        segmenter.put(Frame(camera, message, time.monotonic(), impossible, engine_for))
        wait_for(lambda: raised and not segmenter.working_for)
    assert 'fp16' in camera.failure
    assert len(traceback.extract_tb(raised[-1].__traceback__)) < 10


def test_only_pixels_below_the_threshold_become_unlabeled(models_dir: Path) -> None:
    engine = Engine.load('s', (96, 128), models_dir=models_dir)
    segmentation = engine.segment(random_frame(0))
    before = segmentation.mask.copy()
    confidence = engine.confidence(segmentation)
    threshold = float(np.median(confidence)) / 255
    unlabel_uncertain(segmentation, confidence, threshold)
    uncertain = confidence < np.median(confidence)
    assert 0.1 < uncertain.mean() < 0.9
    np.testing.assert_array_equal(segmentation.mask == 255, uncertain)
    np.testing.assert_array_equal(segmentation.mask[~uncertain], before[~uncertain])
