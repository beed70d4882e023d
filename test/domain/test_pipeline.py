"""One camera's way in: from decoded boxes to observations, tracks and events."""
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.model import Camera, DETECTION, Detections, EndReason, Source
from smartcam_bridge.domain.pipeline import CameraPipeline, TrackRules
from smartcam_bridge.domain.times import NS

RULES = TrackRules(confirm_hits=2, rejoin_s=2.0, save_s=5.0)
BOX = (320, 240, 0, 64, 48, .9)
ELSEWHERE = (100, 240, 0, 64, 48, .9)


def pipeline(*, size=(640, 480), rules=RULES, waiting_max=3, labels=None):
    return CameraPipeline(Camera(1, 'front', width=size[0], height=size[1]),
                          labels or LabelBook({}), count(1).__next__, lambda: rules,
                          waiting_max=waiting_max)


def message(stamp_s, boxes=(BOX,), *, labels=None, ids=None):
    return Detections(int(stamp_s * NS), 'front', np.array(list(boxes), DETECTION),
                      tuple(labels or ['person'] * len(boxes)),
                      tuple(ids or [str(i) for i in range(len(boxes))]))


def advance(camera, stamp_s, *args, source=Source.TRACKS, received_ns=None, **kwargs):
    """Put in a message, received when it was stamped."""
    return camera.advance(message(stamp_s, *args, **kwargs), source,
                          int(stamp_s * NS) if received_ns is None else received_ns)


def events(outcomes):
    return [(event.type, event.detail['tracker_id']) for outcome in outcomes
            for event in outcome.events if event.type.startswith('track')]


def test_boxes_become_corners_in_the_unit_square():
    observation = advance(pipeline(), 1).observation
    np.testing.assert_allclose(observation.corners, [[.45, .45, .55, .55]], atol=1e-7)
    assert observation.corners.dtype == observation.scores.dtype == np.float32
    assert (observation.stamp_ns, observation.received_ns) == (NS, NS)


def test_boxes_are_clipped_to_the_frame():
    observation = advance(pipeline(), 1, [(0, 0, 0, 64, 48, .9)]).observation
    np.testing.assert_allclose(observation.corners, [[0, 0, .05, .05]], atol=1e-7)


def test_rotated_box_gives_its_upright_hull():
    turned = (320, 240, np.pi / 2, 64, 48, .9)
    corners = advance(pipeline(), 1, [turned]).observation.corners[0] * (640, 480, 640, 480)
    np.testing.assert_allclose(corners, [296, 208, 344, 272], atol=1e-3)


@pytest.mark.parametrize('bad', [
    (np.nan, 240, 0, 64, 48, .9), (320, 240, 0, np.inf, 48, .9), (320, 240, 0, 64, 48, np.nan),
    (320, 240, 0, 0, 48, .9),
    (320, 240, np.nan, 64, 48, .9), (320, 240, 0, 64, -1, .9), (-500, 240, 0, 64, 48, .9)])
def test_a_bad_box_is_counted_and_nothing_else_is_lost(bad):
    camera = pipeline()
    observation = advance(camera, 1, [BOX, bad, BOX], labels=['a', 'b', 'c'],
                          ids=['1', '2', '3']).observation
    assert (observation.labels, observation.ids) == (('a', 'c'), ('1', '3'))
    assert len(observation.corners) == len(observation.track_ids) == 2
    assert camera.tally.boxes_invalid == 1


def test_scores_beyond_one_are_clipped_and_counted():
    camera = pipeline()
    observation = advance(camera, 1, [(320, 240, 0, 64, 48, 97.0)]).observation
    assert observation.scores.tolist() == [1.0] and camera.tally.scores_clipped == 1


def test_boxes_wait_for_the_size_of_the_frame_and_come_in_order():
    camera = pipeline(size=(0, 0))
    assert [advance(camera, stamp).observation for stamp in range(1, 6)] == [None] * 5
    assert (camera.waiting, camera.tally.waited, camera.tally.waiting_dropped) == (3, 5, 2)
    outcomes = camera.resize(640, 480)
    assert [outcome.observation.stamp_ns // NS for outcome in outcomes] == [3, 4, 5]
    assert camera.waiting == 0 and advance(camera, 6).observation is not None


def test_message_without_stamp_takes_the_time_of_receipt():
    camera = pipeline()
    assert advance(camera, 0, received_ns=77).observation.stamp_ns == 77
    assert camera.tally.stamps_zero == 1


def test_track_starts_and_ends_with_events():
    camera = pipeline()
    outcomes = [advance(camera, 1 + .1 * i) for i in range(5)]
    outcomes += [advance(camera, 1.5 + .1 * i, [ELSEWHERE], ids=['other']) for i in range(40)]
    assert events(outcomes) == [
        ('track_started', '0'), ('track_started', 'other'), ('track_ended', '0')]
    ended = next(track for outcome in outcomes for track in outcome.tracks if track.end_reason)
    assert ended.first_ns == NS and ended.last_ns == int(1.4 * NS)
    assert ended.end_reason is EndReason.LOST


@pytest.mark.parametrize('gap_s', [2.1, 60, 40 * 86400])
def test_id_that_comes_back_after_the_track_was_lost_is_another_track(gap_s):
    camera = pipeline()
    outcomes = [advance(camera, stamp) for stamp in (1, 1.5, 1.5 + gap_s, 2 + gap_s)]
    assert events(outcomes) == [('track_started', '0'), ('track_ended', '0'),
                                ('track_started', '0')]
    ids = [int(outcome.observation.track_ids[0]) for outcome in outcomes]
    assert ids == [1, 1, 2, 2]


def test_id_that_comes_back_in_time_is_the_same_track():
    camera = pipeline()
    outcomes = [advance(camera, stamp) for stamp in (1, 1.5, 3.4, 3.5)]
    assert events(outcomes) == [('track_started', '0')]


def test_detections_open_no_tracks_where_they_are_not_to_be_followed():
    camera = pipeline(rules=replace(RULES, track_detections=False))
    outcomes = [advance(camera, 1 + i, source=Source.DETECTIONS) for i in range(5)]
    assert events(outcomes) == [] and not outcomes[-1].observation.track_ids.any()


def test_open_tracks_are_saved_every_so_often_where_they_move():
    camera = pipeline()
    saved = [track.last_ns // NS for stamp in range(1, 20)
             for track in advance(camera, stamp, [(20 * stamp, 240, 0, 64, 48, .9)]).tracks]
    assert saved == [2, 6, 11, 16]     # confirmed, then every five seconds


def test_stream_that_begins_anew_ends_what_was_open():
    camera = pipeline()
    outcomes = [advance(camera, stamp) for stamp in (100, 101, 102, 1, 2, 3)]
    assert events(outcomes) == [('track_started', '0'), ('track_ended', '0'),
                                ('track_started', '0')]
    durations = [track.last_ns - track.first_ns for outcome in outcomes
                 for track in outcome.tracks]
    assert min(durations) >= 0


def test_pause_ends_tracks_with_that_reason():
    camera = pipeline()
    for stamp in (1, 2):
        advance(camera, stamp)
    outcome = camera.close(EndReason.PAUSED)
    assert [track.end_reason for track in outcome.tracks] == [EndReason.PAUSED]
    assert outcome.events[0].as_json() == {
        'type': 'track_ended', 'camera': 'front', 'stamp': '1970-01-01T00:00:02.000000000Z',
        'track': 1, 'tracker_id': '0', 'label': 'person', 'end_reason': 'paused',
        'duration_s': 1.0, 'severity': 'info'}


def test_labels_are_learned_once():
    labels = LabelBook({'person': 4})
    camera = pipeline(labels=labels)
    observation = advance(camera, 1, [BOX] * 3, labels=['dog', 'person', '']).observation
    assert observation.label_ids.tolist() == [5, 4, 6]
    assert labels.take_fresh() == [(5, 'dog'), (6, 'unknown')]
    advance(camera, 2, [BOX], labels=['dog'])
    assert labels.take_fresh() == []


def test_flood_of_labels_ends_in_other(monkeypatch):
    monkeypatch.setattr('smartcam_bridge.domain.labels.LABELS_MAX', 3)
    labels = LabelBook({})
    names, ids = labels.look_up(tuple('abcdea'))
    assert names == ('a', 'b', 'c', 'other', 'other', 'a')
    assert ids.tolist() == [1, 2, 3, 4, 4, 1]
