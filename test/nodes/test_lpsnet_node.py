"""The segmentation node as a process, over DDS."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import Transition
from nodes.conftest import TIMEOUT_S, Client, NodeProcess, random_frame, values
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lpsnet_ros.engine import Engine
from lpsnet_ros.nodes.codec import encode
from lpsnet_ros.nodes.settings import SETTINGS

StartNode = Callable[..., NodeProcess]


def pixels(message: Image) -> np.ndarray:
    return np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)


@pytest.mark.parametrize('size', [(96, 128), (75, 101)])
def test_mask_belongs_to_its_image(
    start_node: StartNode, client: Client, models_dir: Path, size: tuple[int, int]
) -> None:
    start_node()
    client.connect()
    frame = random_frame(0, size)
    header = client.publish(frame, frame_id='front_optical')
    mask = client.mask_of(header)
    assert (mask.height, mask.width, mask.encoding, mask.step) == (*size, 'mono8', size[1])
    expected = Engine.load('tiny', size, models_dir=models_dir)(frame)
    assert len(np.unique(expected)) > 2
    np.testing.assert_array_equal(pixels(mask), expected)


def test_every_known_encoding_and_a_padded_step_give_the_same_mask(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    frame = random_frame(1)
    expected = pixels(client.mask_of(client.publish(frame)))
    rgba = np.dstack([frame[:, :, ::-1], np.full(frame.shape[:2], 255, np.uint8)])
    for other, encoding in (
        (frame[:, :, ::-1], 'rgb8'),
        (rgba, 'rgba8'),
        (rgba[:, :, [2, 1, 0, 3]], 'bgra8'),
    ):
        mask = client.mask_of(client.publish(other, encoding))
        np.testing.assert_array_equal(pixels(mask), expected)
    padded = encode(np.pad(frame, ((0, 0), (0, 5), (0, 0))), 'bgr8', client.publish(frame))
    padded.width = frame.shape[1]
    padded.header.stamp.nanosec ^= 1
    client.camera.publish(padded)
    np.testing.assert_array_equal(pixels(client.mask_of(padded.header)), expected)


def broken(kind: str, client: Client) -> Image:
    message = encode(random_frame(2), 'bgr8', client.publish(random_frame(2)))
    if kind == 'bad step':
        message.step = 5
    elif kind == 'short data':
        del message.data[-1000:]
    elif kind == 'unknown encoding':
        message.encoding = 'thermal9'
    else:
        message.width = 0
    return message


def test_bad_frames_are_refused_and_counted_and_the_next_good_one_is_segmented(
    start_node: StartNode, client: Client
) -> None:
    node = start_node()
    client.connect()
    kinds = ['bad step', 'short data', 'unknown encoding', 'bad size']
    for count, kind in enumerate(kinds, start=1):
        client.camera.publish(broken(kind, client))
        status = client.status(lambda s, n=count: values(s).get('refused') == str(n))
        assert kind in values(status)['last refusal']
        client.mask_of(client.publish(random_frame(3)))
    for kind in kinds:
        assert node.output.count(f'frame refused: {kind}') == 1


def test_only_refused_frames_are_named_as_the_reason_for_silence(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    message = broken('unknown encoding', client)

    def keep_sending_and_look(status: DiagnosticStatus) -> bool:
        client.camera.publish(message)
        return 'only refused frames' in status.message

    status = client.status(keep_sending_and_look)
    assert status.level == DiagnosticStatus.STALE
    assert 'thermal9' in status.message


def test_of_a_burst_the_newest_frame_is_masked_and_every_frame_accounted_for(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    client.mask_of(client.publish(random_frame(0, (480, 640))))
    frames = [random_frame(seed, (480, 640)) for seed in range(4)]
    for index in range(40):
        last = client.publish(frames[index % 4])
    client.mask_of(last)
    counts = values(client.status(lambda s: s.message))
    received, masked, dropped = (int(counts[k]) for k in ('received', 'masked', 'dropped'))
    assert received == masked + dropped
    assert dropped > 0
    assert masked >= len(client.masks)
    stamps = [(m.header.stamp.sec, m.header.stamp.nanosec) for m in client.masks]
    assert stamps == sorted(stamps)


def test_overlay_comes_while_somebody_looks(start_node: StartNode, client: Client) -> None:
    start_node(overlay_alpha=0.0)
    client.connect()
    client.mask_of(client.publish(random_frame(0)))
    client.watch_overlays()
    client.wait_for(lambda: client.count_publishers('/lpsnet/overlay'))
    frame = random_frame(1)
    client.wait_for(lambda: client.publish(frame) and client.overlays, 'an overlay')
    overlay = client.overlays[0]
    assert overlay.encoding == 'bgr8'
    assert overlay.header.frame_id == 'eye'
    np.testing.assert_array_equal(pixels(overlay).reshape(frame.shape), frame)


def test_a_best_effort_camera_that_comes_later_is_heard(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    client.destroy_publisher(client.camera)
    client.camera = client.create_publisher(
        Image, 'image', QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    )
    client.wait_for(lambda: client.publish(random_frame(0)) and client.masks, 'a mask')


def test_diagnostics_say_why_it_is_silent(start_node: StartNode, client: Client) -> None:
    start_node(silence_s=0.5)
    client.connect()
    client.destroy_publisher(client.camera)
    status = client.status(lambda s: 'nobody publishes on /image' in s.message)
    assert status.level == DiagnosticStatus.STALE
    assert status.name == 'lpsnet: image'


def test_diagnostics_hold_rates_and_stage_latencies(start_node: StartNode, client: Client) -> None:
    start_node()
    client.connect()
    for _ in range(5):
        client.mask_of(client.publish(random_frame(0)))
    figures = values(client.status(lambda s: values(s)['masked'] == '5'))
    for stage in ('wait', 'decode', 'engine', 'publish', 'end_to_end'):
        p50, worst = (float(figures[f'{stage} {p} (ms)']) for p in ('p50', 'max'))
        assert 0 <= p50 <= worst < 10_000
    assert figures['back end'] == 'cpu'
    assert figures['model'].endswith('lpsnet_tiny_random.safetensors')


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
    assert client.state() == 'unconfigured'


def test_parameters_describe_themselves(start_node: StartNode, client: Client) -> None:
    start_node()
    client.wait_for(client.parameters.services_are_ready)
    answer = client.answer(client.parameters.describe_parameters(list(SETTINGS)))
    for descriptor, setting in zip(answer.descriptors, SETTINGS.values(), strict=True):
        assert descriptor.description == setting.metadata['description']
        assert descriptor.read_only is not setting.metadata['live']
        assert bool(descriptor.floating_point_range) == bool(setting.metadata['within'])


@pytest.mark.parametrize(
    ('name', 'value', 'reason'),
    [
        ('scale', 'xxl', 'lpsnet_s_random'),
        ('resolution', 0.1, '0.25..2.0'),
        ('resolution', 3.0, ''),
        ('overlay_alpha', 1.5, ''),
        ('backend', 'cpu', 'read'),
    ],
)
def test_a_refused_value_says_why(
    start_node: StartNode, client: Client, name: str, value: object, reason: str
) -> None:
    start_node()
    client.wait_for(client.parameters.services_are_ready)
    answer = client.answer(client.parameters.set_parameters([Parameter(name, value=value)]))
    assert not answer.results[0].successful
    assert reason in answer.results[0].reason


def test_scale_and_resolution_change_between_two_frames(
    start_node: StartNode, client: Client, models_dir: Path
) -> None:
    start_node()
    client.connect()
    frame = random_frame(4)
    for scale, resolution in (('s', 0.5), ('tiny', 1.5)):
        wanted = [Parameter('scale', value=scale), Parameter('resolution', value=resolution)]
        answer = client.answer(client.parameters.set_parameters(wanted))
        assert all(result.successful for result in answer.results)
        engine = Engine.load(scale, frame.shape[:2], resolution=resolution, models_dir=models_dir)
        expected = engine(frame)

        def segmented_by_the_new_engine(expected: np.ndarray = expected) -> bool:
            return np.array_equal(pixels(client.mask_of(client.publish(frame))), expected)

        client.wait_for(segmented_by_the_new_engine, 'the new engine')


def test_max_rate_limits_the_masks(start_node: StartNode, client: Client) -> None:
    start_node(max_rate_hz=2.0)
    client.connect()
    for _ in range(20):
        client.publish(random_frame(0))
        client.spin_for(0.1)
    assert 3 <= len(client.masks) <= 6


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
