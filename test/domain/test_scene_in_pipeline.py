"""Zones and tripwires on what a camera's pipeline believes: tracks, not boxes."""
from dataclasses import replace

from hypothesis import given, settings, strategies as st
import pytest
from scene_builders import tripwire, zone
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.times import NS
from streams import BEGIN_NS, box, RULES, Stream

LEFT_HALF = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
INSIDE, OUTSIDE = box(160, 240), box(480, 240)
SHAPES = (zone(1, LEFT_HALF, inertia=1), tripwire(2, start=[0.5, 0], end=[0.5, 1]))


def stream_of(*shapes, **rules):
    stream = Stream(replace(RULES, **rules))
    stream.keep(stream.pipeline.change_shapes(shapes))
    return stream


def kinds(stream):
    return [event.type for outcome in stream.outcomes for event in outcome.events
            if event.type != 'occupancy_changed' and not event.type.startswith('camera')]


def visits(stream):
    """Return the visits as they would be stored."""
    return list({(visit.zone_id, visit.track_id, visit.entered_ns): visit
                 for outcome in stream.outcomes for visit in outcome.visits}.values())


def test_nothing_before_confirmation_counts():
    stream = stream_of(*SHAPES)
    stream.send(0, {'7': OUTSIDE})
    stream.send(0.1, {'7': INSIDE})
    stream.send(1.0, {})
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    assert kinds(stream) == [] and visits(stream) == []


def test_visit_begins_with_confirmation_and_ends_with_the_track():
    stream = stream_of(*SHAPES)
    for number in range(10):
        stream.send(number / 10, {'7': INSIDE})
    for number in range(10, 40):
        stream.send(number / 10, {})
    assert kinds(stream) == ['track_started', 'zone_entered', 'zone_exited', 'track_ended']
    (visit,), (row,) = visits(stream), stream.rows().values()
    assert visit.entered_ns == BEGIN_NS + round(0.2 * NS) and visit.exited_ns == row.last_ns
    assert visit.track_id == row.id


@pytest.mark.parametrize('ids', [('7', '7'), ('7', '8')])
def test_a_gap_is_one_visit(ids):
    """A target that is not seen for a while, and comes back as itself or under a new id."""
    stream = stream_of(*SHAPES)
    for number in range(60):
        if not 20 <= number < 35:
            stream.send(number / 10, {ids[number >= 35]: INSIDE})
    assert kinds(stream) == ['track_started', 'zone_entered']
    assert len(visits(stream)) == 1


def test_an_id_that_jumps_crosses_nothing():
    stream = stream_of(*SHAPES)
    for number in range(20):
        stream.send(number / 10, {'7': box(60, 100) if number < 10 else box(600, 420)})
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    assert not any(outcome.crossings for outcome in stream.outcomes)
    assert [visit.exited_ns for visit in visits(stream)] == [BEGIN_NS + round(0.9 * NS)]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_every_visit_is_of_a_track_and_within_it(data):
    """Whatever is seen, late, twice or with a clock that steps, until everything ends."""
    stream, at_s = stream_of(*SHAPES, zone(3, inertia_s=0.3, loiter_s=0.5)), 0.0
    for _ in range(data.draw(st.integers(1, 60))):
        at_s += data.draw(st.sampled_from([0.1, 0.1, 0.1, 0.0, -0.3, 1.5, 5.0, -3600.0, 3600.0]))
        targets = data.draw(st.dictionaries(
            st.sampled_from('789'), st.sampled_from([INSIDE, OUTSIDE, box(330, 240)])))
        stream.send(at_s, targets, received_s=max(at_s, 0))
    stream.keep(stream.pipeline.close(EndReason.RESTART))
    tracks = stream.rows()
    for visit in visits(stream):
        track = tracks[visit.track_id]
        assert track.first_ns <= visit.entered_ns <= visit.exited_ns <= track.last_ns
    for outcome in stream.outcomes:
        for crossing in outcome.crossings:
            track = tracks[crossing.track_id]
            assert track.first_ns <= crossing.stamp_ns <= track.last_ns
    assert kinds(stream).count('zone_entered') == kinds(stream).count('zone_exited')
    assert not any(stream.pipeline.scene.occupancy().values())
