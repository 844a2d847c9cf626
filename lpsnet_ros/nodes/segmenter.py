"""From frames to masks on a thread of its own, newest frame only, every stage timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from rclpy.clock import Clock
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.time import Time
from sensor_msgs.msg import Image

from lpsnet_ros.network import ImageTooSmallError
from lpsnet_ros.nodes.codec import FrameRefused, decode
from lpsnet_ros.nodes.engine_shelf import EngineShelf
from lpsnet_ros.nodes.latest import LatestWorker
from lpsnet_ros.nodes.outputs import Segmented
from lpsnet_ros.nodes.settings import Settings
from lpsnet_ros.nodes.statistics import Statistics

LOG_PERIOD_S = 30.0


class Frame(NamedTuple):
    """A message as it came in, and what holds for it."""

    message: Image
    received: float
    settings: Settings
    shelf: EngineShelf


class Segmenter:
    """Decodes and segments the newest frame; refuses bad ones and goes on.

    Args:
        publish: takes each result.
        statistics: told what becomes of every frame.
        clock: the node's, for the age of a frame.
        logger: for frames and engines that fail, each kind at most every 30 s.

    """

    def __init__(
        self,
        publish: Callable[[Segmented], None],
        statistics: Statistics,
        clock: Clock,
        logger: RcutilsLogger,
    ) -> None:
        self._publish = publish
        self._statistics = statistics
        self._clock = clock
        self._logger = logger
        self._logged: dict[str, float] = {}
        self._accepted = float('-inf')
        self._worker = LatestWorker('segment', self._work, statistics.frame_dropped)
        self.failure = ''

    def put(self, message: Image, settings: Settings, shelf: EngineShelf) -> None:
        """Hand over a frame; one that comes before ``max_rate_hz`` allows is dropped."""
        now = time.monotonic()
        self._statistics.frame_received(now)
        if settings.max_rate_hz and now - self._accepted < 1 / settings.max_rate_hz:
            self._statistics.frame_dropped()
            return
        self._accepted = now
        self._worker.put(Frame(message, now, settings, shelf))

    def stop(self) -> None:
        """End the thread after the frame that it is at."""
        self._worker.stop()

    def _work(self, frame: Frame) -> None:
        try:
            self._segment(frame)
            self.failure = ''
        except FrameRefused as refusal:
            self._statistics.frame_refused(str(refusal))
            self._log(refusal.kind, f'frame refused: {refusal}')
        except Exception as error:  # Whatever an engine raises, the thread must live on.
            self._statistics.frame_dropped()
            self.failure = f'engine failed: {error}'
            self._log(type(error).__name__, self.failure)

    def _segment(self, frame: Frame) -> None:
        begun = time.monotonic()
        picture = decode(frame.message)
        decoded = time.monotonic()
        try:
            engine = frame.shelf.engine_for(frame.settings, picture.shape[:2])
        except ImageTooSmallError as error:
            raise FrameRefused('bad size', str(error)) from error
        ready = time.monotonic()
        mask = engine(picture)
        segmented = time.monotonic()
        header = frame.message.header
        alpha = frame.settings.overlay_alpha
        self._publish(Segmented(header, picture, mask, engine.classes, alpha))
        self._statistics.frame_masked(
            {
                'wait': 1e3 * (begun - frame.received),
                'decode': 1e3 * (decoded - begun),
                'engine': 1e3 * (segmented - ready),
                'publish': 1e3 * (time.monotonic() - segmented),
                'end_to_end': self._age_ms(header.stamp),
            }
        )

    def _age_ms(self, stamp: object) -> float:
        return (self._clock.now() - Time.from_msg(stamp, self._clock.clock_type)).nanoseconds / 1e6

    def _log(self, kind: str, text: str) -> None:
        now = time.monotonic()
        if now - self._logged.get(kind, float('-inf')) >= LOG_PERIOD_S:
            self._logged[kind] = now
            self._logger.warning(text)
