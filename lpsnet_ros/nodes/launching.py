"""What the launch files share: the arguments of the node, and the node that they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from launch import LaunchContext, SomeSubstitutionsType
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from lpsnet_ros.resources import PACKAGE, data_folder

NAME = 'lpsnet'
OVERRIDES = {
    'scale': (str, 'Network: tiny, s, m, l, auto, or the name of a checkpoint.'),
    'resolution': (float, 'Ratio of the frame that the network sees; 0 is automatic.'),
    'frame_size': (str, 'WIDTHxHEIGHT of the frames, so that their engine is ready at start.'),
    'image_transport': (str, 'raw or compressed.'),
    'autostart': (bool, 'Configure and activate at start: true or false.'),
    'use_sim_time': (bool, 'Take the time from /clock: true or false.'),
}


def config_file(name: str) -> str:
    """Return the path of a file in the package's ``config`` folder."""
    return str(data_folder('config') / name)


def naming_arguments() -> list[DeclareLaunchArgument]:
    """Declare where the node is in the ROS graph."""
    return [
        DeclareLaunchArgument('namespace', default_value='', description='Of the node.'),
        DeclareLaunchArgument('name', default_value=NAME, description='Of the node.'),
    ]


def parameter_arguments(leave_out: Sequence[str] = ()) -> list[DeclareLaunchArgument]:
    """Declare what the node is started with: a file, and what overrides it where given."""
    return [
        DeclareLaunchArgument(
            'params_file',
            default_value=config_file('lpsnet.yaml'),
            description="YAML file with the node's parameters.",
        ),
        DeclareLaunchArgument(
            'log_level', default_value='info', description='debug, info, warn, error or fatal.'
        ),
        *(
            DeclareLaunchArgument(
                name, default_value='', description=f'{text} Empty: as params_file says.'
            )
            for name, (_, text) in OVERRIDES.items()
            if name not in leave_out
        ),
    ]


def lpsnet_node(
    context: LaunchContext,
    remappings: Sequence[tuple[SomeSubstitutionsType, SomeSubstitutionsType]],
    parameters: Mapping[str, object] | None = None,
) -> Node:
    """Return the action that starts the node; to be called in an ``OpaqueFunction``.

    Args:
        context: tells which arguments were given.
        remappings: of topics.
        parameters: that override the parameter file's.

    """
    given = {
        argument: ParameterValue(LaunchConfiguration(argument), value_type=kind)
        for argument, (kind, _) in OVERRIDES.items()
        if LaunchConfiguration(argument, default='').perform(context)
    }
    return Node(
        package=PACKAGE,
        executable='lpsnet_node',
        name=LaunchConfiguration('name', default=NAME),
        namespace=LaunchConfiguration('namespace', default=''),
        parameters=[LaunchConfiguration('params_file'), {**given, **(parameters or {})}],
        remappings=remappings,
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')],
        output='screen',
    )
