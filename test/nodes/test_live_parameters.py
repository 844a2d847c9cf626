"""Parameters of the running node, set over DDS."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nodes.conftest import Client, NodeProcess, pixels, random_frame, values
from rclpy.parameter import Parameter

from lpsnet_ros.engine import Engine
from lpsnet_ros.network import CAMVID
from lpsnet_ros.nodes.settings import SETTINGS

StartNode = Callable[..., NodeProcess]


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
        ('class_names', ['road'], 'belong to the checkpoint'),
    ],
)
def test_a_refused_value_says_why(
    start_node: StartNode, client: Client, name: str, value: object, reason: str
) -> None:
    start_node()
    (answer,) = client.set(**{name: value})
    assert not answer.successful
    assert reason in answer.reason


def test_scale_and_resolution_change_between_two_frames(
    start_node: StartNode, client: Client, models_dir: Path
) -> None:
    start_node()
    client.connect()
    frame = random_frame(4)
    for scale, resolution in (('s', 0.5), ('tiny', 1.5)):
        assert all(r.successful for r in client.set(scale=scale, resolution=resolution))
        engine = Engine.load(scale, frame.shape[:2], resolution=resolution, models_dir=models_dir)
        expected = engine(frame)

        def segmented_by_the_new_engine(expected: np.ndarray = expected) -> bool:
            return np.array_equal(pixels(client.mask_of(client.publish(frame))), expected)

        client.wait_for(segmented_by_the_new_engine, 'the new engine')


def test_max_rate_limits_the_masks(start_node: StartNode, client: Client) -> None:
    start_node(max_rate_hz=2.0)
    client.connect()
    begun = time.monotonic()
    for _ in range(20):
        client.publish(random_frame(0))
        client.spin_for(0.1)
    seconds = time.monotonic() - begun
    assert 3 <= len(client.masks) <= 2 + 2 * seconds
    assert len(client.masks) < 20


def test_the_class_names_are_a_parameter(start_node: StartNode, client: Client) -> None:
    start_node()
    client.connect()

    def names() -> list[str]:
        answer = client.answer(client.parameters.get_parameters(['class_names']))
        return list(answer.values[0].string_array_value)

    client.wait_for(lambda: names() == list(CAMVID.names), 'the class names')


def test_a_burst_of_a_thousand_settings_is_answered_and_costs_no_frame(
    start_node: StartNode, client: Client
) -> None:
    start_node()
    client.connect()
    client.mask_of(client.publish(random_frame(0)))
    client.wait_for(client.parameters.services_are_ready)
    alphas = [index / 1000 for index in range(1000)]
    answers = [
        client.parameters.set_parameters([Parameter('overlay_alpha', value=alpha)])
        for alpha in alphas
    ]
    sent = 1
    while not all(answer.done() for answer in answers):
        client.mask_of(client.publish(random_frame(0)))
        sent += 1
    assert all(answer.result().results[0].successful for answer in answers)
    (value,) = client.answer(client.parameters.get_parameters(['overlay_alpha'])).values
    assert value.double_value == alphas[-1]
    figures = values(client.status(lambda s: values(s)['received'] == str(sent)))
    assert (figures['masked'], figures['dropped']) == (str(sent), '0')
    assert sent > 5, 'the frames had to wait for the settings'


def test_changing_the_scale_holds_up_no_frame(start_node: StartNode, client: Client) -> None:
    start_node()
    client.connect()
    frame = random_frame(0, (240, 320))
    client.mask_of(client.publish(frame))
    client.set(scale='s')
    headers = []
    for _ in range(25):
        headers.append(client.publish(frame))
        client.spin_for(1 / 6)
    client.mask_of(headers[-1])
    figures = values(client.status(lambda s: values(s)['received'] == '26'))
    assert figures['model'].endswith('lpsnet_s_random.safetensors')
    assert int(figures['masked']) >= 25, 'at most one frame is lost to the change'
