"""The whole node over DDS, with tiny networks."""
from pathlib import Path
import signal
import sys

import cv2
import numpy as np
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
sys.path.insert(0, str(Path(__file__).parent / 'embedder'))
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402, I100
from reading import corners, stamp_ns  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from smartcam_bridge.companions import wire  # noqa: E402
import tiny_networks  # noqa: E402
from tiny_networks import cosine, DIMENSION, picture  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

FACES, EMBEDDINGS = 'front/faces', 'front/face_embeddings'


@pytest.fixture
def networks(tmp_path):
    paths = {'detector_path': tmp_path / 'detector.onnx',
             'recognizer_path': tmp_path / 'recognizer.onnx'}
    paths['detector_path'].write_bytes(tiny_networks.detector())
    paths['recognizer_path'].write_bytes(tiny_networks.recognizer())
    return paths


class Camera:
    """Publishes pictures, and hears what comes of them."""

    def __init__(self, listener, prefix: str, kind: type) -> None:
        topic = f'{prefix}/image' + ('/compressed' if kind is CompressedImage else '')
        self.publisher = listener._node.create_publisher(kind, topic, 10)
        self._kind = kind

    def send(self, stamp: int, pixels: np.ndarray, frame_id: str = 'lens') -> None:
        if self._kind is CompressedImage:
            form = cv2.imencode('.png', pixels)[1].tobytes()
            self.publisher.publish(wire.compressed_image(stamp, frame_id, form, 'png'))
        else:
            self.publisher.publish(wire.image(stamp, frame_id, pixels))

    def subscribed(self) -> bool:
        return self.publisher.get_subscription_count() > 0


@pytest.fixture
def hear(listen):
    """Return a function that listens to faces and makes a camera."""
    def make(prefix: str = 'front', kind: type = CompressedImage):
        listener = listen({f'{prefix}/faces': Detection2DArray,
                           f'{prefix}/face_embeddings': Image, '/diagnostics': DiagnosticArray})
        return listener, Camera(listener, prefix, kind)
    return make


def vectors(message: Image) -> np.ndarray:
    assert message.encoding == '32FC1' and message.step == 4 * message.width
    return np.frombuffer(bytes(message.data), np.float32).reshape(message.height, message.width)


def counters(listener, prefix: str = 'front') -> dict[str, float]:
    for message in reversed(listener.got['/diagnostics']):
        for status in message.status:
            if status.name == f'face_embedder: {prefix}':
                return {pair.key: float(pair.value) for pair in status.values}
    return {}


@pytest.mark.parametrize('kind', [CompressedImage, Image])
def test_faces_and_embeddings_come_with_the_stamp_of_their_picture(
        networks, start_companion, hear, tmp_path, kind):
    listener, camera = hear(kind=kind)
    process = start_companion('face_embedder', cameras='[front]', rate_hz=100.0, **networks)
    listener.spin_until(camera.subscribed)
    sent = {}
    for number in range(5):
        stamp = 1_700_000_000_000_000_001 + number
        sent[stamp] = {(2, 1 + number): 1, (6, 3): 2} if number else {}
        camera.send(stamp, picture(sent[stamp]))
        listener.spin_until(lambda: len(listener.got[FACES]) == len(sent)
                            == len(listener.got[EMBEDDINGS]))
    for faces, embeddings in zip(listener.got[FACES], listener.got[EMBEDDINGS]):
        assert faces.header == embeddings.header and faces.header.frame_id == 'lens'
        expected = sent[stamp_ns(faces)]
        rows = vectors(embeddings)
        assert len(rows) == len(faces.detections) == len(expected)
        found = {tuple(round(at / 32) for at in corners(face)[:2]): row
                 for face, row in zip(faces.detections, rows)}
        assert found.keys() == expected.keys()
        if expected:
            first, second = (found[cell] for cell in expected)
            assert first.shape == (DIMENSION,) and cosine(first, second) < 0.5
        for face in faces.detections:
            told = {r.hypothesis.class_id: r.hypothesis.score for r in face.results}
            assert list(told) == ['face', 'size', 'sharpness', 'pose'] and face.id == ''
            assert 0.8 < told['face'] <= 1 and told['size'] == pytest.approx(32 / 112, abs=0.01)
            assert 0.5 < told['sharpness'] < 1 and told['pose'] > 0.99
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert 'Traceback' not in (tmp_path / 'face_embedder.log').read_text()


def test_the_newest_picture_counts_and_no_more_than_the_rate(networks, start_companion, hear):
    listener, camera = hear()
    start_companion('face_embedder', cameras='[front]', rate_hz=1.0, **networks)
    listener.spin_until(camera.subscribed)
    pictures, faces = [picture({(n % 10, 1): n}) for n in range(40)], listener.got[FACES]
    camera.send(1, pictures[0])
    listener.spin_until(lambda: faces)
    sent = 1
    while len(faces) < 4:       # one after the other for three seconds
        sent += 1
        camera.send(sent, pictures[sent % 40])
        listener._executor.spin_once(timeout_sec=0.02)
        listener._executor.spin_once(timeout_sec=0.02)
    stamps = [stamp_ns(message) for message in faces]
    assert sent > 20 and stamps == sorted(stamps)
    listener.spin_until(lambda: counters(listener).get('pictures', 0) >= 4)
    told = counters(listener)
    waiting = 1
    assert told['received'] - told['replaced'] - told['pictures'] in (0, waiting)
    assert told['replaced'] > 10 and told['failed'] == told['invalid'] == 0
    # What was looked at was the newest when it was due, not the first that had waited.
    assert all(b - a >= 3 for a, b in zip(stamps[1:], stamps[2:]))


def test_pictures_are_subscribed_only_while_somebody_listens(
        networks, start_companion, listen):
    silent = listen({'/diagnostics': DiagnosticArray})
    camera = Camera(silent, 'front', CompressedImage)
    start_companion('face_embedder', cameras='[front]', **networks)
    silent.spin_until(lambda: len(silent.got['/diagnostics']) >= 3)
    assert not camera.subscribed()
    assert silent.got['/diagnostics'][-1].status[0].message == 'nobody listens to its faces'
    faces = silent._node.create_subscription(Detection2DArray, FACES, lambda message: None, 10)
    silent.spin_until(camera.subscribed)
    silent._node.destroy_subscription(faces)
    silent.spin_until(lambda: not camera.subscribed())


def test_what_is_no_picture_is_counted_and_told_and_the_next_one_is_looked_at(
        networks, start_companion, hear, tmp_path):
    listener, camera = hear()
    process = start_companion('face_embedder', cameras='[front]', rate_hz=100.0, **networks)
    listener.spin_until(camera.subscribed)
    camera.publisher.publish(wire.compressed_image(5, 'lens', b'\xff\xd8\xff no JPEG', 'jpeg'))
    listener.spin_until(lambda: counters(listener).get('failed') == 1)
    camera.send(6, picture({(1, 1): 1}))
    listener.spin_until(lambda: listener.got[FACES])
    assert stamp_ns(listener.got[FACES][0]) == 6
    assert process.poll() is None
    log = (tmp_path / 'face_embedder.log').read_text()
    assert 'front: ' in log and 'JPEG of 11 bytes' in log and 'Traceback' not in log


def test_every_picture_to_enroll_somebody_is_answered(networks, start_companion, hear):
    prefix = 'smartcam_bridge/enroll'
    listener, bridge = hear(prefix)
    start_companion('face_embedder', cameras='["front"]', rate_hz=0.1, **networks)
    listener.spin_until(bridge.subscribed)
    faces, embeddings = listener.got[f'{prefix}/faces'], listener.got[f'{prefix}/face_embeddings']
    for number in range(4):     # at once, whatever the rate
        bridge.send(10 + number, picture({(n, 1): n for n in range(number)}), 'enroll')
    bridge.publisher.publish(wire.compressed_image(20, 'enroll', b'no picture', 'jpeg'))
    listener.spin_until(lambda: len(faces) == len(embeddings) == 5)
    assert [stamp_ns(message) for message in faces] == [10, 11, 12, 13, 20]
    assert [len(message.detections) for message in faces] == [0, 1, 2, 3, 0]
    assert [message.height for message in embeddings] == [0, 1, 2, 3, 0]
    assert {message.header.frame_id for message in [*faces, *embeddings]} == {'enroll'}


def test_several_cameras_are_looked_at_and_each_answers_for_itself(
        networks, start_companion, hear):
    (left_listener, left), (right_listener, right) = hear('left'), hear('right', Image)
    start_companion('face_embedder', cameras='[left, right]', rate_hz=100.0, **networks)
    left_listener.spin_until(lambda: left.subscribed())
    right_listener.spin_until(lambda: right.subscribed())
    left.send(1, picture({(1, 1): 1}))
    right.send(2, picture({(2, 2): 2, (4, 4): 3}))
    left_listener.spin_until(lambda: left_listener.got['left/faces'])
    right_listener.spin_until(lambda: right_listener.got['right/faces'])
    assert len(left_listener.got['left/faces'][0].detections) == 1
    assert len(right_listener.got['right/faces'][0].detections) == 2


@pytest.mark.parametrize('parameters, told', [
    ({'detector_path': '/nowhere/yunet.onnx'},
     "detector_path: '/nowhere/yunet.onnx' cannot be read: No such file or directory"),
    ({'recognizer_path': ''}, 'recognizer_path: name the file of the model'),
    ({'recognizer_path': 'swapped'}, 'is no face recognizer that OpenCV'),
    ({'detector_path': 'swapped'}, 'is no face detector that OpenCV'),
    ({'detector_sha256': 'ab00'}, 'does not have the SHA-256 ab00 that is asked for'),
    ({'cameras': '["a/b"]'}, "'a/b' is not a camera name"),
    ({'detector': 'dlib'}, 'dlib goes with recognizer dlib only'),
])
def test_what_cannot_work_is_told_and_ends_it(
        networks, start_companion, tmp_path, parameters, told):
    other = {'detector_path': 'recognizer_path', 'recognizer_path': 'detector_path'}
    parameters = {name: networks[other[name]] if value == 'swapped' else value
                  for name, value in parameters.items()}
    given = {name: value for name, value in (networks | parameters).items() if value}
    assert start_companion('face_embedder', **given).wait(120) == 1
    log = (tmp_path / 'face_embedder.log').read_text()
    assert told in log and 'Traceback' not in log
