"""Over real DDS: the picture of a track is the frame of exactly the stamp that it claims."""
import json
import sqlite3
import urllib.request
import zlib

import numpy as np
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
cv2 = pytest.importorskip('cv2')
from running import until  # noqa: E402
from smartcam_bridge.companions.picture import Painter  # noqa: E402
from smartcam_bridge.companions.scene import Scene  # noqa: E402
from smartcam_bridge.companions.settings import DemoSettings  # noqa: E402
from smartcam_bridge.domain.times import NS, parse_iso  # noqa: E402
from smartcam_bridge.settings import Settings  # noqa: E402

CAMERA, SIZE, RATE_HZ, DURATION_S, OBJECTS = 'yard', (640, 480), 10.0, 20.0, 5
LONG_ENOUGH = 15        # observations


class TrueFrames:
    """What demo_scene painted, step by step, as it encoded it."""

    def __init__(self) -> None:
        seed = zlib.crc32(CAMERA.encode()) ^ DemoSettings().seed
        size = {'width': SIZE[0], 'height': SIZE[1]}
        scene = Scene(seed=seed, objects=OBJECTS, rate_hz=RATE_HZ,
                      steps=round(RATE_HZ * DURATION_S), **size)
        painter = Painter(caption=CAMERA, hue=seed % 997 / 997, **size)
        self.pictures = [painter.paint(scene.advance(), f'{step / RATE_HZ:.2f} s').copy()
                         for step in range(round(RATE_HZ * DURATION_S))]

    def jpeg(self, step: int) -> bytes:
        """Return what was published at a step."""
        return encode(self.pictures[step], DemoSettings().jpeg_quality)


def picture(bridge, track: int, name: str) -> bytes:
    """Return a picture of a track."""
    request = urllib.request.Request(f'{bridge.url}/api/v1/tracks/{track}/{name}.jpg',
                                     headers=bridge.headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


@pytest.mark.timeout(400)
@pytest.mark.parametrize('frames', ['compressed', 'raw'])
def test_every_track_of_some_length_has_the_picture_of_its_stamp(
        start, start_bridge, tmp_path, frames):
    bridge = start_bridge(cameras=[CAMERA], shot_crop_px=640)
    until(bridge.ready)
    scene = start('demo_scene', cameras=[CAMERA], rate_hz=RATE_HZ, frame_hz=RATE_HZ,
                  duration_s=DURATION_S, objects=OBJECTS, width=SIZE[0], height=SIZE[1],
                  frames=frames, wait_for_subscribers=30.0, truth_path=tmp_path / 'truth.json')
    until(lambda: scene.process.poll() is not None, lambda: scene.log, deadline_s=180)
    until(lambda: not bridge.get('/api/v1/tracks', open='true')['items'])
    until(lambda: not bridge.get('/api/v1/system/stats')['shots']['waiting'])
    sent = json.loads((tmp_path / 'truth.json').read_text())['cameras'][CAMERA]
    boxes = {t['id']: dict(zip(t['stamps_ns'], t['corners_px'])) for t in sent['tracks']}
    start_ns = min(stamp for stamps in boxes.values() for stamp in stamps)
    true, shown = TrueFrames(), 0
    for track in bridge.all('/api/v1/tracks'):
        images_come = parse_iso(track['last']) > start_ns + 5 * NS
        if track['observations'] < LONG_ENOUGH or not images_come:
            continue
        assert track['thumbnail'] == f'/api/v1/tracks/{track["id"]}/thumbnail.jpg', track
        shot, whole, thumbnail = shown_of(bridge, track['id'])
        stamp_ns = parse_iso(shot['stamp'])
        step = round((stamp_ns - start_ns) * RATE_HZ / NS)
        assert (shot['width'], shot['height']) == SIZE
        assert np.abs(np.multiply(shot['box'], SIZE * 2)
                      - boxes[track['tracker_id']][stamp_ns]).max() <= 0.5
        if frames == 'compressed':
            assert whole == true.jpeg(step)
        assert nearest(read(whole), true.pictures, step) == step
        x, y, width, height = (shot['crop'][name] for name in ('x', 'y', 'width', 'height'))
        assert thumbnail == encode(read(whole)[y:y + height, x:x + width],
                                   Settings().shot_quality)
        shown += 1
    assert shown >= 5
    bridge.stop()
    check_files(bridge)


def shown_of(bridge, track: int) -> tuple[dict, bytes, bytes]:
    """Return what is told of a track's shot, its frame and its thumbnail, all of the same one."""
    while True:     # a better one may still be on its way to the store
        shot = bridge.get(f'/api/v1/tracks/{track}')['shot']
        pictures = picture(bridge, track, 'frame'), picture(bridge, track, 'thumbnail')
        if bridge.get(f'/api/v1/tracks/{track}')['shot'] == shot:
            return shot, *pictures


def read(jpeg: bytes) -> np.ndarray:
    """Decode a JPEG."""
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def nearest(picture: np.ndarray, pictures: list[np.ndarray], about: int) -> int:
    """Return which of the pictures around a step it is."""
    return min(range(max(0, about - 3), min(about + 4, len(pictures))),
               key=lambda step: apart(picture, pictures[step]))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return by how much two pictures differ in the mean."""
    return float(np.abs(one.astype(int) - other).mean())


def encode(picture: np.ndarray, quality: int) -> bytes:
    """Encode a JPEG."""
    return cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def check_files(bridge) -> None:
    """See that rows and files are the same set, and that every event of a shot is in its life."""
    connection = sqlite3.connect(bridge.database)
    rows = connection.execute('SELECT path, bytes FROM media WHERE NOT doomed').fetchall()
    files = {(str(path.relative_to(bridge.data_dir / 'media')), path.stat().st_size)
             for path in (bridge.data_dir / 'media').rglob('*') if path.is_file()}
    assert set(rows) == files
    kinds = {}
    for track, kind in connection.execute(
            "SELECT track_id, type FROM events WHERE type LIKE 'track_%' ORDER BY id"):
        kinds.setdefault(track, []).append(kind)
    for told in kinds.values():
        assert told[0] == 'track_started'
        assert told.index('track_ended') == len(told) - 1
    assert any('track_updated' in told for told in kinds.values())
    connection.close()
