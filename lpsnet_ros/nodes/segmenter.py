"""From frames to masks on a thread of its own, newest frames only, every stage timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rclpy.clock import Clock
from rclpy.impl.rcutils_logger import RcutilsLogger
from sensor_msgs.msg import CompressedImage, Image

from lpsnet_ros.engine import Engine, Segmentation
from lpsnet_ros.network import UNLABELED, ImageTooSmallError
from lpsnet_ros.nodes.camera import Camera, stamp_ns
from lpsnet_ros.nodes.codec import FrameRefused, decode
from lpsnet_ros.nodes.engine_shelf import NotReadyError
from lpsnet_ros.nodes.latest import LatestWorker
from lpsnet_ros.nodes.outputs import Segmented
from lpsnet_ros.nodes.settings import Settings

LOG_PERIOD_S = 30.0
SETTLE_S = 5.0
EngineFor = Callable[[Settings, tuple[int, int]], Engine]


class Frame(NamedTuple):
    """A message as it came in, and what holds for it.

    Args:
        camera: that it came from.
        message: its picture.
        received: when, in seconds of the monotonic clock.
        settings: of the node at that time.
        engine_for: gives the engine for settings and a frame size.

    """

    camera: Camera
    message: Image | CompressedImage
    received: float
    settings: Settings
    engine_for: EngineFor


class Segmenter:
    """Decodes and segments the newest frames of all cameras in turn; refuses bad ones.

    Args:
        clock: the node's, for the age of a frame.
        logger: for frames and engines that fail, each kind at most every 30 s for each camera.
        on_engine_time: told the engine time of every mask in ms.

    """

    def __init__(
        self, clock: Clock, logger: RcutilsLogger, on_engine_time: Callable[[float], None]
    ) -> None:
        self._clock = clock
        self._logger = logger
        self._on_engine_time = on_engine_time
        self._logged: dict[tuple[str, str], float] = {}
        self._worker = LatestWorker('segment', self._work, self._failed, _dropped)

    @property
    def working_for(self) -> float:
        """Seconds that the frame in work has taken so far; 0 while none is."""
        return self._worker.working_for

    def put(self, frame: Frame) -> None:
        """Hand over a frame; one that comes before ``max_rate_hz`` allows is dropped."""
        camera, settings = frame.camera, frame.settings
        camera.frame_received(frame.message, frame.received, settings.silence_s)
        if camera.rate_limit.lets_pass(frame.received, settings.max_rate_hz):
            self._worker.put(frame, camera.name)
        else:
            _dropped(frame)

    def settle(self) -> None:
        """Drop the frames that wait, and let the one in work come to its end."""
        self._worker.settle(SETTLE_S)

    def stop(self) -> bool:
        """End the thread after the frame that it is at; tell whether that came to its end."""
        return self._worker.stop(SETTLE_S)

    def _work(self, frame: Frame) -> None:
        camera = frame.camera
        waiting = False
        try:
            self._segment(frame)
        except NotReadyError as error:
            # The other cameras go on meanwhile.
            waiting = True
            self._worker.hold(frame, camera.name)
            error.engine.add_done_callback(lambda _: self._worker.release(camera.name))
        except FrameRefused as refusal:
            camera.statistics.frame_refused(str(refusal))
            self._log(camera, refusal.kind, f'frame refused: {refusal}')
        camera.failure, camera.waiting = '', waiting

    def _failed(self, frame: Frame, error: Exception) -> None:
        _dropped(frame)
        camera = frame.camera
        camera.failure, camera.waiting = f'engine failed: {error}', False
        self._log(camera, type(error).__name__, camera.failure)

    def _segment(self, frame: Frame) -> None:
        camera, settings = frame.camera, frame.settings
        begun = time.monotonic()
        picture = decode(frame.message)
        decoded = time.monotonic()
        try:
            engine = frame.engine_for(settings, picture.shape[:2])
        except ImageTooSmallError as error:
            raise FrameRefused('bad size', str(error)) from error
        camera.engine = engine
        ready = time.monotonic()
        segmentation = engine.segment(picture)
        confidence = None
        if settings.confidence_threshold:
            confidence = engine.confidence(segmentation)
            unlabel_uncertain(segmentation, confidence, settings.confidence_threshold)
        segmented = time.monotonic()
        result = Segmented(
            frame.message.header,
            picture,
            segmentation,
            confidence,
            engine,
            camera.input.info,
            settings,
        )
        camera.outputs.publish_mask(result)
        published = time.monotonic()
        stages_ms = {
            'wait': 1e3 * (begun - frame.received),
            'decode': 1e3 * (decoded - begun),
            'engine': 1e3 * (segmented - ready),
            'publish': 1e3 * (published - segmented),
        }
        stamp = stamp_ns(frame.message.header)
        if stamp > 0:
            stages_ms['end_to_end'] = (self._clock.now().nanoseconds - stamp) / 1e6
        camera.statistics.frame_masked(stages_ms, stamp / 1e9, settings.slow_frame_ms, published)
        camera.outputs.publish_rest(result, stages_ms)
        self._on_engine_time(stages_ms['engine'])

    def _log(self, camera: Camera, kind: str, text: str) -> None:
        now, key = time.monotonic(), (camera.name, kind)
        if now - self._logged.get(key, float('-inf')) >= LOG_PERIOD_S:
            self._logged[key] = now
            self._logger.warning(f'{camera.input.topic}: {text}')


def unlabel_uncertain(
    segmentation: Segmentation, confidence: NDArray[np.uint8], threshold: float
) -> None:
    """Make pixels of the mask unlabeled whose confidence, of 255, is below the threshold's."""
    segmentation.mask[confidence < 255 * threshold] = UNLABELED


def _dropped(frame: Frame) -> None:
    frame.camera.statistics.frame_dropped()
