import functools
import http.server
import threading

import numpy as np
import pytest

cv2 = pytest.importorskip('cv2', reason='needs OpenCV')
from smartcam_bridge.companions.capture import (  # noqa: E402
    file_frames, is_live, LiveCapture, shown, SourceError)

MS = 1_000_000


@pytest.fixture
def film(tmp_path):
    """Return the path of ten pictures at 20 Hz, each brighter than the one before."""
    path = str(tmp_path / 'film.avi')
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 20.0, (64, 48))
    for i in range(10):
        writer.write(np.full((48, 64, 3), 20 * i, np.uint8))
    writer.release()
    return path


def test_a_file_gives_every_picture_with_its_time(film):
    frames = list(file_frames(film, loop=False))
    assert [round(pixels.mean() / 20) for pixels, _ in frames] == list(range(10))
    assert [time_ns for _, time_ns in frames] == [i * 50 * MS for i in range(10)]


def test_a_looped_file_begins_again_and_its_time_goes_on(film):
    frames = file_frames(film, loop=True)
    got = [next(frames) for _ in range(35)]
    assert [round(pixels.mean() / 20) for pixels, _ in got] == [i % 10 for i in range(35)]
    assert [time_ns for _, time_ns in got] == [i * 50 * MS for i in range(35)]


@pytest.mark.parametrize('content, told', [(None, 'there is no file'), (b'', 'no picture in'),
                                           (b'not a film' * 99, 'no picture in')])
@pytest.mark.parametrize('loop', [False, True])
def test_a_file_without_pictures_is_an_error(tmp_path, content, told, loop):
    path = tmp_path / 'film.mp4'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=told):
        next(file_frames(str(path), loop=loop))


@pytest.mark.parametrize('source, live', [
    ('0', True), ('12', True), ('/dev/video0', True), ('rtsp://10.0.0.1/a', True),
    ('http://host/a.mjpg', True), ('film.mp4', False), ('/tmp/0', False), ('0.mp4', False)])
def test_is_live(source, live):
    assert is_live(source) is live


def test_a_password_is_not_shown():
    assert shown('rtsp://me:p:ss@10.0.0.1/a') == 'rtsp://me:***@10.0.0.1/a'
    assert shown('rtsp://10.0.0.1/a@b') == 'rtsp://10.0.0.1/a@b'
    assert shown('film.mp4') == 'film.mp4'


def test_a_live_source_that_ends_is_told_and_reached_again(film, tmp_path):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ('127.0.0.1', 0), functools.partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, name='film server', daemon=True).start()
    lost, reached_again = [], threading.Event()

    def log(line):
        lost.append(line)
        if len(lost) == 2:
            reached_again.set()

    capture = LiveCapture(f'http://me:secret@127.0.0.1:{server.server_port}/film.avi', log)
    capture.start()
    try:
        assert capture.newest(30).shape == (48, 64, 3)
        assert reached_again.wait(120)
        assert capture.newest(30) is not None
    finally:
        capture.close()
        server.shutdown()
        server.server_close()
    assert 'lost; tries again in 0.5 s' in lost[1] and 'secret' not in lost[1]
    assert capture.skipped > 0


def test_a_live_source_that_is_not_there_is_tried_with_growing_pauses():
    told = []
    twice = threading.Event()

    def log(line):
        told.append(line)
        if len(told) == 2:
            twice.set()

    capture = LiveCapture('http://127.0.0.1:9/film.avi', log)   # the discard port: closed
    capture.start()
    assert twice.wait(120)
    capture.close()
    assert capture.newest(0) is None
    assert 'not reached; tries again in 1 s' in told[0]
    assert 'not reached; tries again in 2 s' in told[1]
