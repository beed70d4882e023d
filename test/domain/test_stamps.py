"""Stamps that are late, twice, zero, from the future, or step: counted, and no harm done."""
from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.times import NS
from streams import BEGIN_NS, box, Stream

HZ = 10
HOUR = 3600


def counters(stream):
    tally = stream.pipeline.tally.as_json()
    return {name: value for name, value in tally.items()
            if value and name.startswith(('stamps', 'clock'))}


def check(stream):
    """End everything; nothing may be negative, twice or missing."""
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    started = [event.track_id for event in stream.events('track_started')]
    ended = [event.track_id for event in stream.events('track_ended')]
    assert sorted(started) == sorted(ended) == sorted(set(started)) == sorted(stream.rows())
    for track in stream.rows().values():
        assert track.last_ns >= track.first_ns and (track.path['stamp_ns'][1:]
                                                    > track.path['stamp_ns'][:-1]).all()
    return list(stream.rows().values())


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(12)))
def test_out_of_order_within_2_s_is_one_track_with_every_observation(order):
    stream = Stream()
    for i in (*range(-10, 0), *order, *range(20, 30)):
        stream.send(i / HZ, {'a': box(300 + 2 * i, 240)}, received_s=3)
    late = sum(i < max(order[:n], default=-1) for n, i in enumerate(order))
    track, = check(stream)
    assert (track.observations, track.first_ns, track.last_ns) == (
        32, BEGIN_NS - NS, BEGIN_NS + int(2.9 * NS))
    assert counters(stream) == ({'stamps_late': late} if late else {})


def test_what_comes_late_opens_no_track():
    stream = Stream()
    for i in range(10):
        stream.send(i / HZ, {'a': box(300, 240)})
        stream.send(i / HZ - 1, {'ghost': box(100, 240)}, received_s=i / HZ)
    assert [track.tracker_id for track in check(stream)] == ['a']


def test_the_same_message_twice_counts_once():
    stream = Stream()
    for i in range(10):
        for at in (i, i, max(0, i - 5)):
            stream.send(at / HZ, {'a': box(300, 240 + at)}, received_s=i / HZ)
    track, = check(stream)
    assert track.observations == 10 and counters(stream) == {'stamps_twice': 20}
    assert sum(o.observation is not None for o in stream.outcomes) == 10


def test_two_messages_of_one_moment_are_two_parts_of_it():
    stream = Stream()
    for i in range(10):
        stream.send(i / HZ, {'a': box(300, 240)})
        stream.send(i / HZ, {'b': box(100, 240)})
    assert sorted(track.observations for track in check(stream)) == [10, 10]
    assert counters(stream) == {}


@pytest.mark.parametrize('stamp_s, kind', [(None, 'stamps_zero'), (HOUR, 'stamps_future'),
                                           (-HOUR, 'stamps_stale')])
def test_one_wrong_stamp_does_not_part_a_track(stamp_s, kind):
    stream = Stream()
    for i in range(40):
        if i % 10 == 7:
            stamp_ns = 0 if stamp_s is None else BEGIN_NS + stamp_s * NS
            stream.put(stamp_ns, {'a': box(300, 240)}, BEGIN_NS + i * NS // HZ)
        else:
            stream.send(i / HZ, {'a': box(300, 240)})
    track, = check(stream)
    assert counters(stream) == {kind: 4}
    assert track.last_ns - track.first_ns == 3.9 * NS


@pytest.mark.parametrize('step_s', [HOUR, -HOUR])
@pytest.mark.parametrize('here', [True, False])
def test_a_step_of_a_clock_by_an_hour_merges_no_strangers(step_s, here):
    """here: of the clock of this machine, by which both stamps and receipts go."""
    stream = Stream()
    for i in range(20):
        stream.send(i / HZ, {'a': box(300, 240)})
    for i in range(20, 40):
        at_s = i / HZ + step_s
        stream.send(at_s, {'a': box(300, 240)}, received_s=at_s if here else i / HZ)
    tracks = check(stream)
    if step_s > 0 and not here:     # not believed: by the clock here it goes on
        assert len(tracks) == 1 and counters(stream) == {'stamps_future': 20}
        return
    assert len(tracks) == 2 and counters(stream)['clock_steps'] == 1
    assert all(track.last_ns - track.first_ns < 2 * NS for track in tracks)


def test_a_clock_that_stepped_back_still_lets_cameras_fall_silent_and_tracks_be_saved():
    stream = Stream()
    for i in range(20):
        stream.send(i / HZ, {'a': box(300, 240)})
    stream.tick(2 - HOUR)
    stream.send(2.1 - HOUR, {'a': box(300, 240)})
    for second in range(3, 8):
        stream.tick(second - HOUR)
    assert [e.type for e in stream.events('camera_offline')] == ['camera_offline']
    assert counters(stream)['clock_steps'] == 1


KINDS = st.sampled_from(['next', 'next', 'next', 'late', 'twice', 'zero', 'future', 'stale',
                         'hour on', 'hour back'])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(KINDS, st.integers(0, 3)), max_size=60))
def test_no_mixture_of_stamps_does_harm(kinds):
    stream, clock_s, before = Stream(), 0.0, None
    for kind, who in kinds:
        clock_s += {'hour on': HOUR, 'hour back': -HOUR}.get(kind, .1)
        at_s = clock_s + {'late': -1.5, 'stale': -30, 'future': HOUR}.get(kind, 0)
        stamp_ns = 0 if kind == 'zero' else BEGIN_NS + round(at_s * NS)
        message = {f'id{who}': box(80 + 120 * who, 240) + (f'label{who}',)}
        if kind == 'twice' and before:
            stamp_ns, message = before
        stream.put(stamp_ns, message, BEGIN_NS + round(clock_s * NS))
        before = stamp_ns, message
        if who == 0:
            stream.tick(clock_s)
    for track in check(stream):
        assert len(track.label_changes) == 1    # no two targets in one track
        assert track.tracker_id[-1] == stream.labels.name_of(track.label_id)[-1]
