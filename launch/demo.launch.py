"""Replay a video as a camera, segment it, and show the masks in RViz where that is installed."""

from __future__ import annotations

from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, LogInfo, OpaqueFunction, Shutdown
from launch.conditions import IfCondition
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from lpsnet_ros.nodes.launching import config_file, lpsnet_node, parameter_arguments
from lpsnet_ros.resources import PACKAGE

IMAGE = '/camera/image_raw'
# The second is what Fast DDS 3 (Kilted and newer) reads.
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments, the camera, the node and the viewer."""
    source = DeclareLaunchArgument(
        'source',
        default_value='street',
        description='A video, a picture, a folder of pictures, a camera index, or "street".',
    )
    rviz = DeclareLaunchArgument(
        'rviz', default_value='true', description='Open RViz where it is installed.'
    )
    # Nothing in the demo publishes a clock.
    arguments = [source, rviz, *parameter_arguments(leave_out=('use_sim_time',))]
    return LaunchDescription([*arguments, OpaqueFunction(function=_nodes), _viewer()])


def _nodes(context: LaunchContext) -> list[Node]:
    transport = LaunchConfiguration('image_transport').perform(context)
    given = {'image_transport': transport} if transport else {}
    return [_camera(given), lpsnet_node(context, remappings=[('image', IMAGE)])]


def _camera(parameters: dict[str, str]) -> Node:
    profile = config_file('fastdds_large_images.xml')
    return Node(
        package=PACKAGE,
        executable='replay_camera',
        name='camera',
        parameters=[
            {
                'source': ParameterValue(LaunchConfiguration('source'), value_type=str),
                **parameters,
            }
        ],
        remappings=[('image', IMAGE)],
        # Large frames are lost or late without it, and only the publishing process can mend that.
        additional_env={
            name: EnvironmentVariable(name, default_value=profile) for name in PROFILE_VARIABLES
        },
        output='screen',
        on_exit=Shutdown(reason='the camera has ended'),
    )


def _viewer() -> Node | LogInfo:
    condition = IfCondition(LaunchConfiguration('rviz'))
    try:
        get_package_prefix('rviz2')
    except PackageNotFoundError:
        advice = 'RViz is not installed: "lpsnet view" or rqt_image_view show /lpsnet/overlay'
        return LogInfo(msg=advice, condition=condition)
    return Node(
        package='rviz2',
        executable='rviz2',
        arguments=['-d', config_file('lpsnet.rviz')],
        condition=condition,
    )
