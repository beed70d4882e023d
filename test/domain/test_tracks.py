"""One target, one track: gaps, other ids, reused ids, jumps, labels, ends."""
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest
from smartcam_bridge.domain import tracks as module
from smartcam_bridge.domain.model import EndReason, Source
from smartcam_bridge.domain.times import NS
from streams import BEGIN_NS, box, RULES, Stream

HZ = 10


def turning(at_s):
    """Walk to and fro across the frame at 60 px/s."""
    return 60 + abs((60 * at_s) % 1040 - 520), 240


@settings(max_examples=200, deadline=None)
@given(gap=st.integers(1, 19), after=st.integers(10, 40), same_id=st.booleans(),
       speed=st.floats(-40, 40), jitter=st.integers(0, 1000))
def test_a_gap_shorter_than_rejoin_s_makes_one_track(gap, after, same_id, speed, jitter):
    rng, stream = np.random.default_rng(jitter), Stream()
    for i in (*range(after), *range(after + gap, after + gap + 10)):
        x, y = 320 + speed * (i - 25) / HZ + rng.uniform(-2, 2), 240 + rng.uniform(-2, 2)
        tracker_id = 'a' if same_id or i < after else 'b'
        stream.send(i / HZ, {tracker_id: box(x, y)})
        stream.send(i / HZ + .05, {tracker_id: box(x + speed / 20, y)})
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    track, = stream.rows().values()
    assert track.observations == 2 * (after + 10) and track.end_reason is EndReason.PAUSED
    assert len(stream.events('track_started')) == len(stream.events('track_ended')) == 1


def test_200_random_gaps_with_new_ids_or_old_make_one_track():
    rng, stream, at_s, number = np.random.default_rng(7), Stream(), 0.0, 0
    for _ in range(200):
        for _ in range(rng.integers(3, 12)):
            stream.send(at_s, {f'id{number}': box(*turning(at_s))})
            at_s += 1 / HZ
        number += int(rng.integers(0, 2))
        turn_s = 520 / 60   # where it turned round, nobody could know where it comes out
        gap_s = rng.uniform(.1, 1.85)
        if int((at_s - 1.2) / turn_s) == int((at_s + gap_s) / turn_s):
            at_s += gap_s
    assert {int(o.observation.track_ids[0]) for o in stream.outcomes if o.observation} == {1}
    assert len(stream.events('track_started')) == 1 and not stream.events('track_ended')


def test_another_label_or_another_place_is_another_track():
    for other in (box(300, 240) + ('dog',), box(400, 240)):
        stream = Stream()
        for i in range(10):
            stream.send(i / HZ, {'a': box(300, 240)})
        for i in range(15, 25):
            stream.send(i / HZ, {'b': other})
        assert len(stream.events('track_started')) == 2


@pytest.mark.parametrize('gap', [1, 3])
def test_who_comes_in_where_another_just_left_is_somebody_else(gap):
    stream = Stream()
    for i in range(-40, 41):    # out of the frame at the right, 8 px a message
        left = 640 - 8 * abs(i)
        if abs(i) >= gap:
            width = min(60, 640 - left)
            stream.send(i / HZ, {'out' if i < 0 else 'in': box(left + width / 2, 240,
                                                               width=width)})
    assert len(stream.events('track_started')) == 2 and stream.pipeline.tally.tracks_rejoined == 0


def test_a_target_that_is_still_there_is_not_continued_by_its_neighbour():
    stream = Stream()
    for i in range(20):
        stream.send(i / HZ, {'a': box(300, 240)} | ({'b': box(305, 240)} if i > 8 else {}))
    assert len(stream.events('track_started')) == 2 and stream.pipeline.tally.tracks_rejoined == 0


@pytest.mark.parametrize('gap_s', [2.05, 2.3, 60.0, 90000.0])
def test_an_id_reused_after_its_track_ended_is_a_new_track(gap_s):
    stream = Stream()
    for begin in (0, .9 + gap_s):
        for i in range(10):
            stream.send(begin + i / HZ, {'a': box(300, 240)})
    first, second = stream.events('track_started')
    ended, = stream.events('track_ended')
    assert first.track_id == ended.track_id != second.track_id
    assert ended.stamp_ns == BEGIN_NS + int(.9 * NS) and ended.detail['end_reason'] == 'lost'


def test_an_id_reused_while_others_are_seen_is_a_new_track_to_the_moment():
    stream = Stream()
    for i in range(60):
        seen = {'x': box(500, 100)} | ({'a': box(100, 240)} if i < 10 or i >= 31 else {})
        stream.send(i / HZ, seen)       # 'a': away from 0.9 s to 3.1 s
    assert [e.detail['tracker_id'] for e in stream.events('track_started')] == ['a', 'x', 'a'] or (
        [e.detail['tracker_id'] for e in stream.events('track_started')] == ['x', 'a', 'a'])
    assert len(stream.events('track_ended')) == 1


@settings(max_examples=100, deadline=None)
@given(hz=st.sampled_from([2, 5, 10, 30]), share=st.floats(.55, .75))
def test_an_id_that_jumps_across_the_frame_is_two_targets(hz, share):
    stream = Stream()
    for i in range(20):
        stream.send(i / hz, {'a': box(60 + (800 * share if i >= 10 else 0), 240)})
    started = stream.events('track_started')
    assert len(started) == 2 and stream.pipeline.tally.ids_jumped == 1
    places = [row.path['x'] for row in stream.rows().values()]
    assert all(np.ptp(x) < .01 for x in places)


def test_ids_that_swap_their_targets_are_put_right():
    stream = Stream()
    left, right = box(80, 240), box(560, 240)
    for i in range(20):
        a, b = (left, right) if i < 10 else (right, left)
        stream.send(i / HZ, {'a': a, 'b': b})
    assert [o.observation.track_ids.tolist() for o in stream.outcomes[8:12]] == [
        [1, 2], [1, 2], [2, 1], [2, 1]]


@pytest.mark.parametrize('hz', [2, 5, 30])
def test_a_fast_target_is_no_jump(hz):
    stream = Stream()
    for i in range(int(1.2 * hz) + 3):      # 400 px/s: half the diagonal a second
        stream.send(i / hz, {'a': box(min(40 + 400 * i / hz, 600), 240)})
    assert len(stream.events('track_started')) == 1 and stream.pipeline.tally.ids_jumped == 0


def test_label_is_by_weighted_vote_and_its_changes_are_recorded():
    stream, says = Stream(replace(RULES, save_s=.5)), ['person'] * 10 + ['dog'] * 60
    for i, label in enumerate(says):
        stream.send(i / HZ, {'a': box(300 + 2 * i, 240, score=.8) + (label,)})
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    track, = stream.rows().values()
    person, dog = stream.labels.look_up(('person', 'dog'))[1].tolist()
    assert track.label_id == dog
    assert track.label_changes == ((BEGIN_NS, person), (BEGIN_NS + 2 * NS, dog))


def test_changed_labels_are_told_now_and_then_only():
    stream = Stream()
    for i in range(600):        # the lead changes about twice a second
        stream.send(i / HZ, {'a': box(300, 240) + (('person', 'dog')[(i // 3) % 2],)})
    told = stream.events('track_updated')
    labels = [e.detail for e in told if e.detail['change'] == 'label']
    assert all(detail['from'] != detail['to'] for detail in labels) and len(labels) <= 6


@settings(max_examples=100, deadline=None)
@given(scores=st.lists(st.integers(50, 100), min_size=3, max_size=60))
def test_scores_top_mean_median_and_last(scores):
    stream = Stream()
    for i, score in enumerate(scores):
        stream.send(i / HZ, {'a': box(300, 240, score=score / 100)})
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    track, = stream.rows().values()
    values = np.array(scores) / 100
    assert (track.score_top, track.score_mean, track.score_median, track.score_last) == (
        pytest.approx(values.max()), pytest.approx(values.mean()),
        pytest.approx(np.median(values)), pytest.approx(values[-1]))


@pytest.mark.parametrize('last, reason', [
    (box(300, 240), EndReason.LOST), (box(625, 240), EndReason.LEFT),
    (box(10, 240), EndReason.LEFT), (box(300, 430), EndReason.LEFT)])
def test_a_track_ends_at_its_last_observation_as_left_or_lost(last, reason):
    stream = Stream()
    for i in range(10):
        stream.send(i / HZ, {'a': last})
    for i in range(10, 40):
        stream.send(i / HZ, {})
    track, = stream.rows().values()
    assert (track.end_reason, track.last_ns) == (reason, BEGIN_NS + int(.9 * NS))
    assert stream.events('track_ended')[0].stamp_ns == track.last_ns


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(
    st.dictionaries(st.sampled_from('abcde'), st.sampled_from([100, 300, 500]), max_size=4),
    st.sampled_from([.1, .1, .1, .5, 1.9, 2.5, 30.0])), max_size=40),
    st.sampled_from([EndReason.PAUSED, EndReason.RESTART]))
def test_whatever_comes_each_track_starts_once_and_ends_once(messages, reason):
    stream, at_s = Stream(), 0.0
    for seen, gap_s in messages:
        at_s += gap_s
        stream.send(at_s, {name: box(x, 60 + 70 * 'abcde'.index(name), height=60)
                           for name, x in seen.items()})
        if gap_s > 3:
            stream.tick(at_s)
    stream.keep(stream.pipeline.close(reason))
    stream.keep(stream.pipeline.close(reason))
    started = [event.track_id for event in stream.events('track_started')]
    ended = [event.track_id for event in stream.events('track_ended')]
    assert sorted(started) == sorted(ended) == sorted(stream.rows()) == sorted(set(started))
    assert all(event.detail['duration_s'] >= 0 for event in stream.events('track_ended'))
    assert all(track.end_reason and track.first_ns <= track.last_ns
               for track in stream.rows().values())
    seen = [int(i) for o in stream.outcomes if o.observation for i in o.observation.track_ids]
    for track in stream.rows().values():
        assert track.observations == seen.count(track.id)
    order = [(e.type, e.track_id) for o in stream.outcomes for e in o.events if e.track_id]
    assert all(order.index(('track_started', i)) < order.index(('track_ended', i))
               for i in started)


def test_an_id_that_stands_twice_counts_once():
    stream = Stream()
    for i in range(5):
        message = {'a': box(300, 240), 'b': box(100, 240), 'c': box(500, 240)}
        stream.send(i / HZ, message)
    detections = stream.pipeline
    assert len(detections._tracks) == 3


def test_boxes_without_id_have_no_track():
    stream = Stream()
    for i in range(5):
        stream.send(i / HZ, {'': box(300, 240), 'a': box(100, 240)})
    assert stream.outcomes[-1].observation.track_ids.tolist() == [0, 1]


def test_a_flood_of_ids_is_refused_and_counted(monkeypatch):
    monkeypatch.setattr(module, 'OPEN_MAX', 3)
    stream = Stream()
    for i in range(5):
        stream.send(i / HZ, {str(n): box(60 + 100 * n, 100) for n in range(5)})
    assert stream.outcomes[-1].observation.track_ids.tolist() == [1, 2, 3, 0, 0]
    assert stream.pipeline.tally.tracks_refused == 10


def test_what_tracks_took_up_is_given_back():
    stream = Stream(replace(RULES, confirm_hits=1))
    for i in range(300):
        stream.send(i * 3.0, {f'{i}.{n}': box(30 + 60 * (n % 10), 40 + 40 * (n // 10), width=50,
                                              height=30) for n in range(100)})
        stream.outcomes.clear()
    table = stream.pipeline._tracks
    assert len(table) == 100 and len(table._roll._free) == module.OPEN_MAX - 100
    ledger = table._ledger
    kept = (ledger.paths._points, ledger.votes._changes, ledger.votes._rivals, ledger._told)
    assert [len(held) for held in kept] == [100] * 4 and not ledger._untold


def test_detections_are_followed_where_no_tracks_come():
    stream = Stream()
    for i in range(10):
        stream.send(i / HZ, {'': box(300 + 3 * i, 240)}, source=Source.DETECTIONS)
    track, = stream.rows().values()
    assert stream.outcomes[-1].observation.track_ids.tolist() == [track.id]
    assert stream.outcomes[-1].observation.source is Source.DETECTIONS
