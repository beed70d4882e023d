"""Start the bridge with a source of pictures: the synthetic street, or a video.

`ros2 launch smartcam_bridge demo.launch.py video:=film.mp4 loop:=true`; video takes a file, the
number of a webcam or an rtsp:// address. Other arguments are those of bridge.launch.py.
"""
from pathlib import Path
from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription, OpaqueFunction)
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackagePrefix, FindPackageShare
from smartcam_bridge.settings import default_data_dir

VIDEO_CAMERA = 'video'
WAIT_FOR_BRIDGE_S = 60.0
"""A first start migrates the database; the source holds back until the bridge listens."""


def generate_launch_description() -> LaunchDescription:
    """Declare what the demo adds, then include bridge.launch.py and start the source."""
    share = FindPackageShare('smartcam_bridge')
    return LaunchDescription([
        DeclareLaunchArgument(
            'params_file', default_value=PathJoinSubstitution([share, 'config', 'demo.yaml']),
            description='Parameters of the bridge and of the source'),
        DeclareLaunchArgument(
            'video', default_value='',
            description='File, number of a webcam or rtsp:// address; empty: demo_scene'),
        DeclareLaunchArgument(
            'loop', default_value='false', description='Begin a file again at its end'),
        OpaqueFunction(function=_choose_cameras),
        IncludeLaunchDescription(PythonLaunchDescriptionSource(
            PathJoinSubstitution([share, 'launch', 'bridge.launch.py']))),
        OpaqueFunction(function=_start_source),
    ])


def _choose_cameras(context: LaunchContext) -> None:
    if LaunchConfiguration('video').perform(context):
        context.launch_configurations.setdefault('cameras', f'[{VIDEO_CAMERA}]')
        context.launch_configurations.setdefault('face_model', 'sface')  # as of face_embedder


def _start_source(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    video = LaunchConfiguration('video')
    if video.perform(context):
        return [_companion('video_source', {
            'source': ParameterValue(video, value_type=str), 'camera': VIDEO_CAMERA,
            'loop': ParameterValue(LaunchConfiguration('loop'), value_type=bool),
            'wait_for_subscribers': WAIT_FOR_BRIDGE_S})]
    folder = Path(LaunchConfiguration('data_dir').perform(context) or default_data_dir())
    gallery = folder.expanduser() / 'demo-people.npz'
    smartcam = PathJoinSubstitution([FindPackagePrefix('smartcam_bridge'), 'lib',
                                     'smartcam_bridge', 'smartcam'])
    return [_companion('demo_scene', {'gallery_path': str(gallery)}),
            ExecuteProcess(output='screen', cmd=[
                smartcam, 'enroll', str(gallery), '--data-dir', str(gallery.parent),
                '--if-empty', '--wait', str(WAIT_FOR_BRIDGE_S)])]


def _companion(name: str, parameters: dict[str, Any]) -> Node:
    use_sim_time = ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)
    return Node(
        package='smartcam_bridge', executable=name,
        namespace=LaunchConfiguration('namespace'), output='screen',
        parameters=[LaunchConfiguration('params_file'),
                    {'use_sim_time': use_sim_time, **parameters}],
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')])
