"""What one camera has subscribed at which time, seen from its publishers."""
import struct
import time
import urllib.request

import cv2
import numpy as np
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import reliable, until  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from smartcam_bridge.companions import wire  # noqa: E402
from talking import FakeCamera  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

pytestmark = pytest.mark.timeout(240)
PIXELS = np.full((48, 64, 3), (200, 100, 50), np.uint8)


def jpeg() -> bytes:
    """Return a CompressedImage message."""
    return wire.compressed_image(time.time_ns(), 'lens', cv2.imencode('.jpg', PIXELS)[1].tobytes())


def padded_image() -> bytes:
    """Return an Image message whose rows have 9 bytes more than they need."""
    rows = np.zeros((48, 64 * 3 + 9), np.uint8)
    rows[:, :192] = PIXELS.reshape(48, 192)
    data = bytearray(wire.image(time.time_ns(), 'lens', PIXELS))
    head = data[:len(data) - PIXELS.nbytes - 8]
    return bytes(head + struct.pack('<II', rows.shape[1], rows.nbytes) + rows.tobytes())


def snapshot(bridge, **query: float) -> tuple[np.ndarray, float]:
    """Return a snapshot's BGR pixels and its age in seconds."""
    words = '&'.join(f'{name}={value}' for name, value in query.items())
    request = urllib.request.Request(
        f'{bridge.url}/api/v1/cameras/camera/snapshot.jpg?{words}', headers=bridge.headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        picture = cv2.imdecode(np.frombuffer(answer.read(), np.uint8), cv2.IMREAD_COLOR)
        return picture, float(answer.headers['X-Frame-Age'])


def test_boxes_wait_for_the_frame_size_and_are_stored_then(start_bridge, talker):
    bridge = start_bridge(**reliable(['camera']))
    until(bridge.ready)
    camera = FakeCamera(talker, bridge)     # offers camera_info, and does not tell the size yet
    talker.matched(camera.boxes)
    camera.see(10)
    status = talker.until(lambda: (got := bridge.camera('camera'))['waiting'] >= 10 and got)
    assert (status['width'], status['waiting']) == (0, 10)
    assert any('box messages wait' in problem for problem in status['problems'])
    assert bridge.all('/api/v1/detections') == []
    camera.connect(320, 240)
    detections = talker.until(lambda: len(got := bridge.all('/api/v1/detections')) >= 10 and got)
    assert detections[0]['box'] == pytest.approx([0.1, 0.1, 0.3, 0.5], abs=1e-4)
    status = talker.until(lambda: (got := bridge.camera('camera'))['waiting'] == 0 and got)
    assert (status['width'], status['height'], status['problems']) == (320, 240, [])


def test_too_many_that_wait_are_dropped_oldest_first_and_counted(start_bridge, talker):
    bridge = start_bridge(waiting_max=5, **reliable(['camera']))
    until(bridge.ready)
    camera = FakeCamera(talker, bridge)
    talker.matched(camera.boxes)
    camera.see(12)
    talker.until(lambda: any('7 box messages were dropped' in problem
                             for problem in bridge.camera('camera')['problems']))
    camera.connect()
    stamps = talker.until(lambda: len(got := bridge.all('/api/v1/detections')) == 5 and got)
    assert bridge.camera('camera')['waiting'] in (0, 5)
    assert len(stamps) == 5


@pytest.mark.parametrize('kind, topic, message', [
    (CompressedImage, 'camera/image/compressed', jpeg),
    (Image, 'camera/image', padded_image),
])
def test_without_camera_info_the_first_image_tells_the_size(
        start_bridge, talker, kind, topic, message):
    bridge = start_bridge()
    until(bridge.ready)
    boxes = talker.publisher(Detection2DArray, 'camera/tracks')
    images = talker.publisher(kind, topic, depth=5)
    talker.matched(images)

    def sized() -> bool:
        images.publish(message())
        return bridge.camera('camera')['width'] == 64
    talker.until(sized)
    talker.matched(images, 0)   # nobody watches: it has done its duty
    boxes.publish(wire.detection_array(
        time.time_ns(), 'lens', np.array([[16, 12, 32, 24.0]]), np.ones(1), ('cup',), ('1',)))
    detection, = talker.until(lambda: bridge.all('/api/v1/detections'))
    assert detection['box'] == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=1e-4)


def test_without_either_the_parameters_tell_the_size(start_bridge, talker):
    bridge = start_bridge(frame_width=320, frame_height=240, **reliable(['camera']))
    until(bridge.ready)
    assert bridge.camera('camera')['width'] in (0, 320)     # 0: before the first second
    camera = FakeCamera(talker, bridge)
    talker.matched(camera.boxes)
    camera.see(5)
    detections = talker.until(lambda: len(got := bridge.all('/api/v1/detections')) == 5 and got)
    assert detections[0]['box'] == pytest.approx([0.1, 0.1, 0.3, 0.5], abs=1e-4)


def test_detections_alone_are_stored_without_tracks_where_that_is_wanted(start_bridge, talker):
    bridge = start_bridge(track_detections=False)
    until(bridge.ready)
    camera = FakeCamera(talker, bridge, topic='detections').connect()
    camera.see(10, ids=None)
    detections = talker.until(lambda: len(got := bridge.all('/api/v1/detections')) == 10 and got)
    assert {(d['source'], d['track']) for d in detections} == {('detections', None)}
    assert bridge.all('/api/v1/tracks') == []
    assert talker.until(lambda: bridge.camera('camera')['source']) == 'detections'


def test_detections_alone_are_followed_by_the_built_in_tracker(start_bridge, talker):
    bridge = start_bridge(offline_after_s=0.5)
    until(bridge.ready)
    FakeCamera(talker, bridge, topic='detections').connect().see(10, ids=None)
    track, = talker.until(lambda: bridge.all('/api/v1/tracks', open='false'))
    assert (track['label'], track['observations']) == ('cup', 10)
    assert {d['track'] for d in bridge.all('/api/v1/detections')} == {track['id']}


def test_tracks_supersede_detections_and_detections_come_back(start_bridge, talker):
    bridge = start_bridge(**reliable(['camera'], 'detections'))
    until(bridge.ready)
    plain = FakeCamera(talker, bridge, topic='detections').connect()
    plain.see(5, ids=None)
    talker.until(lambda: len(bridge.all('/api/v1/detections', source='detections')) == 5)
    tracked = FakeCamera(talker, bridge).connect()
    talker.matched(plain.boxes, 0)
    plain.see(5, ids=None)
    tracked.see(5)
    talker.until(lambda: len(bridge.all('/api/v1/detections', source='tracks')) == 5)
    assert talker.until(lambda: bridge.camera('camera')['source'] == 'tracks')
    talker.node.destroy_publisher(tracked.boxes)
    talker.matched(plain.boxes, 1)
    plain.see(5, ids=None)
    talker.until(lambda: len(bridge.all('/api/v1/detections', source='detections')) == 10)


def test_pixels_are_subscribed_only_while_somebody_looks(start_bridge, talker):
    bridge = start_bridge(frame_linger_s=0.5)
    until(bridge.ready)
    images = talker.publisher(CompressedImage, 'camera/image/compressed', depth=5)
    FakeCamera(talker, bridge).connect()
    talker.matched(images, 0)
    for _ in range(2):
        asked_s = time.monotonic()
        looker = talker.aside(lambda: snapshot(bridge, wait=20))
        talker.matched(images)
        talker.until(lambda: images.publish(jpeg()) or looker.done())
        picture, age_s = looker.result()
        assert picture.shape == (48, 64, 3)
        assert np.abs(picture[20, 20].astype(int) - PIXELS[0, 0]).max() < 8
        assert age_s < time.monotonic() - asked_s, 'not the picture of the look before'
        talker.matched(images, 0)
    assert talker.until(lambda: not bridge.camera('camera')['watched'])


def test_raw_pictures_are_shown_whatever_their_step(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    images = talker.publisher(Image, 'camera/image', depth=5)
    FakeCamera(talker, bridge).connect()
    looker = talker.aside(lambda: snapshot(bridge, wait=20))
    talker.until(lambda: images.publish(padded_image()) or looker.done())
    picture, _ = looker.result()
    assert picture.shape == (48, 64, 3)
    assert np.abs(picture[40, 60].astype(int) - PIXELS[0, 0]).max() < 8


def test_a_camera_info_that_changes_its_mind_is_followed(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    camera = FakeCamera(talker, bridge).connect(640, 480)
    camera.see(1)
    camera.connect(320, 240)
    camera.see(1)
    boxes = talker.until(lambda: len(
        got := bridge.all('/api/v1/detections', order='oldest')) == 2 and got)
    assert boxes[0]['box'] == pytest.approx([0.05, 0.05, 0.15, 0.25], abs=1e-4)
    assert boxes[1]['box'] == pytest.approx([0.1, 0.1, 0.3, 0.5], abs=1e-4)
