from pathlib import Path

import pytest

launch_pytest = pytest.importorskip('launch_pytest', reason='needs launch_pytest of a ROS 2')
pytest.importorskip('launch_ros', reason='needs launch_ros of a ROS 2')

VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')


@launch_pytest.fixture
def in_a_namespace(described):
    return described('bridge.launch.py', namespace='robot1', cameras='[one, two]',
                     log_level='warn')


@pytest.mark.launch(fixture=in_a_namespace)
def test_the_bridge_serves_and_ends_cleanly(described, bridge):
    assert bridge().healthy()
    yield
    assert described.exits == {'bridge': 0}


@pytest.mark.launch(fixture=in_a_namespace)
def test_names_and_parameters_are_those_of_the_arguments(bridge, until):
    import rclpy
    from rcl_interfaces.srv import GetParameters
    bridge()
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('asker', context=context)
    try:
        executor = rclpy.executors.SingleThreadedExecutor(context=context)
        executor.add_node(node)
        client = node.create_client(GetParameters, '/robot1/smartcam_bridge/get_parameters')
        until(client.service_is_ready)
        asked = client.call_async(GetParameters.Request(
            names=['cameras', 'autostart', 'use_sim_time', 'http_port']))
        executor.spin_until_future_complete(asked, 30)
        cameras, autostart, use_sim_time, http_port = asked.result().values
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)
    assert cameras.string_array_value == ['one', 'two']
    assert (autostart.bool_value, use_sim_time.bool_value) == (True, False)
    assert http_port.integer_value == 0


@pytest.mark.launch(fixture=in_a_namespace)
def test_the_shipped_profile_is_given(bridge):
    environ = bridge().environ()
    for name in VARIABLES:
        assert Path(environ[name]).name == 'fastdds_shm.xml' and Path(environ[name]).is_file()


@launch_pytest.fixture
def with_embedder(described, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(
        str(Path(__file__).resolve().parents[1] / 'companions' / 'embedder'))
    import tiny_networks
    (tmp_path / 'detector.onnx').write_bytes(tiny_networks.detector())
    (tmp_path / 'recognizer.onnx').write_bytes(tiny_networks.recognizer())
    return described('bridge.launch.py', namespace='robot1', cameras='[one]',
                     face_embedder='true', detector_path=str(tmp_path / 'detector.onnx'),
                     recognizer_path=str(tmp_path / 'recognizer.onnx'))


@pytest.mark.launch(fixture=with_embedder)
def test_faces_are_found_where_it_is_asked_for(described, bridge, until):
    import rclpy
    assert bridge().healthy()
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('asker', context=context)
    try:
        until(lambda: node.count_publishers('/robot1/one/faces')
              and node.count_publishers('/robot1/smartcam_bridge/enroll/faces')
              and node.count_subscribers('/robot1/smartcam_bridge/enroll/image/compressed'))
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)
    yield
    assert described.exits == {'bridge': 0, 'face_embedder': 0}


@launch_pytest.fixture
def without_profile(described):
    return described('bridge.launch.py', fastdds_profile='none')


@pytest.mark.launch(fixture=without_profile)
def test_none_leaves_the_middleware_alone(bridge):
    assert not set(VARIABLES) & set(bridge().environ())


@launch_pytest.fixture
def with_ones_own_profile(described, monkeypatch, tmp_path):
    (tmp_path / 'mine.xml').write_text('<profiles/>')
    monkeypatch.setenv(VARIABLES[0], str(tmp_path / 'mine.xml'))
    return described('bridge.launch.py')


@pytest.mark.launch(fixture=with_ones_own_profile)
def test_a_profile_of_the_users_own_stays(bridge):
    environ = bridge().environ()
    assert Path(environ[VARIABLES[0]]).name == 'mine.xml' and VARIABLES[1] not in environ


@launch_pytest.fixture
def misconfigured(described, tmp_path):
    (tmp_path / 'mine.yaml').write_text(
        '/**/smartcam_bridge:\n  ros__parameters:\n    jpeg_quality: 1000\n')
    return described('bridge.launch.py', params_file=str(tmp_path / 'mine.yaml'))


@pytest.mark.launch(fixture=misconfigured)
def test_the_parameter_file_is_read_and_a_wrong_one_ends_the_bridge(described, until):
    until(lambda: described.exits)
    assert described.exits['bridge'] > 0
