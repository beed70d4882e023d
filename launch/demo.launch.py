"""Start the bridge with a source of pictures: the synthetic street, or a video.

`ros2 launch smartcam_bridge demo.launch.py video:=film.mp4 loop:=true`; video takes a file, the
number of a webcam or an rtsp:// address. Other arguments are those of bridge.launch.py.
"""
from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

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


def _start_source(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    video = LaunchConfiguration('video')
    parameters = {
        'use_sim_time': ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)}
    if video.perform(context):
        parameters |= {
            'source': ParameterValue(video, value_type=str), 'camera': VIDEO_CAMERA,
            'loop': ParameterValue(LaunchConfiguration('loop'), value_type=bool),
            'wait_for_subscribers': WAIT_FOR_BRIDGE_S}
    return [Node(
        package='smartcam_bridge',
        executable='video_source' if video.perform(context) else 'demo_scene',
        namespace=LaunchConfiguration('namespace'), output='screen',
        parameters=[LaunchConfiguration('params_file'), parameters],
        arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')])]
