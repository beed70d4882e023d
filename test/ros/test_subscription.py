"""What goes wrong on a topic is counted, told in words, and harms nothing else."""
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402, I100
import rclpy  # noqa: E402
from rclpy.context import Context  # noqa: E402
from rclpy.qos import ReliabilityPolicy  # noqa: E402
from running import until  # noqa: E402
from smartcam_bridge.ros.subscription import RawSubscription  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from talking import FakeCamera  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

pytestmark = pytest.mark.timeout(240)


def level_of(message: DiagnosticArray) -> dict[str, bytes]:
    """Return the level of every status by its name."""
    return {status.name: status.level for status in message.status}


def test_diagnostics_come_every_second_with_a_status_of_every_part(start_bridge, talker):
    bridge = start_bridge(cameras=['front', 'rear'])
    until(bridge.ready)
    heard = talker.collect(DiagnosticArray, '/diagnostics')
    front = FakeCamera(talker, bridge, 'front').connect()

    def every_second() -> bool:     # where the machine lets it
        stamps = [m.header.stamp.sec + m.header.stamp.nanosec / 1e9 for m in heard[-5:]]
        return len(stamps) == 5 and stamps[-1] - stamps[0] == pytest.approx(4.0, abs=1.0)

    talker.until(lambda: front.see() or every_second())
    names = ['smartcam_bridge: node', 'smartcam_bridge: recorder', 'smartcam_bridge: recognition',
             'smartcam_bridge: camera front', 'smartcam_bridge: camera rear']
    talker.until(lambda: front.see() or list(level_of(heard[-1]).values()) == [
        DiagnosticStatus.OK, DiagnosticStatus.OK, DiagnosticStatus.OK, DiagnosticStatus.OK,
        DiagnosticStatus.STALE],
        lambda: heard[-1])
    assert list(level_of(heard[-1])) == names
    values = [{pair.key: pair.value for pair in status.values} for status in heard[-1].status]
    assert int(values[0]['port']) > 0
    assert {'backlog', 'dropped', 'commit_age_s', 'database_bytes'} <= values[1].keys()
    assert {'people', 'match_p50_ms', 'faces', 'compared', 'known'} <= values[2].keys()
    assert {'boxes_hz', 'frames_hz', 'boxes_age_s', 'frames_lost'} <= values[3].keys()
    assert int(values[3]['received']) > 0 == int(values[4]['received'])


@pytest.mark.parametrize('override, told', [
    ({'reliability': 'reliable'}, 'best effort publisher'),
    ({'reliability': 'reliable', 'durability': 'transient_local'}, 'transient local'),
])
def test_a_qos_mismatch_is_told_everywhere(start_bridge, talker, override, told):
    bridge = start_bridge(**{
        f'qos_overrides./camera/tracks.subscription.{policy}': value
        for policy, value in override.items()})
    until(bridge.ready)
    heard = talker.collect(DiagnosticArray, '/diagnostics')
    talker.publisher(Detection2DArray, 'camera/tracks', reliability=ReliabilityPolicy.BEST_EFFORT)
    problem = talker.until(lambda: next(
        (p for p in bridge.camera('camera')['problems'] if '/talker' in p), None))
    assert problem.startswith('/camera/tracks: nothing arrives from /talker')
    assert told in problem.lower()
    assert 'qos_overrides./camera/tracks.subscription' in problem
    camera, = bridge.get('/api/v1/cameras')['items']
    assert camera['status']['problems'] == [problem]
    talker.until(lambda: heard and (DiagnosticStatus.WARN, problem) in [
        (status.level, status.message) for status in heard[-1].status
        if status.name == 'smartcam_bridge: camera camera'], lambda: heard)


def test_an_override_that_fits_is_obeyed_also_after_a_pause(start_bridge, talker):
    name = 'qos_overrides./camera/tracks.subscription.reliability'
    bridge = start_bridge(**{name: 'reliable'})
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    offered = [info.qos_profile.reliability
               for info in talker.node.get_subscriptions_info_by_topic('/camera/tracks')]
    assert offered == [ReliabilityPolicy.RELIABLE]
    camera.see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 5)
    assert talker.pause(True) and talker.pause(False)
    talker.matched(camera.boxes)
    assert [info.qos_profile.reliability for info in
            talker.node.get_subscriptions_info_by_topic('/camera/tracks')] == offered


def test_a_topic_of_another_type_is_told(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    talker.publisher(String, 'camera/tracks')
    told = '/talker publishes std_msgs/msg/String, not vision_msgs/msg/Detection2DArray'
    talker.until(lambda: any(told in problem for problem in bridge.camera('camera')['problems']))


def test_damaged_bytes_are_counted_and_told_once_and_the_rest_is_recorded(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect()
    camera.see(3)
    for junk in (b'', b'\x00', b'\x00\x01\x00\x00', b'\x00\x01\x00\x00' + b'\xff' * 40) * 5:
        camera.boxes.publish(junk)
    camera.see(3)
    talker.until(lambda: len(bridge.all('/api/v1/detections')) == 6)
    status = talker.until(lambda: (got := bridge.camera('camera'))['invalid'] and got)
    assert 15 <= status['invalid'] <= 20    # the middleware itself may refuse the shortest
    assert any('could not be read' in problem for problem in status['problems'])
    told = bridge.log.count('/camera/tracks: a message was dropped')
    assert 1 <= told <= 4
    track, = talker.until(lambda: bridge.all('/api/v1/tracks'))
    assert track['tracker_id'] == '7'


def test_what_the_executor_still_has_of_a_closed_topic_is_dropped():
    """Events executor: a camera that is removed in full flow ended the whole process."""
    context, taken = Context(), []
    rclpy.init(context=context)
    try:
        node = rclpy.create_node('listener', context=context)
        subscription = RawSubscription(node, String, 'flow', 1,
                                       lambda data, received_ns: taken.append(data))
        subscription.open()
        arrive = subscription._handle.callback
        arrive(b'before')
        subscription.close()
        arrive(b'after')
        assert taken == [b'before'] and subscription.received == 1
        node.destroy_node()
    finally:
        context.shutdown()
