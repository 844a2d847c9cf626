"""Parameters of the running node, set over DDS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nodes.conftest import Client, NodeProcess, pixels, random_frame
from rclpy.parameter import Parameter

from lpsnet_ros.engine import Engine
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
