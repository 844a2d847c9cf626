"""The segmentation node: camera frames in, masks out, and why where there are none."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import CompressedImage, Image

from lpsnet_ros.engine import Engine
from lpsnet_ros.engine.backends import AUTO
from lpsnet_ros.network import ClassTable
from lpsnet_ros.nodes.camera import Camera
from lpsnet_ros.nodes.engine_keeper import EngineKeeper
from lpsnet_ros.nodes.managed_node import ManagedNode, logged
from lpsnet_ros.nodes.parameters import LiveSettings
from lpsnet_ros.nodes.process import give_back_memory, run_node
from lpsnet_ros.nodes.reporter import NodeState, Reporter, no_problem
from lpsnet_ros.nodes.residents import resident_scales
from lpsnet_ros.nodes.segmenter import SETTLE_S, Frame, Segmenter
from lpsnet_ros.nodes.settings import NO_NAMES, Settings

NODE_NAME = 'lpsnet'


class LpsnetNode(ManagedNode):
    """Managed node: segments one camera, or several in turn, with one engine."""

    def __init__(self, **options: object) -> None:
        super().__init__(NODE_NAME, **options)
        self.exit_code = 0
        self.busy_at_exit = False
        """Whether a thread is at work that nothing can interrupt: a build, or a stuck engine."""
        self._keeper: EngineKeeper | None = None
        self._classes = ClassTable((), ())
        self._live = LiveSettings(self)
        settings = self._live.current
        if settings.device:
            os.environ['CUDA_VISIBLE_DEVICES'] = settings.device  # Nothing has asked CUDA yet.
        self._segmenter = Segmenter(self.get_clock(), self.get_logger(), self._engine_time)
        self._cameras = [
            Camera(self, name, settings.image_transport, self._receive)
            for name in settings.camera_names
        ]
        self._reporter = Reporter(self, self._cameras, self._state)
        self._start_timer = self.create_timer(
            0.0, self._start, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    def destroy_node(self) -> None:
        """Stop the worker threads, then destroy as usual."""
        answers = self._segmenter.stop()
        for camera in self._cameras:
            answers &= camera.outputs.stop(SETTLE_S if answers else 0.0)
        if not answers:
            self.busy_at_exit = True
            self.get_logger().error('the engine does not answer: leaving without it')
        self._forget_engines(tidy=answers)
        super().destroy_node()

    @logged
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the network; what fails is logged, kept for diagnostics, and refused."""
        keeper = EngineKeeper(self.get_logger().info, self.get_logger().warning)
        try:
            settings = self._live.checked()
            network = keeper.open(settings)
            engine = self._prepare(keeper, settings)
        except (OSError, ValueError, RuntimeError) as error:
            self._abandon(keeper)
            self.failure = f'configuring failed: {error}'
            self.get_logger().error(self.failure)
            return TransitionCallbackReturn.FAILURE
        self.failure = ''
        self._keeper = keeper
        for camera in self._cameras:
            camera.engine = engine
        self._classes = network.info.classes
        which = f'LPS-Net {network.architecture.name}'
        if settings.scale == AUTO:
            which = f'scale auto among {", ".join(resident_scales(settings))}'
        self.get_logger().info(
            f'configured: {which}, {network.num_classes} classes '
            f'of {network.info.dataset or "unknown data"}'
        )
        return super().on_configure(state)

    @logged
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe the cameras and let the publishers speak."""
        result = super().on_activate(state)
        for camera in self._cameras:
            camera.outputs.publish_labels(self._classes, self._live.current.confidence_threshold)
            camera.open()
            topics = f'{camera.input.topic} -> {camera.outputs.mask.topic_name}'
            self.get_logger().info(f'active: {topics}')
        return result

    @logged
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe; engines stay."""
        self._close_cameras()
        return super().on_deactivate(state)

    @logged
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Give the engines' memory back."""
        self._forget_engines()
        return super().on_cleanup(state)

    @logged
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe and give the memory back, from any state."""
        self._close_cameras()
        self._forget_engines()
        return super().on_shutdown(state)

    @logged
    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Undo what a failed transition left; the node can be configured again."""
        self._close_cameras()
        super().on_deactivate(state)
        self._forget_engines()
        return super().on_error(state)

    def _close_cameras(self) -> None:
        for camera in self._cameras:
            camera.input.close()
        self._segmenter.settle()
        for camera in self._cameras:
            camera.failure, camera.waiting = '', False

    def _forget_engines(self, *, tidy: bool = True) -> None:
        if self._keeper is not None:
            self._abandon(self._keeper)
        self._keeper = None
        for camera in self._cameras:
            camera.engine = None
        if tidy and not self._segmenter.working_for:
            give_back_memory()  # Waits for the GPU.

    def _abandon(self, keeper: EngineKeeper) -> None:
        self.busy_at_exit = keeper.close() or self.busy_at_exit

    def _prepare(self, keeper: EngineKeeper, settings: Settings) -> Engine | None:
        if settings.size is None:
            if settings.build_only:
                raise ValueError(
                    'build_only needs to know for what: set frame_size, like 1280x720'
                )
            return None
        logger = self.get_logger()
        engine = keeper.prepare(
            settings,
            settings.size,
            lambda seconds: logger.info(f'preparing the engine: {seconds:.0f} s so far'),
            lambda: not self.context.ok(),
            residents=settings.build_only,
        )
        made = engine.provenance
        logger.info(
            f'engine ready in {made.seconds:.1f} s: {made.backend} {made.precision} '
            f'({made.reason}); {made.note}'
        )
        return engine

    def _start(self) -> None:
        self._start_timer.cancel()
        settings = self._live.current
        if self.state != 'unconfigured' or not (settings.autostart or settings.build_only):
            return
        configured = self.trigger_configure() == TransitionCallbackReturn.SUCCESS
        if settings.build_only:
            self.exit_code = 0 if configured else 1
            self.context.try_shutdown()
        elif configured:
            self.trigger_activate()

    def _receive(self, camera: Camera, message: Image | CompressedImage) -> None:
        self._segmenter.put(
            Frame(camera, message, time.monotonic(), self._live.current, self._keeper.engine_for)
        )

    def _engine_time(self, engine_ms: float) -> None:
        keeper = self._keeper
        if keeper is not None:
            keeper.engine_time(engine_ms)

    def _state(self) -> NodeState:
        keeper = self._keeper
        engines = [camera.engine for camera in self._cameras if camera.engine is not None]
        if engines:
            self._classes = engines[0].classes
        self._live.tell_classes(self._classes.names or NO_NAMES)
        return NodeState(
            state=self.state,
            settings=self._live.current,
            failure=self.failure,
            engine_problem=keeper.problem if keeper else no_problem,
            working_for=self._segmenter.working_for,
            warning=self._warning(keeper),
            building=keeper.building if keeper else None,
            move=keeper.move if keeper else '',
        )

    def _warning(self, keeper: EngineKeeper | None) -> str:
        clock = self.get_clock()
        if clock.ros_time_is_active and not clock.now().nanoseconds:
            return 'use_sim_time is set, but nothing comes on /clock'
        return (keeper.over_budget or keeper.lacking) if keeper else ''


def main(args: Sequence[str] | None = None) -> None:
    """Run the node until it is stopped."""
    run_node(LpsnetNode, args)


if __name__ == '__main__':
    main()
