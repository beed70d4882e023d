import json
import math
import signal

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2')
pytest.importorskip('vision_msgs.msg', reason='needs vision_msgs')
nav_msgs = pytest.importorskip('nav_msgs.msg', reason='needs nav_msgs')
cv2 = pytest.importorskip('cv2', reason='needs OpenCV')
from reading import corners, stamp_ns  # noqa: E402
from sensor_msgs.msg import CameraInfo, CompressedImage, Image  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

SMALL = {'width': 320, 'height': 240, 'objects': 3}


def test_what_arrives_is_the_truth(start_companion, listen, tmp_path):
    cameras, truth_path = ('a', 'b'), tmp_path / 'truth.json'
    listener = listen({f'{c}/{t}': Detection2DArray for c in cameras
                       for t in ('tracks', 'detections')})
    process = start_companion(
        'demo_scene', **SMALL, cameras=list(cameras), rate_hz=50.0, duration_s=3.0,
        wait_for_subscribers=30.0, truth_path=truth_path)
    listener.hear_out(process)
    assert process.returncode == 0
    truth = json.loads(truth_path.read_text())
    for camera in cameras:
        sent = truth['cameras'][camera]
        tracks = listener.got[f'{camera}/tracks']
        assert sent['messages'] == len(tracks) == len(listener.got[f'{camera}/detections']) == 150
        assert sent['boxes'] == sum(len(m.detections) for m in tracks)
        told = {(t['id'], t['label'], when): box for t in sent['tracks']
                for when, box in zip(t['stamps_ns'], t['corners_px'])}
        heard = {(d.id, d.results[0].hypothesis.class_id, stamp_ns(m)): corners(d)
                 for m in tracks for d in m.detections}
        assert told.keys() == heard.keys()
        assert np.allclose([told[k] for k in told], [heard[k] for k in told], atol=0.006)
        for tracked, plain in zip(tracks, listener.got[f'{camera}/detections']):
            assert stamp_ns(tracked) == stamp_ns(plain)
            assert [corners(d) for d in tracked.detections] == [
                corners(d) for d in plain.detections]
            assert {d.id for d in plain.detections} <= {''}


def test_pictures_carry_the_stamps_of_boxes_and_the_told_size(start_companion, listen):
    listener = listen({'a/image/compressed': CompressedImage, 'a/image': Image,
                       'a/tracks': Detection2DArray, 'a/camera_info': CameraInfo})
    process = start_companion('demo_scene', **SMALL, cameras=['a'], frames='both', rate_hz=20.0,
                              frame_hz=10.0, duration_s=3.0, wait_for_subscribers=30.0)
    listener.hear_out(process)
    boxes = {stamp_ns(m) for m in listener.got['a/tracks']}
    for topic in 'a/image/compressed', 'a/image':
        frames = listener.got[topic]
        assert 25 <= len(frames) <= 30
        assert {stamp_ns(m) for m in frames} <= boxes
    jpeg = np.frombuffer(bytes(listener.got['a/image/compressed'][0].data), np.uint8)
    assert cv2.imdecode(jpeg, cv2.IMREAD_COLOR).shape == (240, 320, 3)
    info = listener.got['a/camera_info'][0]
    assert (info.width, info.height) == (320, 240)


def test_it_holds_back_until_somebody_listens(start_companion, listen, tmp_path):
    process = start_companion('demo_scene', **SMALL, cameras=['a'], rate_hz=50.0, duration_s=0.5,
                              wait_for_subscribers=60.0)
    early = listen({'a/camera_info': CameraInfo})
    early.spin_until(lambda: len(early.got['a/camera_info']) >= 2)
    assert process.poll() is None
    listener = listen({'a/tracks': Detection2DArray})
    listener.hear_out(process)
    assert len(listener.got['a/tracks']) == 25


def test_it_begins_without_listeners_when_the_wait_is_over(start_companion, tmp_path):
    process = start_companion('demo_scene', **SMALL, cameras=['a'], rate_hz=50.0, duration_s=0.5,
                              wait_for_subscribers=0.3)
    assert process.wait(120) == 0
    assert 'begins without subscribers of /a/tracks' in (tmp_path / 'demo_scene.log').read_text()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_the_truth_is_written(
        start_companion, listen, tmp_path, number):
    listener = listen({'a/tracks': Detection2DArray})
    process = start_companion('demo_scene', **SMALL, cameras=['a'],
                              truth_path=tmp_path / 'truth.json')
    listener.spin_until(lambda: len(listener.got['a/tracks']) > 10)
    process.send_signal(number)
    listener.hear_out(process)
    assert process.returncode == 0
    assert 'Traceback' not in (tmp_path / 'demo_scene.log').read_text()
    sent = json.loads((tmp_path / 'truth.json').read_text())['cameras']['a']
    assert sent['messages'] >= len(listener.got['a/tracks']) > 10


@pytest.mark.parametrize('parameters, told', [
    ({'objects': -1}, 'objects: the value given is not accepted (whole number, 0 to 1000'),
    ({'frames': 'jpeg'}, "frames: 'jpeg' is not one of"),
    ({'cameras': ['a b']}, "'a b' is not a camera name"),
    ({'cameras': ['a', 'a']}, 'a name stands twice'),
    ({'objects': -1, 'width': 1}, 'width: the value given is not accepted'),
])
def test_a_wrong_parameter_is_named_and_ends_it(start_companion, tmp_path, parameters, told):
    assert start_companion('demo_scene', **parameters).wait(120) == 1
    log = (tmp_path / 'demo_scene.log').read_text()
    assert told in log and 'Traceback' not in log


def test_detections_have_the_faults_asked_for_and_tracks_have_none(
        start_companion, listen, tmp_path):
    truth_path = tmp_path / 'truth.json'
    listener = listen({f'a/{t}': Detection2DArray for t in ('tracks', 'detections')})
    process = start_companion(
        'demo_scene', **SMALL, cameras=['a'], rate_hz=50.0, duration_s=3.0,
        wait_for_subscribers=30.0, truth_path=truth_path, occlusion=True, pillars=2,
        miss_rate=0.3, false_rate=2.0, mislabel_rate=0.1, jitter=0.05)
    listener.hear_out(process)
    sent = json.loads(truth_path.read_text())['cameras']['a']
    tracks, detections = listener.got['a/tracks'], listener.got['a/detections']
    assert {len(m.detections) for m in tracks} == {3}
    assert sent['boxes'] == 450
    assert sent['detected'] == sum(len(m.detections) for m in detections) != 450
    assert [stamp_ns(m) for m in tracks] == [stamp_ns(m) for m in detections]
    assert {d.id for m in detections for d in m.detections} == {''}


@pytest.mark.timeout(240)
def test_a_robot_that_drives_tells_its_poses_and_the_truth_knows_them(
        start_companion, listen, tmp_path):
    truth_path, cameras = tmp_path / 'truth.json', ('front', 'left')
    listener = listen({'place': nav_msgs.Odometry, 'front/tracks': Detection2DArray,
                       'left/tracks': Detection2DArray})
    process = start_companion(
        'demo_scene', width=320, height=240, objects=40, cameras=list(cameras), rate_hz=20.0,
        duration_s=9.5, wait_for_subscribers=30.0, truth_path=truth_path, drives=True,
        pose_topic='place', pose_hz=10.0)
    listener.hear_out(process)
    truth = json.loads(truth_path.read_text())
    robot = dict(zip(truth['robot']['stamps_ns'], truth['robot']['poses']))
    assert truth['robot']['frame'] == 'odom' and len(robot) == 190
    told = {stamp_ns(m): (m.pose.pose.position.x, m.pose.pose.position.y,
                          2 * math.atan2(m.pose.pose.orientation.z, m.pose.pose.orientation.w))
            for m in listener.got['place']}
    assert len(told) == 95 and told.keys() <= robot.keys()
    for stamp, pose in told.items():
        assert pose == pytest.approx(robot[stamp], abs=1e-5)
    assert max(pose[0] for pose in told.values()) == pytest.approx(2.0, abs=0.1)
    assert max(pose[2] for pose in told.values()) > 0.5
    assert any(m.twist.twist.linear.x for m in listener.got['place'])
    objects = {}
    for camera, turn in zip(cameras, (0, math.pi / 2)):
        sent = truth['cameras'][camera]
        heard = {(d.id, stamp_ns(m)): corners(d) for m in listener.got[f'{camera}/tracks']
                 for d in m.detections}
        assert sent['boxes'] == len(heard) > 200
        for track in sent['tracks']:
            objects.setdefault(track['object'], set()).add(camera)
            for stamp, (x, y) in zip(track['stamps_ns'], track['spots_m'], strict=True):
                left, _, right, _ = heard[track['id'], stamp]
                here_x, here_y, yaw = robot[stamp]
                if left > 0 and right < 320:
                    bearing = math.atan2(y - here_y, x - here_x) - yaw - turn
                    focal = 160 / math.tan(math.radians(35))
                    assert (left + right) / 2 == pytest.approx(
                        160 - focal * math.tan(bearing), abs=0.1)
    assert any(len(seen_by) == 2 for seen_by in objects.values())


def heard_faces(listener, camera):
    """Return what was heard of each face: stamp, box -> told id, quality and embedding."""
    faces = {stamp_ns(m): m for m in listener.got[f'{camera}/faces']}
    rows = {stamp_ns(m): m for m in listener.got[f'{camera}/face_embeddings']}
    assert faces.keys() == rows.keys()
    heard = []
    for stamp, message in faces.items():
        image = rows[stamp]
        assert message.header == image.header and image.encoding == '32FC1'
        assert (image.height, image.width, image.step) == (len(message.detections), 512, 2048)
        matrix = np.frombuffer(bytes(image.data), '<f4').reshape(-1, 512)
        heard += [(stamp, face, vector) for face, vector in zip(message.detections, matrix)]
    return heard


@pytest.mark.timeout(240)
def test_faces_come_later_than_their_boxes_and_are_the_truth(start_companion, listen, tmp_path):
    cameras, truth_path = ('a', 'b'), tmp_path / 'truth.json'
    listener = listen({f'{c}/{t}': kind for c in cameras for t, kind in (
        ('tracks', Detection2DArray), ('faces', Detection2DArray), ('face_embeddings', Image))})
    process = start_companion(
        'demo_scene', width=960, height=540, objects=4, cameras=list(cameras), rate_hz=30.0,
        duration_s=6.0, wait_for_subscribers=30.0, truth_path=truth_path, faces=True,
        identities=6, strangers=4, lookalikes=2, face_hz=10.0, face_delay_s=0.3, face_no_id=0.3,
        face_after_s=1.0,
        gallery_path=tmp_path / 'gallery.npz')
    behind = []

    def done():
        for camera in cameras:
            faces, boxes = listener.got[f'{camera}/faces'], listener.got[f'{camera}/tracks']
            if faces and boxes and not (len(behind) and behind[-1][:2] == (camera, len(faces))):
                behind.append((camera, len(faces), stamp_ns(boxes[-1]) - stamp_ns(faces[-1])))
        return process.poll() is not None

    listener.spin_until(done)
    listener.hear_out(process)
    truth = json.loads(truth_path.read_text())['cameras']
    assert np.median([late for *_, late in behind]) > 0.2e9
    with np.load(tmp_path / 'gallery.npz') as gallery:
        names, templates = gallery['names'], gallery['vectors']
    assert len(set(names.tolist())) == 6
    right = []
    for camera in cameras:
        sent, heard = truth[camera], heard_faces(listener, camera)
        boxes_ns = [stamp_ns(m) for m in listener.got[f'{camera}/tracks']]
        faces_ns = [stamp_ns(m) for m in listener.got[f'{camera}/faces']]
        assert len(faces_ns) == 50 and min(faces_ns) - min(boxes_ns) >= 1e9
        people = {t['id']: t.get('person', '') for t in sent['tracks']}
        boxes = {(t['id'], when): box for t in sent['tracks']
                 for when, box in zip(t['stamps_ns'], t['corners_px'])}
        told = {(f['stamp_ns'], *f['corners'][:2]): f for f in sent['faces']}
        assert len(told) == len(heard) > 30
        for stamp, face, vector in heard:
            x1, y1, x2, y2 = corners(face)
            fact = told[stamp, round(x1, 2), round(y1, 2)]
            left, top, right_, bottom = boxes[fact['track'], stamp]
            assert left <= x1 + 0.01 and top <= y1 + 0.01 and x2 <= right_ + 0.01
            assert y2 < top + 0.3 * (bottom - top) + 1
            assert face.id in ('', fact['track']) and face.id == fact['id']
            assert people[fact['track']] == fact['person'] != ''
            quality = {r.hypothesis.class_id: r.hypothesis.score for r in face.results}
            assert list(quality) == ['face', 'size', 'sharpness', 'pose']
            assert [quality[k] for k in list(quality)[1:]] == pytest.approx(
                fact['quality'], abs=1e-4)
            if np.prod(fact['quality']) > 0.3 and not fact['person'].startswith('stranger'):
                right.append(names[(templates @ vector).argmax()] == fact['person'])
    assert len(right) > 20 and np.mean(right) > 0.95


def test_look_alikes_who_cannot_be_are_named_and_end_it(start_companion, tmp_path):
    assert start_companion('demo_scene', faces=True, identities=3, lookalikes=2).wait(120) == 1
    log = (tmp_path / 'demo_scene.log').read_text()
    assert 'lookalikes: 2 pairs' in log and 'Traceback' not in log
