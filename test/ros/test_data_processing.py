"""What the bridge says of itself, latched, for whoever asks whenever."""
import json

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from rclpy.qos import DurabilityPolicy, QoSProfile  # noqa: E402
from running import until  # noqa: E402
from std_msgs.msg import String  # noqa: E402

pytestmark = pytest.mark.timeout(240)


def test_what_is_kept_is_told_to_who_comes_late_and_again_when_it_changes(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    told = []
    talker.node.create_subscription(
        String, '/smartcam_bridge/data_processing', lambda message: told.append(message.data),
        QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
    talker.until(lambda: told)
    form = json.loads(told[-1])
    assert form['where']['data_dir'] == str(bridge.data_dir)
    assert form['frames_leave_this_machine'] is False
    assert [camera['camera'] for camera in form['cameras']] == ['camera']
    assert form == bridge.get('/api/v1/system/data-processing')

    talker.set_parameters(sightings_keep_days=3.0)
    talker.until(lambda: '"value":3.0' in told[-1])
    assert bridge.request('POST', '/api/v1/cameras', {'name': 'yard'})[0] == 201
    talker.until(lambda: len(json.loads(told[-1])['cameras']) == 2)
    assert bridge.request('PATCH', '/api/v1/cameras/yard',
                          {'retention': {'tracks_keep_days': 1}})[0] == 200
    talker.until(lambda: '"tracks_keep_days":1' in told[-1])
    count = len(told)
    talker.set_parameters(jpeg_quality=70, sightings_keep_days=4.0)     # the first is no matter
    talker.until(lambda: '"value":4.0' in told[-1])
    assert len(told) == count + 1
