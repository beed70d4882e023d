"""kill -9 while people are recognised: who is enrolled stays, and is named again."""
import signal
import sqlite3

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
pytest.importorskip('cv2', reason='needs OpenCV')
from running import until  # noqa: E402
from seen_people import enroll_all, tracks_sent  # noqa: E402
from smartcam_bridge.companions.demo_people import MODEL  # noqa: E402

CAMERAS = ['front', 'rear']
PEOPLE = {'identities': 8, 'strangers': 2}
SCENE = {'cameras': CAMERAS, 'objects': 5, 'width': 1280, 'height': 720, 'rate_hz': 15.0,
         'boxes': 'tracks', 'faces': True, 'face_hz': 5.0}


def named(bridge, **query):
    """Return the tracks that have a name: (camera, tracker id) -> (track id, name)."""
    return {(track['camera'], track['tracker_id']): (track['id'], track['identity']['person'])
            for track in bridge.all('/api/v1/tracks', verdict='known', **query)}


@pytest.mark.timeout(240)
def test_after_a_kill_people_are_there_and_are_named_again(start, start_bridge, tmp_path):
    killed = start_bridge(cameras=CAMERAS, face_model=MODEL)
    until(killed.ready)
    names = enroll_all(killed, tmp_path, **PEOPLE)
    scene = start('demo_scene', **SCENE, **PEOPLE, truth_path=tmp_path / 'truth.json')
    until(lambda: len(named(killed)) >= 5, lambda: named(killed))
    before = named(killed)
    killed.process.kill()
    killed.process.wait(60)

    again = start_bridge(cameras=CAMERAS, face_model=MODEL)
    until(again.ready)
    with sqlite3.connect(again.database) as connection:
        assert connection.execute('PRAGMA integrity_check').fetchall() == [('ok',)]
    assert {p['id']: p['name'] for p in again.all('/api/v1/people')} == names
    kept = named(again)
    assert {key: kept[key] for key in before} == before     # told, so it was committed
    last = max(number for number, _ in kept.values())
    new = until(lambda: len(found := {
        key: track for key, track in named(again).items() if track[0] > last}) >= 5 and found)
    scene.stop(signal.SIGINT)
    truth = tracks_sent(tmp_path / 'truth.json')
    for key, (_, person) in (before | new).items():
        assert person == {'id': person['id'], 'name': truth[key].person}
    strangers = again.all('/api/v1/strangers')
    assert len({stranger['id'] for stranger in strangers}) == len(strangers)
