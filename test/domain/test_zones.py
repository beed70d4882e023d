"""Zones: who has entered, for how long, and what does not count."""
from dataclasses import replace
import resource
import tracemalloc

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from scene_builders import (
    add, ended, kinds, scene_of, sight, START_NS, tripwire, walk, zone)

from smartcam_bridge.domain.model import Sight
from smartcam_bridge.domain.scene import SceneOutcome
from smartcam_bridge.domain.times import NS, parse_iso
from smartcam_bridge.domain.zones import MISSED_MAX

OUT, IN = (0.1, 0.5), (0.55, 0.5)
NEAR_OUT, NEAR_IN = (0.39, 0.5), (0.41, 0.5)
FRAME = [[0, 0], [1, 0], [1, 1], [0, 1]]


def steps(pattern):
    """Return places for a pattern: I inside, o outside, . not seen."""
    return [{'I': NEAR_IN, 'o': NEAR_OUT, '.': None}[sign] for sign in pattern]


@pytest.mark.parametrize('inertia, pattern, expected', [
    (1, 'oI', ['zone_entered']), (3, 'oII', []), (3, 'oIII', ['zone_entered']),
    (3, 'oIIoIIoIIo', []), (3, 'III', ['zone_entered']),
    (3, 'oIIIooIooIoo', ['zone_entered']),
    (3, 'oIIIooo', ['zone_entered', 'zone_exited']),
    (3, 'oIIIoooIII', ['zone_entered', 'zone_exited', 'zone_entered']),
    (3, 'oI.I.I', ['zone_entered']),            # a missed message is no observation outside
    (2, ('I' + 'o' * 99) * 5, []), (3, 'o' + ('I' + 'o' * 99) * 5, []),
    (2, 'o' + ('I' + '.' * 99) * 5, []), (3, 'o' + ('I' + '.' * 99) * 5, []),
    (2, 'oI' + '.' * MISSED_MAX + 'I', ['zone_entered']),
    (2, 'oI' + '.' * (MISSED_MAX + 1) + 'I', [])])
def test_it_takes_consecutive_observations_both_ways(inertia, pattern, expected):
    assert kinds(walk(scene_of(zone(inertia=inertia)), steps(pattern))) == expected


@pytest.mark.parametrize('fps, inside, entered', [
    (10, 9, False), (10, 11, True), (2, 2, False), (2, 3, True), (30, 30, False), (30, 31, True)])
def test_inertia_in_seconds_counts_instead_of_observations(fps, inside, entered):
    told = walk(scene_of(zone(inertia=1000, inertia_s=1.0)), steps('o' + 'I' * inside), fps=fps)
    assert kinds(told) == ['zone_entered'] * entered


@given(st.integers(1, 5), st.text('Io.', max_size=80))
def test_membership_is_that_of_the_plain_definition(inertia, pattern):
    member, run, missed, expected = False, 0, 0, []
    for sign in pattern:
        if sign == '.':
            missed += 1
            continue
        if missed > MISSED_MAX:
            run = 0
        missed = 0
        run = run + 1 if (sign == 'I') != member else 0
        if run == inertia:
            member, run = not member, 0
            expected.append('zone_entered' if member else 'zone_exited')
    assert kinds(walk(scene_of(zone(inertia=inertia)), steps(pattern))) == expected


def test_who_stands_inside_when_first_seen_has_entered_then():
    told = walk(scene_of(zone(inertia=3)), [IN] * 3)
    assert told.visits[0].entered_ns == START_NS


def test_a_jump_over_more_than_half_the_diagonal_does_not_count():
    corner = zone(points=[[0.8, 0.8], [1, 0.8], [1, 1], [0.8, 1]])
    assert kinds(walk(scene_of(corner), [(0.1, 0.1), (0.9, 0.9), (0.1, 0.1)])) == []
    told = walk(scene_of(corner), [(0.1, 0.1), (0.9, 0.9), (0.9, 0.9)])
    assert kinds(told) == ['zone_entered']      # whoever stays there is there
    assert told.visits[0].entered_ns == START_NS + 2 * NS // 10
    assert kinds(walk(scene_of(corner), [(0.5, 0.5), (0.9, 0.9)])) == ['zone_entered']
    told = walk(scene_of(corner), [(0.7, 0.7), (0.9, 0.9), (0.1, 0.1), (0.9, 0.9), (0.9, 0.9)])
    assert kinds(told) == ['zone_entered']      # nor does it end a visit


def path(number, period_s, rng):
    """Return a smooth way through the square that lingers in it, as a function of time."""
    begin, end = (0.05, rng.uniform(0.2, 0.8)), (0.95, rng.uniform(0.2, 0.8))
    sway, turns, phase = rng.uniform(0, 0.02), rng.uniform(0.5, 1.5), rng.uniform(0, 6)

    def place(time_s):
        share = time_s / period_s
        share -= np.sin(2 * np.pi * share) / (2 * np.pi) * 0.9 * (number % 2)   # slower inside
        return (begin[0] + (end[0] - begin[0]) * share,
                begin[1] + (end[1] - begin[1]) * share
                + sway * np.sin(turns * 2 * np.pi * share + phase))
    return place


def dwell(place, period_s, fps, keep):
    """Return the dwell in a band across the frame that is measured at a rate."""
    scene = scene_of(zone(points=[[0.35, 0], [0.65, 0], [0.65, 1], [0.35, 1]], inertia=3))
    times = np.arange(0, period_s, 1 / fps)
    told = SceneOutcome()
    for time_s in times[keep(len(times))]:
        stamp_ns = START_NS + round(time_s * NS)
        add(told, scene.observe(sight(stamp_ns, {7: place(time_s)})))
    opened, closed = told.visits
    return (closed.exited_ns - closed.entered_ns) / NS


@given(st.integers(0, 2 ** 32 - 1), st.floats(20, 60))
@settings(max_examples=15, deadline=None)
def test_dwell_is_the_same_at_any_rate_and_with_dropped_frames(seed, period_s):
    rng = np.random.default_rng(seed)
    place = path(seed, period_s, rng)
    fine = np.linspace(0, period_s, 100_001)
    within = [0.35 < place(time_s)[0] < 0.65 for time_s in fine]
    truth = np.count_nonzero(within) * period_s / 100_000
    for fps in (2, 5, 30):
        whole = dwell(place, period_s, fps, lambda count: np.full(count, True))
        holes = dwell(place, period_s, fps, lambda count: rng.random(count) >= 0.3)
        assert abs(whole - truth) <= 1 / fps and abs(holes - truth) <= 1 / fps
        assert abs(whole - holes) <= 1 / fps


def test_border_is_met_between_observations():
    told = walk(scene_of(zone()), [(0.3, 0.5), (0.5, 0.5), (0.7, 0.5)])
    assert abs(told.visits[-1].entered_ns - START_NS - NS // 20) < 1000
    assert abs(told.visits[-1].exited_ns - START_NS - 3 * NS // 20) < 1000


def test_loitering_is_told_once_a_visit_and_again_after_leaving():
    scene = scene_of(zone(loiter_s=2.0))
    told = walk(scene, [IN] * 50 + [OUT] * 5 + [IN] * 50)
    assert kinds(told) == ['zone_entered', 'dwell_exceeded', 'zone_exited'] + [
        'zone_entered', 'dwell_exceeded']
    late = [event for event in told.events if event.type == 'dwell_exceeded']
    assert late[0].stamp_ns == START_NS + 2 * NS and late[0].detail['dwell_s'] == 2.0
    assert [visit.loitered for visit in told.visits] == [False, True, True, False, True]


def test_short_stays_never_loiter():
    told = walk(scene_of(zone(loiter_s=2.0)), ([IN] * 15 + [OUT] * 2) * 5)
    assert 'dwell_exceeded' not in kinds(told)


def test_nobody_loiters_while_unseen_or_perhaps_gone():
    scene = scene_of(zone(loiter_s=1.0, inertia=3))
    assert 'dwell_exceeded' not in kinds(walk(scene, [IN] * 3 + [None] * 30 + [OUT]))
    told = walk(scene, [IN], start_ns=START_NS + 10 * NS)
    assert kinds(told) == ['dwell_exceeded']


def test_visit_that_was_about_to_end_ends_where_it_left():
    scene = scene_of(zone(inertia=3))
    walk(scene, [IN] * 5 + [(0.65, 0.5)])
    told = scene.end([ended(7, START_NS + 9 * NS // 10)])
    assert abs(told.visits[0].exited_ns - START_NS - 9 * NS // 20) < 1000


def test_only_the_labels_asked_for_count():
    scene = scene_of(zone(1, labels=['car']), zone(2))
    assert [event.shape_id for event in walk(scene, [OUT, IN], label_id=1).events] == [2, 2]
    assert [event.shape_id for event in walk(scene, [OUT, IN], label_id=2, track_id=8).events
            ] == [1, 2, 1, 2]


def test_track_that_turns_out_to_be_something_else_leaves():
    scene = scene_of(zone(labels=['car']))
    walk(scene, [OUT, IN], label_id=2)
    told = walk(scene, [IN], label_id=1, start_ns=START_NS + NS)
    assert kinds(told) == ['zone_exited'] and told.visits[0].exited_ns == START_NS + NS


def test_visits_are_within_the_hours_of_the_zone():
    schedule = [{'days': ['mon'], 'from': '08:00', 'to': '09:00'}]
    scene = scene_of(zone(schedule=schedule, timezone='Europe/Berlin'))
    opens_ns = parse_iso('2026-11-23T07:00:00Z')
    told = walk(scene, [IN] * (80 * 60), fps=1, start_ns=opens_ns - 600 * NS)
    assert kinds(told) == ['zone_entered', 'zone_exited']
    assert told.visits[-1].entered_ns == opens_ns
    assert told.visits[-1].exited_ns == opens_ns + 3600 * NS


@pytest.mark.parametrize('anchor, places', [
    ('bottom_center', (0.5, 0.9)), ('center', (0.5, 0.8)), ('top_center', (0.5, 0.7)),
    ('top_left', (0.4, 0.7)), ('bottom_right', (0.6, 0.9)), ('center_left', (0.4, 0.8))])
def test_anchor_decides(anchor, places):
    """A box from 0.4, 0.7 to 0.6, 0.9; the zone is a spot around one place of it."""
    x, y = places
    spot = [[x - .02, y - .02], [x + .02, y - .02], [x + .02, y + .02], [x - .02, y + .02]]
    box = Sight(START_NS, np.array([7], np.uint32),
                np.array([[.4, .7, .6, .9]], np.float32), np.ones(1, np.float32),
                np.ones(1, np.uint16))
    assert kinds(scene_of(zone(points=spot, anchor=anchor)).observe(box)) == ['zone_entered']
    others = {'bottom_center', 'center', 'top_center'} - {anchor}
    for other in others:
        assert kinds(scene_of(zone(points=spot, anchor=other)).observe(box)) == []


@pytest.mark.parametrize('place', [(0, 0.5), (1, 0.5), (0.5, 1), (1, 1), (0, 1), (0.5, 0.02)])
def test_zone_up_to_the_edge_holds_what_touches_the_edge(place):
    corners = np.clip(np.array([[place[0] - .01, place[1] - .02, place[0] + .01, place[1]]]), 0, 1)
    for anchor, (x, y) in (('bottom_left', corners[0][[0, 3]]), ('bottom_right', corners[0][2:])):
        told = scene_of(zone(points=FRAME, anchor=anchor)).observe(Sight(
            START_NS, np.array([7], np.uint32), corners.astype(np.float32),
            np.ones(1, np.float32), np.ones(1, np.uint16)))
        assert kinds(told) == ['zone_entered'], (anchor, x, y)


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.03, 0.99)), min_size=1, max_size=30),
       st.integers(3, 12), st.floats(0.1, 0.45), st.floats(0.1, 0.9))
def test_inside_is_what_winding_round_says(places, corners, radius, ratio):
    angles = np.arange(corners) * 2 * np.pi / corners
    reach = np.where(np.arange(corners) % 2, radius, radius * ratio)
    points = np.stack([0.5 + reach * np.cos(angles), 0.5 + reach * np.sin(angles)], axis=1)
    told = scene_of(zone(points=points.tolist())).observe(
        sight(START_NS, dict(enumerate(places, 1))))
    entered = {visit.track_id for visit in told.visits}
    for number, place in enumerate(places, 1):
        spans = points - np.float32(place)
        turns = np.angle(np.roll(spans @ [1, 1j], -1) / (spans @ [1, 1j])).sum() / (2 * np.pi)
        along = np.roll(points, -1, axis=0) - points
        share = np.clip(-(spans * along).sum(axis=1) / (along ** 2).sum(axis=1), 0, 1)
        if np.hypot(*(spans + share[:, None] * along).T).min() > 1e-5:  # not on the border
            assert (number in entered) == (abs(turns) > 0.5)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_occupancy_is_right_whatever_comes(data):
    """Tracks walk, vanish, come late and end; zones come and go: every visit once, none left."""
    zones = [zone(1, inertia=2), zone(2, FRAME, inertia=1), zone(3, loiter_s=0.3, inertia=1)]
    scene, told, alive, stamp_ns, fresh = scene_of(*zones), SceneOutcome(), {}, START_NS, 1
    for _ in range(data.draw(st.integers(1, 40))):
        act = data.draw(st.sampled_from(['see', 'see', 'see', 'late', 'end', 'change']))
        if act in ('see', 'late'):
            stamp_ns += NS // 10 if act == 'see' else -NS // 20
            crowd = data.draw(st.sets(st.integers(fresh, fresh + 3), max_size=4))
            places = {track: data.draw(st.sampled_from([OUT, IN, NEAR_IN, NEAR_OUT]))
                      for track in crowd}
            add(told, scene.observe(sight(stamp_ns, places)))
            for track in crowd:
                alive[track] = max(stamp_ns, alive.get(track, 0))
        elif act == 'end' and alive:
            track = data.draw(st.sampled_from(sorted(alive)))
            add(told, scene.end([ended(track, alive.pop(track))]))
            fresh = max(fresh, track + 1)
        elif act == 'change':
            wanted = data.draw(st.lists(st.sampled_from(zones), unique_by=lambda z: z.id))
            add(told, scene.change(wanted))
        check(told, scene.occupancy())
    add(told, scene.end([ended(track, last_ns) for track, last_ns in alive.items()]))
    check(told, scene.occupancy())
    assert not any(scene.occupancy().values())


def check(told, occupancy):
    """Hold visits, events and occupancy against each other."""
    rows, inside = {}, {}
    for visit in told.visits:
        key = visit.zone_id, visit.track_id, visit.entered_ns
        assert rows.get(key) is None or rows[key].exited_ns is None, 'ended twice'
        rows[key] = visit
        assert visit.exited_ns is None or visit.exited_ns >= visit.entered_ns
    for visit in rows.values():
        open_now = visit.exited_ns is None
        inside[visit.zone_id] = inside.get(visit.zone_id, 0) + open_now
    assert {zone_id: count for zone_id, count in inside.items() if count} == {
        zone_id: count for zone_id, count in occupancy.items() if count}
    assert len(rows) == kinds(told).count('zone_entered')
    assert sum(row.exited_ns is not None for row in rows.values()) == kinds(told).count(
        'zone_exited')
    counts = [event.detail['occupancy'] for event in told.events
              if event.type == 'occupancy_changed']
    assert all(count >= 0 for count in counts)
    last = {event.shape_id: event.detail['occupancy'] for event in told.events
            if event.type == 'occupancy_changed'}
    assert all(occupancy.get(zone_id, 0) == count for zone_id, count in last.items())


@pytest.mark.parametrize('after', [
    (), (zone(points=FRAME),), (zone(anchor='center'),), (replace(zone(), enabled=False),)])
def test_visits_to_a_zone_that_is_gone_or_redrawn_end_when_last_seen(after):
    scene = scene_of(zone(), zone(2))
    walk(scene, [OUT, IN, IN])
    told = scene.change((*after, zone(2)))
    assert kinds(told) == ['zone_exited'] and told.visits[0].zone_id == 1
    assert told.visits[0].exited_ns == START_NS + 2 * NS // 10
    assert [e.detail for e in told.events] == [
        {'zone': 1, 'zone_name': 'zone 1', 'dwell_s': told.events[0].detail['dwell_s']},
        {'zone': 1, 'zone_name': 'zone 1', 'occupancy': 0}]
    told = scene.end([ended(7, START_NS + NS)])
    assert [visit.zone_id for visit in told.visits] == [2]


def test_visit_goes_on_in_a_zone_that_is_renamed():
    scene = scene_of(zone(2), zone())
    walk(scene, [OUT, IN])
    renamed = zone(color='#ff0000', loiter_s=1.0)
    assert scene.change([renamed]).visits[0].zone_id == 2
    told = walk(scene, [IN] * 20, start_ns=START_NS + NS)
    assert kinds(told) == ['dwell_exceeded']
    assert scene.occupancy() == {1: 1}


def test_many_tracks_at_once_find_room():
    scene = scene_of(zone())
    crowd = {track: IN for track in range(1, 301)}
    assert len(scene.observe(sight(START_NS, crowd)).visits) == 300
    assert scene.occupancy() == {1: 300}
    scene.end([ended(track, START_NS) for track in crowd])
    assert scene.occupancy() == {1: 0}


@pytest.mark.timeout(300)
def test_memory_is_flat_over_very_many_tracks():
    """Each message 10 tracks walk in, wander and end; what is kept must not grow."""
    scene = scene_of(zone(inertia=2, loiter_s=0.1), zone(2, FRAME))

    def live(first, tracks):
        for number in range(first, first + tracks, 10):
            stamp_ns = START_NS + number * NS
            for step, place in enumerate((OUT, NEAR_IN, IN, NEAR_OUT)):
                scene.observe(sight(stamp_ns + step * NS // 10,
                                    dict.fromkeys(range(number, number + 10), place)))
            scene.end([ended(track, stamp_ns + NS // 2) for track in range(number, number + 10)])

    live(1, 1000)
    tracemalloc.start()
    live(10_001, 1000)
    before, _ = tracemalloc.get_traced_memory()
    live(20_001, 5000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 10_000      # two bytes a track; one kept integer would be 28
    assert scene.occupancy() == {1: 0, 2: 0}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_memory_is_flat_over_a_million_tracks():
    """They come in crowds, are about to enter and to cross when they end, or have just done so."""
    scene = scene_of(zone(inertia=2), zone(2, FRAME), tripwire())
    sizes = []
    for crowd in range(1000):
        stamp_ns, tracks = START_NS + crowd * NS, range(crowd * 1000 + 1, crowd * 1000 + 1001)
        for step, place in enumerate((OUT, NEAR_IN, (0.505, 0.5))):
            scene.observe(sight(stamp_ns + step * NS // 10, dict.fromkeys(tracks, place)))
        scene.end([ended(track, stamp_ns + NS // 5) for track in tracks])
        if crowd in (10, 999):
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert sizes[1] - sizes[0] < 4096       # kB: four bytes a track
    assert scene.occupancy() == {1: 0, 2: 0}
