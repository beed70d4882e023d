"""Confirmation: no row, event or sight before enough hits and a good median, and none lost."""
from dataclasses import replace
from statistics import median

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from smartcam_bridge.domain.filters import BoxRules
from smartcam_bridge.domain.model import Camera, EndReason
from streams import box, RULES, Stream

SCORE = st.integers(1, 19).map(lambda twentieths: twentieths / 20)
MARK = 0.5


def believed_at(scores, hits, mark):
    """Say plainly in which message a track is believed: scores by message, None where missed."""
    for i in range(len(scores)):
        seen = scores[:i + 1]
        window = [score or 0 for score in seen][-10:]
        if (scores[i] is not None and sum(s is not None for s in seen) >= hits
                and median(window) >= mark):
            return i
    return None


@settings(max_examples=200, deadline=None)
@given(scores=st.lists(st.none() | SCORE, min_size=1, max_size=15), hits=st.integers(1, 12),
       first=SCORE)
def test_a_track_is_believed_after_enough_hits_with_a_good_median(scores, hits, first):
    scores = [first, *scores]
    stream = Stream(replace(RULES, confirm_hits=hits, boxes=BoxRules(confirm_score=MARK)))
    expected = believed_at(scores, hits, MARK)
    for i, score in enumerate(scores):
        others = {} if score is None else {'a': box(300, 200, score=score)}
        outcome = stream.send(i / 10, others)
        believed = expected is not None and i >= expected
        assert bool(stream.rows()) == bool(stream.events('track_started')) == believed
        assert (outcome.sight is not None) == (believed and score is not None)
    assert len(stream.events('track_started')) <= 1
    if expected is not None:
        started = next(o.tracks[0] for o in stream.outcomes if o.tracks)
        assert started.observations == sum(s is not None for s in scores[:expected + 1])
        assert stream.events('track_started')[0].stamp_ns == started.first_ns


def test_a_track_that_is_believed_stays_so_whatever_its_scores():
    stream = Stream()
    for i in range(60):
        stream.send(i / 10, {'a': box(300, 200, score=.9 if i < 5 else .05)})
    assert len(stream.events('track_started')) == 1 and not stream.events('track_ended')
    assert stream.outcomes[-1].sight is not None


def test_what_was_never_believed_ends_without_a_word_but_is_counted():
    stream = Stream()
    for i in range(30):
        stream.send(i / 10, {'a': box(300, 200, score=.3)})
    for i in range(30, 60):
        stream.send(i / 10, {})
    assert stream.rows() == {} and stream.pipeline.tally.tracks_unconfirmed == 1
    assert all(not event.type.startswith('track') for o in stream.outcomes for event in o.events)


@pytest.mark.parametrize('rules, believed', [
    ('{}', False), ('{"cup": {"confirm_score": 0.2}}', False),
    ('{"person": {"confirm_score": 0.2}}', True), ('{"*": {"confirm_score": 0.2}}', True),
    ('{"*": {"confirm_score": 0.2}, "person": {"confirm_score": 0.6}}', False)])
def test_each_label_of_a_camera_has_its_own_mark(rules, believed):
    stream = Stream(camera=Camera(1, 'front', width=640, height=480, label_rules=rules))
    for i in range(10):
        stream.send(i / 10, {'a': box(300, 200, score=.3)})
    assert bool(stream.rows()) == believed


def test_in_a_crowd_newcomers_are_told_a_moment_later_and_all_of_them():
    stream = Stream()
    crowd = {f'c{i}': box(30 + 60 * (i % 10), 40 + 100 * (i // 10)) for i in range(20)}
    for i in range(40):
        late = {f'n{j}': box(50 + 100 * j, 420) for j in range(5) if i >= 10 + j}
        stream.send(i / 30, crowd | late)
    assert len(stream.events('track_started')) == 25
    assert max(track.observations for track in stream.writes()
               if track.tracker_id.startswith('n')) <= 9


def test_in_a_crowd_the_latest_are_told_before_the_camera_falls_silent():
    stream = Stream()
    crowd = {f'c{i}': box(30 + 30 * i, 100, width=20, height=40) for i in range(18)}
    for i in range(24):
        late = {'late': box(300, 400)} if i >= 21 else {}
        also = {'early': box(100, 400)} if i >= 20 else {}
        stream.send(i / 25, crowd | also | late)
    assert len(stream.events('track_started')) < 20
    stream.keep(stream.pipeline.close(EndReason.CAMERA_OFFLINE))
    kinds = [e.type for e in stream.outcomes[-1].events if e.detail.get('tracker_id') == 'late']
    assert kinds == ['track_started', 'track_ended']
    assert {t.observations for t in stream.rows().values() if t.tracker_id == 'late'} == {3}
