"""Start the segmentation node on one camera topic."""

from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

ARGUMENTS = {
    'image': ('image', 'Camera topic to segment (sensor_msgs/Image).'),
    'namespace': ('', 'Namespace of the node.'),
    'name': ('lpsnet', 'Name of the node.'),
    'scale': ('s', 'Network: tiny, s, m, l, or the name of a checkpoint.'),
    'autostart': ('true', 'Configure and activate at start.'),
    'use_sim_time': ('false', 'Take the time from /clock.'),
    'log_level': ('info', 'debug, info, warn, error or fatal.'),
}


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments and the node."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    declared.append(
        DeclareLaunchArgument(
            'params_file',
            default_value=PathJoinSubstitution(
                [FindPackageShare('lpsnet_ros'), 'config', 'lpsnet.yaml']
            ),
            description="YAML file with the node's parameters.",
        )
    )
    node = LifecycleNode(
        package='lpsnet_ros',
        executable='lpsnet_node',
        name=LaunchConfiguration('name'),
        namespace=LaunchConfiguration('namespace'),
        parameters=[
            LaunchConfiguration('params_file'),
            {
                'scale': ParameterValue(LaunchConfiguration('scale'), value_type=str),
                'autostart': ParameterValue(LaunchConfiguration('autostart'), value_type=bool),
                'use_sim_time': ParameterValue(
                    LaunchConfiguration('use_sim_time'), value_type=bool
                ),
            },
        ],
        remappings=[('image', LaunchConfiguration('image'))],
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')],
        output='screen',
    )
    return LaunchDescription([*declared, node])
