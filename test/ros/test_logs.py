"""Records of Python's logging reach /rosout with their severity."""
import logging
import time

import pytest

rclpy = pytest.importorskip('rclpy', reason='needs ROS 2')

from rcl_interfaces.msg import Log  # noqa: E402

from smartcam_bridge.ros.logs import log_through  # noqa: E402


@pytest.mark.parametrize('level', [logging.INFO, logging.WARNING, logging.ERROR])
def test_record_reaches_rosout_with_its_severity_and_traceback(level):
    rclpy.init()
    node = rclpy.create_node(f'logging_node_{level}')
    heard = []
    node.create_subscription(Log, '/rosout', heard.append, 100)
    handler = log_through(node)
    log = logging.getLogger('smartcam_bridge.store.somewhere')
    try:
        deadline = time.monotonic() + 60
        while not any('the disk is on fire' in entry.msg for entry in heard):
            assert time.monotonic() < deadline
            try:
                raise OSError('smoke')
            except OSError:
                log.log(level, 'the disk is on fire', exc_info=True)
            rclpy.spin_once(node, timeout_sec=0.1)
        entry = next(entry for entry in heard if 'the disk is on fire' in entry.msg)
        assert entry.level == level     # Log.msg and Python number them alike: 20, 30, 40
        assert 'OSError: smoke' in entry.msg
    finally:
        ours = logging.getLogger('smartcam_bridge')     # as it was, for the tests that follow
        ours.removeHandler(handler)
        ours.setLevel(logging.NOTSET)
        ours.propagate = True
        node.destroy_node()
        rclpy.shutdown()
