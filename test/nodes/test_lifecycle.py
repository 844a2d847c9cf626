"""Transitions, failures and signals of the node as a process."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import Transition
from nodes.conftest import TIMEOUT_S, Client, NodeProcess, random_frame, values
from rclpy.parameter import Parameter

StartNode = Callable[..., NodeProcess]


def test_build_only_leaves_an_engine_behind_and_exits(
    start_node: StartNode, tmp_path: Path
) -> None:
    cache = tmp_path / 'engines'
    node = start_node(build_only='true', frame_size='128x96', engine_cache_dir=cache)
    assert node.popen.wait(TIMEOUT_S) == 0
    assert 'engine ready' in node.output
    again = start_node(build_only='true', frame_size='128x96', engine_cache_dir=cache)
    assert again.popen.wait(TIMEOUT_S) == 0
    assert 'from the cache' in again.output or 'no C compiler' in again.output


def test_build_only_without_a_size_fails_and_names_the_fix(start_node: StartNode) -> None:
    node = start_node(build_only='true')
    assert node.popen.wait(TIMEOUT_S) == 1
    assert 'set frame_size' in node.output


def test_build_only_with_a_value_that_is_not_allowed_fails(start_node: StartNode) -> None:
    node = start_node(build_only='true', frame_size='128x96', backend='tensorrt')
    assert node.popen.wait(TIMEOUT_S) == 1
    assert 'backend must be one of' in node.output


def test_build_only_waits_for_every_resident_engine(start_node: StartNode) -> None:
    node = start_node(build_only='true', frame_size='128x96', resident_scales='[s, l]')
    assert node.popen.wait(TIMEOUT_S) == 1
    assert "no model 'l'" in node.output


def test_with_a_frame_size_the_engine_is_ready_before_the_first_frame(
    start_node: StartNode, client: Client
) -> None:
    start_node(frame_size='128x96')
    client.connect()
    status = client.status(lambda s: 'model' in values(s))
    assert values(status)['received'] == '0'
    client.mask_of(client.publish(random_frame(0)))


def test_every_lifecycle_transition(start_node: StartNode, client: Client) -> None:
    node = start_node(autostart='false')
    assert client.state() == 'unconfigured'
    assert client.transition(Transition.TRANSITION_CONFIGURE)
    assert client.state() == 'inactive'
    assert not client.camera.get_subscription_count()
    for _ in range(2):
        assert client.transition(Transition.TRANSITION_ACTIVATE)
        assert client.state() == 'active'
        client.connect()
        client.mask_of(client.publish(random_frame(0)))
        assert client.transition(Transition.TRANSITION_DEACTIVATE)
        assert client.state() == 'inactive'
        client.wait_for(lambda: not client.camera.get_subscription_count(), 'unsubscribing')
    assert client.transition(Transition.TRANSITION_CLEANUP)
    assert client.state() == 'unconfigured'
    assert not client.transition(Transition.TRANSITION_ACTIVATE)
    assert client.transition(Transition.TRANSITION_UNCONFIGURED_SHUTDOWN)
    assert client.state() == 'finalized'
    assert node.stop() == 0


def test_cleanup_gives_memory_back(start_node: StartNode, client: Client) -> None:
    node = start_node(autostart='false', scale='s', resolution=2.0, frame_size='1920x1080')

    def memory_mib() -> float:
        (line,) = (
            line
            for line in Path(f'/proc/{node.popen.pid}/status').read_text().splitlines()
            if line.startswith('VmRSS')
        )
        return int(line.split()[1]) / 1024

    assert client.state() == 'unconfigured'
    before = memory_mib()
    for _ in range(2):
        assert client.transition(Transition.TRANSITION_CONFIGURE)
        assert client.transition(Transition.TRANSITION_ACTIVATE)
        client.connect()
        client.mask_of(client.publish(random_frame(0, (1080, 1920))))
        used = memory_mib()
        assert client.transition(Transition.TRANSITION_DEACTIVATE)
        assert client.transition(Transition.TRANSITION_CLEANUP)
        after = memory_mib()
        assert used - before > 100
        assert after - before < (used - before) / 2


def test_shutdown_while_active(start_node: StartNode, client: Client) -> None:
    node = start_node()
    client.connect()
    client.mask_of(client.publish(random_frame(0)))
    assert client.transition(Transition.TRANSITION_ACTIVE_SHUTDOWN)
    assert client.state() == 'finalized'
    assert node.stop() == 0


def test_a_missing_model_leaves_it_unconfigured_and_curable(
    start_node: StartNode, client: Client
) -> None:
    node = start_node(scale='m')
    status = client.status(lambda s: s.level == DiagnosticStatus.ERROR)
    assert "no model 'm'" in status.message
    assert 'lpsnet_tiny_random' in status.message
    assert client.state() == 'unconfigured'
    assert client.answer(client.parameters.set_parameters([Parameter('scale', value='tiny')]))
    assert client.transition(Transition.TRANSITION_CONFIGURE)
    assert client.transition(Transition.TRANSITION_ACTIVATE)
    client.connect()
    client.mask_of(client.publish(random_frame(0)))
    assert node.stop() == 0


def test_an_override_of_the_wrong_type_names_the_fix(
    start_node: StartNode, client: Client
) -> None:
    start_node(silence_s=9)
    status = client.status(lambda s: s.level == DiagnosticStatus.ERROR)
    assert 'silence_s' in status.message
    assert '9.0, not 9' in status.message
    assert not client.transition(Transition.TRANSITION_CONFIGURE)
    assert client.state() == 'unconfigured'
    assert client.answer(client.parameters.set_parameters([Parameter('silence_s', value=9.0)]))
    assert client.transition(Transition.TRANSITION_CONFIGURE)


def test_a_wrong_override_that_can_not_be_set_stays_refused(
    start_node: StartNode, client: Client
) -> None:
    start_node(device=1)
    status = client.status(lambda s: s.level == DiagnosticStatus.ERROR)
    assert 'device' in status.message
    assert 'in quotes: "1"' in status.message
    assert 'start the node anew' in status.message
    assert not client.transition(Transition.TRANSITION_CONFIGURE)


def test_a_value_that_is_not_allowed_leaves_the_others_in_force(
    start_node: StartNode, client: Client
) -> None:
    start_node(resolution=0.1, cameras='[front]')
    status = client.status(lambda s: s.level == DiagnosticStatus.ERROR)
    assert status.name == 'lpsnet: front'
    assert 'resolution must be 0 (automatic)' in status.message
    assert client.answer(client.parameters.set_parameters([Parameter('resolution', value=0.5)]))
    assert client.transition(Transition.TRANSITION_CONFIGURE)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_exit_code_zero(
    start_node: StartNode, client: Client, number: int
) -> None:
    node = start_node()
    client.connect()
    client.publish(random_frame(0))
    assert node.stop(number) == 0
    assert 'Traceback' not in node.output


def test_a_second_interrupt_does_not_break_the_clean_up(
    start_node: StartNode, client: Client
) -> None:
    node = start_node()
    client.connect()
    node.popen.send_signal(signal.SIGINT)
    assert node.stop() == 0
    assert 'Traceback' not in node.output
