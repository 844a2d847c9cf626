"""The segmentation node: camera frames in, masks out, and why where there are none."""

from __future__ import annotations

import time
from collections.abc import Sequence

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import SetParametersResult
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image

from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.camera_input import CameraInput
from lpsnet_ros.nodes.diagnostics import Condition, status_message
from lpsnet_ros.nodes.engine_shelf import EngineShelf
from lpsnet_ros.nodes.managed_node import ManagedNode, logged
from lpsnet_ros.nodes.outputs import Outputs
from lpsnet_ros.nodes.parameters import declare_settings, read_settings, validate
from lpsnet_ros.nodes.process import run_node
from lpsnet_ros.nodes.segmenter import Segmenter
from lpsnet_ros.nodes.settings import Settings
from lpsnet_ros.nodes.statistics import Snapshot, Statistics

NODE_NAME = 'lpsnet'
CAMERA = 'image'


class LpsnetNode(ManagedNode):
    """Managed node: subscribes ``image``, publishes ``~/mask``, ``~/overlay``, /diagnostics."""

    def __init__(self, **options: object) -> None:
        super().__init__(NODE_NAME, **options)
        self.exit_code = 0
        self._failure = ''
        self._shelf: EngineShelf | None = None
        self._override_problems = declare_settings(self)
        self.add_on_set_parameters_callback(self._validate_parameters)
        self._statistics = Statistics()
        self._before = Snapshot()
        self._outputs = Outputs(self)
        self._segmenter = Segmenter(
            self._outputs.publish, self._statistics, self.get_clock(), self.get_logger()
        )
        self._camera = CameraInput(self, CAMERA, self._receive)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', qos.DIAGNOSTICS)
        self._report_timer = self.create_timer(1.0, self._report)
        self._start_timer = self.create_timer(0.0, self._start)

    def destroy_node(self) -> None:
        """Stop the worker threads, then destroy as usual."""
        self._segmenter.stop()
        self._outputs.stop()
        super().destroy_node()

    @logged
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the network; what fails is logged, kept for diagnostics, and refused."""
        shelf = EngineShelf()
        try:
            if self._override_problems:
                raise ValueError('; '.join(self._override_problems))
            network = shelf.open(read_settings(self))
            self._prepare(shelf, read_settings(self))
        except (OSError, ValueError, RuntimeError) as error:
            self._failure = f'configuring failed: {error}'
            self.get_logger().error(self._failure)
            self._override_problems = []
            return TransitionCallbackReturn.FAILURE
        self._failure = ''
        self._shelf = shelf
        self.get_logger().info(
            f'configured: LPS-Net {network.architecture.name}, {network.num_classes} classes '
            f'of {network.info.dataset or "unknown data"}'
        )
        return super().on_configure(state)

    @logged
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe the camera and let the publishers speak."""
        result = super().on_activate(state)
        self._camera.open()
        self.get_logger().info(f'active: {self._camera.topic} -> {self._outputs.mask.topic_name}')
        return result

    @logged
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe; engines stay."""
        self._camera.close()
        return super().on_deactivate(state)

    @logged
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Give the engines' memory back."""
        self._shelf = None
        return super().on_cleanup(state)

    @logged
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unsubscribe and give the memory back, from any state."""
        self._camera.close()
        self._shelf = None
        return super().on_shutdown(state)

    def _prepare(self, shelf: EngineShelf, settings: Settings) -> None:
        if settings.size is None:
            if settings.build_only:
                raise ValueError(
                    'build_only needs to know for what: set frame_size, like 1280x720'
                )
            return
        logger = self.get_logger()
        engine = shelf.prepare(
            settings,
            settings.size,
            lambda seconds: logger.info(f'preparing the engine: {seconds:.0f} s so far'),
        )
        made = engine.provenance
        logger.info(
            f'engine ready in {made.seconds:.1f} s: {made.backend} {made.precision} '
            f'({made.reason}); {made.note}'
        )

    def _start(self) -> None:
        self._start_timer.cancel()
        build_only = self.get_parameter('build_only').value
        autostart = self.get_parameter('autostart').value
        if self.state != 'unconfigured' or not (autostart or build_only):
            return
        configured = self.trigger_configure() == TransitionCallbackReturn.SUCCESS
        if build_only:
            self.exit_code = 0 if configured else 1
            self.context.try_shutdown()
        elif configured:
            self.trigger_activate()

    def _validate_parameters(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        return validate(read_settings(self), parameters)

    def _receive(self, message: Image) -> None:
        self._segmenter.put(message, read_settings(self), self._shelf)

    def _shelf_failure(self) -> str:
        if self._shelf is None or not self._shelf.failure:
            return ''
        return f'going on with the engine before: {self._shelf.failure}'

    def _report(self) -> None:
        self._camera.follow_publishers()
        now = self._statistics.snapshot(time.monotonic())
        engine = self._shelf.current if self._shelf else None
        condition = Condition(
            state=self.state,
            failure=self._failure or self._segmenter.failure or self._shelf_failure(),
            publishers=self._camera.publishers,
            topic=self._camera.topic,
            provenance=engine.provenance if engine else None,
        )
        message = DiagnosticArray()
        message.header.stamp = self.get_clock().now().to_msg()
        message.status = [
            status_message(
                f'{self.get_name()}: {CAMERA}',
                condition,
                now,
                self._before,
                read_settings(self),
            )
        ]
        self._before = now
        self._diagnostics.publish(message)


def main(args: Sequence[str] | None = None) -> None:
    """Run the node until it is stopped."""
    run_node(LpsnetNode, args)


if __name__ == '__main__':
    main()
