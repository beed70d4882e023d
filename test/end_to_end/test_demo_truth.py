"""A minute of four cameras at 30 Hz with ten objects each: nothing is lost, all is right."""
import json

import numpy as np
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import reliable, until  # noqa: E402
from smartcam_bridge.domain.times import NS, parse_iso  # noqa: E402

CAMERAS = ['front', 'rear', 'left', 'right']
RATE_HZ, DURATION_S, OBJECTS = 30.0, 60.0, 10
MESSAGES = round(RATE_HZ * DURATION_S)


def boxes(bridge, camera: str) -> dict[tuple[int, int], list[float]]:
    """Return every stored box of a camera by (track, stamp), paged through the API."""
    found = bridge.all('/api/v1/detections', camera=camera, order='oldest')
    assert {d['source'] for d in found} == {'tracks'}
    by_key = {(d['track'], parse_iso(d['stamp'])): d['box'] for d in found}
    assert len(by_key) == len(found)
    return by_key


@pytest.mark.timeout(500)
def test_nothing_is_lost_and_every_track_is_the_truth(start, start_bridge, watch, tmp_path):
    bridge = start_bridge(cameras=CAMERAS, **reliable(CAMERAS))
    until(bridge.ready)
    watch(bridge).websocket(topics=['boxes', 'tracks', 'status'])
    scene = start('demo_scene', cameras=CAMERAS, rate_hz=RATE_HZ, duration_s=DURATION_S,
                  objects=OBJECTS, wait_for_subscribers=30.0, truth_path=tmp_path / 'truth.json')
    until(lambda: scene.process.poll() is not None, lambda: scene.log, deadline_s=250)
    truth = json.loads((tmp_path / 'truth.json').read_text())['cameras']
    assert [truth[camera]['messages'] for camera in CAMERAS] == [MESSAGES] * 4
    until(lambda: not bridge.get('/api/v1/tracks', open='true')['items'])
    recorder = bridge.get('/api/v1/system/stats')['recorder']
    assert recorder['recorded'] == 4 * MESSAGES
    assert recorder['thinned'] == recorder['dropped'] == recorder['refused'] == 0
    for camera in CAMERAS:
        sent = truth[camera]
        status = bridge.camera(camera)
        assert (status['received'], status['boxes_lost'], status['invalid']) == (MESSAGES, 0, 0)
        tracks = {t['tracker_id']: t for t in bridge.all('/api/v1/tracks', camera=camera)}
        assert tracks.keys() == {t['id'] for t in sent['tracks']}
        stored = boxes(bridge, camera)
        assert len(stored) == sent['boxes'] >= 0.99 * MESSAGES * OBJECTS
        size = [sent['width'], sent['height']] * 2
        for track in sent['tracks']:
            told = tracks[track['id']]
            assert (told['label'], told['observations']) == (
                track['label'], track['observations'])
            for stamp, real_ns in ((told['first'], track['first_ns']),
                                   (told['last'], track['last_ns'])):
                assert abs(parse_iso(stamp) - real_ns) < NS / RATE_HZ
            mine = [stored[told['id'], when] for when in track['stamps_ns']]
            assert np.abs(np.multiply(mine, size) - track['corners_px']).max() <= 0.5
