"""From faces on topics to names on topics, over real DDS; and what is not subscribed when."""
import json
import time
from typing import Any

import numpy as np
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import until  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from smartcam_bridge.companions import wire  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from talking import BOX, FakeCamera, Talker  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

pytestmark = pytest.mark.timeout(240)
FACE = np.array([[48.0, 30, 80, 62]])     # at the top of talking.BOX
QUALITY = np.array([[0.9, 0.8, 0.9]])
DIMENSION = 128


def face(who: int, take: int = 0) -> np.ndarray:
    """Return the embedding of somebody's face, (1, d)."""
    one = np.random.default_rng(who).normal(size=DIMENSION)
    return (one + 0.5 * np.random.default_rng([who, take]).normal(size=DIMENSION))[None]


class FaceCamera(FakeCamera):
    """A camera with a face detector and an embedder, on topics of whatever name."""

    def __init__(self, talker: Talker, bridge: Any, faces: str = 'camera/faces',
                 embeddings: str = 'camera/face_embeddings') -> None:
        super().__init__(talker, bridge)
        self.faces = talker.publisher(Detection2DArray, faces)
        self.embeddings = talker.publisher(Image, embeddings)

    def connect(self, width: int = 640, height: int = 480) -> 'FaceCamera':
        self._talker.matched(self.faces)
        self._talker.matched(self.embeddings)
        return super().connect(width, height)

    def show(self, vectors: np.ndarray | None, *, faces: bool = True) -> None:
        """Let the face be seen once, with its embedding; None: without."""
        self.see(1)
        stamp_ns = self.sent[-1]
        if vectors is not None:     # first: either order will do
            self.embeddings.publish(wire.embeddings(stamp_ns, 'lens', vectors))
        if faces:
            self.faces.publish(wire.face_array(stamp_ns, 'lens', FACE, np.array([0.95]), QUALITY,
                                               ('7',)))


def enroll(bridge: Any, name: str, who: int) -> int:
    """Add a person with a template over REST; return the number."""
    status, person = bridge.request('POST', '/api/v1/people', {'name': name, 'consent': 'given'})
    assert status == 201, person
    status, answer = bridge.request('POST', f'/api/v1/people/{person["id"]}/templates', {
        'vector': face(who, 1000)[0].tolist()})
    assert status == 201, answer
    return person['id']


def faces_of(bridge: Any) -> dict[str, Any]:
    """Return what the camera's status says of faces."""
    return bridge.camera('camera')['faces'] or {'counters': {}, 'received': 0}


def test_who_is_enrolled_is_named_on_every_outlet(start_bridge, talker):
    bridge = start_bridge()
    until(bridge.ready)
    ada = enroll(bridge, 'Ada', 1)
    enroll(bridge, 'Bob', 2)
    camera = FaceCamera(talker, bridge).connect()
    events = talker.collect(String, '/smartcam_bridge/events')
    identities = talker.collect(Detection2DArray, '/smartcam_bridge/camera/identities')
    takes = iter(range(1000))

    def named() -> bool:
        camera.show(face(1, next(takes)))
        return identities
    talker.until(named)

    track, = talker.until(lambda: bridge.all('/api/v1/tracks', person=ada))
    assert track['identity']['person'] == {'id': ada, 'name': 'Ada'}
    told, = talker.until(lambda: [
        event for event in map(json.loads, (message.data for message in events))
        if event['type'] == 'person_identified'])
    assert (told['person'], told['track']) == ({'id': ada, 'name': 'Ada'}, track['id'])
    message = identities[0]
    stamp_ns = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
    assert stamp_ns in camera.sent and message.header.frame_id == 'lens'
    detection, = message.detections
    assert detection.id == str(track['id'])
    hypothesis = detection.results[0].hypothesis
    assert hypothesis.class_id == str(ada) and 0.5 < hypothesis.score <= 1
    centre = detection.bbox.center.position
    assert [centre.x, centre.y, detection.bbox.size_x, detection.bbox.size_y] == pytest.approx(
        [BOX[0, [0, 2]].mean(), BOX[0, [1, 3]].mean(), BOX[0, 2] - BOX[0, 0],
         BOX[0, 3] - BOX[0, 1]], abs=0.01)
    status = talker.until(lambda: (got := faces_of(bridge))['counters'].get('compared', 0) > 2
                          and got)
    assert (status['state'], status['model']) == ('on', 'sface')
    assert status['received'] >= status['counters']['paired'] > 0
    recognition = talker.until(lambda: (
        got := bridge.get('/api/v1/system/stats')['recognition'])['counters'].get('known') and got)
    assert recognition['people'] == recognition['galleries']['sface']['templates'] == 2
    assert recognition['counters']['compared'] > 2 and recognition['match_p50_ms'] > 0


def test_what_is_hostile_or_alone_is_counted_and_does_no_harm(start_bridge, talker):
    bridge = start_bridge(face_pair_wait_s=1.5)     # pairs meet in it on a busy machine too
    until(bridge.ready)
    enroll(bridge, 'Ada', 1)
    camera = FaceCamera(talker, bridge).connect()
    camera.see(5)
    camera.embeddings.publish(wire.image(1, 'lens', np.zeros((2, 3, 3), np.uint8)))
    camera.embeddings.publish(b'\0\1\0\0' + bytes(range(60)))
    camera.faces.publish(b'\0\1\0\0\xff')
    camera.show(np.full((1, DIMENSION), np.nan))
    camera.show(np.zeros((1, DIMENSION)))
    camera.show(np.ones((1, 64)))
    camera.show(np.ones((3, DIMENSION)))
    camera.show(None)
    camera.show(face(1), faces=False)
    expected = {'not_finite': 1, 'no_length': 1, 'wrong_dimension': 1, 'mismatched': 1,
                'unpaired_faces': 1, 'unpaired_embeddings': 1}
    talker.until(lambda: expected.items() <= faces_of(bridge)['counters'].items(),
                 lambda: f'{faces_of(bridge)}')
    status = talker.until(lambda: (got := bridge.camera('camera'))['invalid'] == 3 and got)
    assert any('NaN' in problem for problem in status['problems'])
    takes = iter(range(1000))
    talker.until(lambda: camera.show(face(1, next(takes))) or any(
        track['identity'] and track['identity']['person']
        for track in bridge.all('/api/v1/tracks')))


def test_faces_without_embeddings_are_complained_of(start_bridge, talker):
    bridge = start_bridge(face_pair_wait_s=0.2)
    until(bridge.ready)
    camera = FaceCamera(talker, bridge).connect()

    def said() -> bool:
        camera.show(None)
        return any('but no embeddings on' in problem
                   for problem in bridge.camera('camera')['problems'])
    talker.until(said)


def test_with_recognition_off_nothing_is_subscribed(start_bridge, talker):
    bridge = start_bridge(recognition=False)
    until(bridge.ready)
    camera = FaceCamera(talker, bridge, 'elsewhere/faces', 'elsewhere/vectors')
    assert bridge.request('PATCH', '/api/v1/cameras/camera', {
        'faces_topic': '/elsewhere/faces', 'embeddings_topic': '/elsewhere/vectors'})[0] == 200
    talker.until(lambda: faces_of(bridge).get('state') == 'off')
    talker.settle(camera.boxes)
    assert camera.faces.get_subscription_count() == camera.embeddings.get_subscription_count() == 0
    talker.set_parameters(recognition=True)
    camera.connect()
    assert bridge.request('PATCH', '/api/v1/cameras/camera', {
        'recognition': {'enabled': False}})[0] == 200
    talker.matched(camera.faces, 0)
    talker.matched(camera.embeddings, 0)
    weekday = time.strftime('%a', time.gmtime(time.time() + 3 * 86400)).lower()
    assert bridge.request('PATCH', '/api/v1/cameras/camera', {'recognition': {
        'schedule': [{'days': [weekday], 'from': '00:00', 'to': '24:00'}]}})[0] == 200
    talker.until(lambda: faces_of(bridge).get('state') == 'closed')
    assert camera.faces.get_subscription_count() == 0
