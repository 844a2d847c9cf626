"""The node's voice on /diagnostics, once a second, whatever the clock of the rest does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode

from lpsnet_ros.nodes import qos
from lpsnet_ros.nodes.camera import Camera
from lpsnet_ros.nodes.diagnostics import Condition, recent_s, status_message
from lpsnet_ros.nodes.engine_shelf import Size
from lpsnet_ros.nodes.process import resident_memory_mib
from lpsnet_ros.nodes.settings import Settings

PERIOD_S = 1.0
BUILD_LOG_PERIOD_S = 5.0


def no_problem(size: Size) -> str:
    """Say that frames of a size get the engine asked for."""
    return ''


@dataclass(frozen=True)
class NodeState:
    """What holds for all cameras of the node.

    Args:
        state: lifecycle state.
        settings: in force.
        failure, warning: what is wrong; empty where nothing is.
        engine_problem: says why frames of a served size don't get the engine asked for.
        working_for: seconds that the frame in work, of whichever camera, has taken so far.
        building: engine that is being prepared, and for how many seconds; None where none is.
        move: the latest one of ``scale: auto``.

    """

    state: str
    settings: Settings
    failure: str = ''
    warning: str = ''
    engine_problem: Callable[[Size], str] = no_problem
    working_for: float = 0.0
    building: tuple[str, float] | None = None
    move: str = ''


class Reporter:
    """Publishes a status for each camera and logs a build that takes long.

    Args:
        node: to publish with.
        cameras: of the node.
        state: gives the node's state.

    """

    def __init__(
        self, node: LifecycleNode, cameras: Sequence[Camera], state: Callable[[], NodeState]
    ) -> None:
        self._node = node
        self._cameras = cameras
        self._state = state
        self._next_build_log = BUILD_LOG_PERIOD_S
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', qos.DIAGNOSTICS)
        # Simulated time may stand still; what is wrong must be told then, too.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(PERIOD_S, self._report, clock=steady)

    def _report(self) -> None:
        state = self._state()
        self._log_build(state.building)
        for camera in self._cameras:
            camera.input.follow_publishers()
        message = DiagnosticArray(status=[self._status(c, state) for c in self._cameras])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)

    def _status(self, camera: Camera, state: NodeState) -> DiagnosticStatus:
        now = camera.statistics.snapshot(time.monotonic(), recent_s(state.settings))
        before, camera.before = camera.before, now
        transport = camera.transport
        condition = Condition(
            state=state.state,
            surroundings=camera.input.surroundings(),
            node=self._node.get_fully_qualified_name(),
            failure=camera.failure or state.failure or _engine_problem(camera, state),
            working_for=state.working_for,
            warning=state.warning,
            building=f'{state.building[0]}, {state.building[1]:.0f} s' if state.building else '',
            waiting=camera.waiting,
            provenance=camera.engine.provenance if camera.engine else None,
            move=state.move,
            lost=transport.share,
            camera_rate_hz=transport.rate_hz,
            memory_mib=resident_memory_mib(),
        )
        return status_message(camera.status_name, condition, now, before, state.settings)

    def _log_build(self, building: tuple[str, float] | None) -> None:
        if building is None or building[1] < BUILD_LOG_PERIOD_S:
            self._next_build_log = BUILD_LOG_PERIOD_S
        elif building[1] >= self._next_build_log:
            self._next_build_log += BUILD_LOG_PERIOD_S
            what, seconds = building
            self._node.get_logger().info(f'preparing {what}: {seconds:.0f} s so far')


def _engine_problem(camera: Camera, state: NodeState) -> str:
    return state.engine_problem(camera.engine.size) if camera.engine else ''
