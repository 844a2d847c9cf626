"""Segment one camera topic."""

from __future__ import annotations

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from lpsnet_ros.nodes.launching import lpsnet_node, naming_arguments, parameter_arguments


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the node."""
    image = DeclareLaunchArgument(
        'image', default_value='image', description='Camera topic to segment.'
    )
    return LaunchDescription(
        [image, *naming_arguments(), *parameter_arguments(), OpaqueFunction(function=_node)]
    )


def _node(context: LaunchContext) -> list[Node]:
    return [lpsnet_node(context, remappings=[('image', LaunchConfiguration('image'))])]
