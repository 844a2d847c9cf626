"""Start the segmentation node on one camera topic."""

from __future__ import annotations

import yaml
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import LifecycleNode
from launch_ros.substitutions import FindPackageShare

from launch import LaunchContext, LaunchDescription

ARGUMENTS = {
    'image': ('image', 'Camera topic to segment (sensor_msgs/Image).'),
    'namespace': ('', 'Namespace of the node.'),
    'name': ('lpsnet', 'Name of the node.'),
    'params_file': (
        PathJoinSubstitution([FindPackageShare('lpsnet_ros'), 'config', 'lpsnet.yaml']),
        "YAML file with the node's parameters.",
    ),
    'log_level': ('info', 'debug, info, warn, error or fatal.'),
}
OVERRIDES = {
    'scale': 'Network: tiny, s, m, l, or the name of a checkpoint.',
    'autostart': 'Configure and activate at start: true or false.',
    'use_sim_time': 'Take the time from /clock: true or false.',
}


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the node."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in ARGUMENTS.items()
    ]
    declared += [
        DeclareLaunchArgument(
            name, default_value='', description=f'{text} Empty: as params_file says.'
        )
        for name, text in OVERRIDES.items()
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_node)])


def _node(context: LaunchContext) -> list[LifecycleNode]:
    # Only arguments that were given override the parameter file.
    given = {name: LaunchConfiguration(name).perform(context) for name in OVERRIDES}
    overrides = {name: yaml.safe_load(value) for name, value in given.items() if value}
    return [
        LifecycleNode(
            package='lpsnet_ros',
            executable='lpsnet_node',
            name=LaunchConfiguration('name'),
            namespace=LaunchConfiguration('namespace'),
            parameters=[LaunchConfiguration('params_file'), overrides],
            remappings=[('image', LaunchConfiguration('image'))],
            arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')],
            output='screen',
        )
    ]
