"""Segment several cameras with one node and one engine."""

from __future__ import annotations

import yaml
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from lpsnet_ros.nodes.launching import lpsnet_node, naming_arguments, parameter_arguments

PLACEHOLDER = 'CAMERA'


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the node."""
    cameras = DeclareLaunchArgument(
        'cameras', description="Names of the cameras: '[front, left]', say."
    )
    image = DeclareLaunchArgument(
        'image',
        default_value=f'{PLACEHOLDER}/image_raw',
        description=f"Their topics; {PLACEHOLDER} stands for each camera's name.",
    )
    arguments = [cameras, image, *naming_arguments(), *parameter_arguments()]
    return LaunchDescription([*arguments, OpaqueFunction(function=_node)])


def _node(context: LaunchContext) -> list[Node]:
    cameras = _names(LaunchConfiguration('cameras').perform(context))
    pattern = LaunchConfiguration('image').perform(context)
    if PLACEHOLDER not in pattern:
        raise ValueError(f'image must hold the word {PLACEHOLDER}, got {pattern!r}')
    return [
        lpsnet_node(
            context,
            remappings=[(f'{c}/image', pattern.replace(PLACEHOLDER, c)) for c in cameras],
            parameters={'cameras': cameras},
        )
    ]


def _names(text: str) -> list[str]:
    names = yaml.safe_load(text)
    if not (isinstance(names, list) and names and all(isinstance(n, str) for n in names)):
        raise ValueError(f"cameras must be a list of names, like '[front, left]', got {text!r}")
    return names
