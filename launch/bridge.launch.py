"""Start the bridge. `ros2 launch smartcam_bridge bridge.launch.py --show-args` tells more.

The bridge configures and activates itself (its parameter `autostart`), also after a respawn, so
there are no lifecycle events here.
"""
import os

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
"""What Fast DDS reads it from: the first up to Jazzy, the second from Kilted on."""
OVERRIDES = {'data_dir': str, 'http_port': int, 'cameras': list[str], 'face_model': str}
"""Arguments that, when given, go before the parameter file."""
EMBEDDER_OVERRIDES = {'cameras': list[str], 'detector_path': str, 'recognizer_path': str}


def generate_launch_description() -> LaunchDescription:
    """Declare the arguments (nav2's words where it has one) and start the node."""
    config = PathJoinSubstitution([FindPackageShare('smartcam_bridge'), 'config'])
    arguments = {
        'namespace': ('', 'Namespace of the node and of its relative topics'),
        'params_file': (PathJoinSubstitution([config, 'bridge.yaml']), 'Parameters of the node'),
        'use_sim_time': ('false', 'Take the time from /clock'),
        'autostart': ('true', 'Configure and activate at start'),
        'use_respawn': ('false', 'Start the node again when it ends by itself'),
        'log_level': ('info', 'debug, info, warn, error or fatal'),
        'fastdds_profile': (
            PathJoinSubstitution([config, 'fastdds_shm.xml']),
            'Fast DDS profile for this and what is started afterwards, so that large pictures '
            'arrive; none leaves the middleware alone, and so does a profile that the environment '
            'names already'),
        'data_dir': ('', 'Where to record; empty: as the parameters say'),
        'http_port': ('', 'Port of the web page; empty: as the parameters say'),
        'cameras': ('', "Cameras as a list, '[front, rear]'; empty: as the parameters say"),
        'face_embedder': ('false', 'Start face_embedder too, which finds faces in pictures'),
        'detector_path': ('', 'Its file of YuNet; empty: as the parameters say'),
        'recognizer_path': ('', 'Its file of SFace; empty: as the parameters say'),
        'face_model': ('', 'Who makes embeddings of faces; empty: as the parameters say'),
    }
    return LaunchDescription([
        *(DeclareLaunchArgument(name, default_value=default, description=description)
          for name, (default, description) in arguments.items()),
        OpaqueFunction(function=_give_profile),
        OpaqueFunction(function=_start),
        OpaqueFunction(function=_start_embedder,
                       condition=IfCondition(LaunchConfiguration('face_embedder'))),
    ])


def _give_profile(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    profile = LaunchConfiguration('fastdds_profile').perform(context)
    if profile == 'none' or any(os.environ.get(name) for name in PROFILE_VARIABLES):
        return []
    return [SetEnvironmentVariable(name, profile) for name in PROFILE_VARIABLES]


def _start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    return [_node(context, 'bridge', ('use_sim_time', 'autostart'), OVERRIDES)]


def _start_embedder(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    return [_node(context, 'face_embedder', ('use_sim_time',), EMBEDDER_OVERRIDES)]


def _node(context: LaunchContext, executable: str, switches: tuple[str, ...],
          overrides: dict[str, type]) -> Node:
    given = {name: kind for name, kind in overrides.items()
             if LaunchConfiguration(name).perform(context)}
    values = {name: ParameterValue(LaunchConfiguration(name), value_type=kind)
              for name, kind in {**dict.fromkeys(switches, bool), **given}.items()}
    return Node(
        package='smartcam_bridge', executable=executable, output='screen',
        namespace=LaunchConfiguration('namespace'),
        parameters=[LaunchConfiguration('params_file'), values],
        respawn=LaunchConfiguration('use_respawn'), respawn_delay=2.0,
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')])
