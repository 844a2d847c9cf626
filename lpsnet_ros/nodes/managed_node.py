"""A lifecycle node without rclpy's traps: it survives wrong requests and hides no errors."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import TypeVar

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

Self = TypeVar('Self', bound='ManagedNode')
Transition = Callable[[Self, LifecycleState], TransitionCallbackReturn]


class ManagedNode(LifecycleNode):
    """Refuses a transition that is not available; rclpy's node ends with an exception there."""

    def __init__(self, name: str, **options: object) -> None:
        super().__init__(name, **options)
        self.failure = ''
        """Why the latest transition failed; empty where it did not."""
        self._change_unguarded = self._service_change_state.callback
        self._service_change_state.callback = self._change_state

    @property
    def state(self) -> str:
        """Label of the current lifecycle state; rclpy has no public accessor."""
        return self._state_machine.current_state[1]

    def _change_state(
        self, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        try:
            return self._change_unguarded(request, response)
        except RuntimeError:
            wanted = request.transition.label or request.transition.id
            there = ', '.join(label for _, label, *_ in self._state_machine.available_transitions)
            self.get_logger().warning(
                f'refused: transition {wanted} is not available in {self.state}, there are {there}'
            )
            response.success = False
            return response


def logged(transition: Transition) -> Transition:
    """Log an exception of a transition callback, which rclpy would swallow, and fail."""

    @functools.wraps(transition)
    def guarded(node: ManagedNode, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return transition(node, state)
        except Exception as error:
            node.failure = f'{transition.__name__} failed: {error}'
            node.get_logger().error(f'{transition.__name__} failed:\n{traceback.format_exc()}')
            return TransitionCallbackReturn.ERROR

    return guarded
