"""Tripwires: each pass once, the right way, over the line itself and not around it."""
from fractions import Fraction

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from scene_builders import add, ended, scene_of, sight, START_NS, tripwire, walk

from smartcam_bridge.domain.model import Direction
from smartcam_bridge.domain.scene import SceneOutcome
from smartcam_bridge.domain.times import NS, parse_iso

HYSTERESIS = 0.01
LEFT, RIGHT = (0.55, 0.5), (0.45, 0.5)      # of a line that goes down the picture at x = 0.5


def directions(told):
    return [crossing.direction.name for crossing in told.crossings]


@pytest.mark.parametrize('places, expected', [
    ([LEFT, RIGHT], ['IN']), ([RIGHT, LEFT], ['OUT']), ([LEFT, RIGHT, LEFT], ['IN', 'OUT']),
    ([LEFT, (0.5, 0.5), RIGHT], ['IN']), ([LEFT, (0.495, 0.5), RIGHT], ['IN']),
    ([LEFT, (0.495, 0.5), LEFT], []), ([LEFT, (0.505, 0.5), (0.495, 0.5)], []),
    ([LEFT, (0.495, 0.5), (0.505, 0.5), (0.495, 0.5), RIGHT], ['IN']),
    ([(0.505, 0.5), RIGHT], []),                            # began on the line: from nowhere
    ([(0.505, 0.5), LEFT, RIGHT], ['IN']),
    ([(0.55, 0.9), (0.45, 0.9)], []),                       # around its end
    ([(0.55, 0.9), (0.45, 0.9), RIGHT, LEFT], ['OUT']),
    ([LEFT, RIGHT, (0.45, 0.9), (0.55, 0.9), LEFT, RIGHT], ['IN', 'IN']),
    ([LEFT, (0.498, 0.79), (0.498, 0.85), (0.502, 0.85), LEFT, (0.55, 0.9), (0.45, 0.9)], []),
    ([LEFT, (0.498, 0.79), (0.498, 0.85), (0.502, 0.85), (0.502, 0.79), (0.498, 0.79), RIGHT],
     ['IN']),
    ([(0.55, 0.25), (0.45, 0.17)], ['IN']), ([(0.55, 0.15), (0.45, 0.2)], []),
    ([LEFT, None, None, RIGHT], ['IN']), ([LEFT, LEFT, LEFT], []), ([RIGHT], [])])
def test_passes(places, expected):
    assert directions(walk(scene_of(tripwire()), places)) == expected


@pytest.mark.parametrize('start, end, way, expected', [
    ([0.2, 0.5], [0.8, 0.5], [(0.5, 0.4), (0.5, 0.6)], 'IN'),    # to the right, passed downwards
    ([0.8, 0.5], [0.2, 0.5], [(0.5, 0.4), (0.5, 0.6)], 'OUT'),
    ([0.5, 0.8], [0.5, 0.2], [(0.4, 0.5), (0.6, 0.5)], 'IN')])   # upwards, passed to the right
def test_in_is_from_the_left_to_the_right_of_who_looks_along(start, end, way, expected):
    assert directions(walk(scene_of(tripwire(start=start, end=end)), way)) == [expected]


@given(st.floats(0, 0.99), st.integers(2, 60), st.floats(0, 6))
def test_oscillation_counts_nothing(share, count, phase):
    amplitude = share * HYSTERESIS
    wobble = [(0.5 + amplitude * np.sin(phase + 2.1 * k), 0.5) for k in range(count)]
    for begin, side in ((LEFT, 'IN'), (RIGHT, 'OUT')):
        other = RIGHT if begin is LEFT else LEFT
        assert directions(walk(scene_of(tripwire()), [begin, *wobble, begin])) == []
        assert directions(walk(scene_of(tripwire()), [*wobble])) == []
        assert directions(walk(scene_of(tripwire()), [begin, *wobble, other])) == [side]


@given(st.lists(st.floats(0.3, 0.7), min_size=2, max_size=60))
def test_directions_take_turns_along_one_line(xs):
    """Each direction counts once until the track was clear on the side that it goes from."""
    found = directions(walk(scene_of(tripwire()), [(x, 0.5) for x in xs]))
    assert all(one != two for one, two in zip(found, found[1:]))
    clear = [x > 0.5 for x in xs if abs(np.float32(x) - 0.5) > HYSTERESIS * 1.01]
    if not any(HYSTERESIS * 0.99 < abs(x - 0.5) < HYSTERESIS * 1.01 for x in xs):
        assert len(found) == sum(one != two for one, two in zip(clear, clear[1:]))


def truth(way, start, end):
    """Return the crossings of a way between waypoints, by exact arithmetic."""
    def side(a, b, c):
        (ax, ay), (bx, by), (cx, cy) = ([Fraction(float(v)) for v in p] for p in (a, b, c))
        value = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        return (value > 0) - (value < 0)

    found = []
    for one, two in zip(way, way[1:]):
        if (side(start, end, one) * side(start, end, two) < 0
                and side(one, two, start) * side(one, two, end) < 0):
            found.append('IN' if side(start, end, two) > 0 else 'OUT')
    return found


def clear_of(point, start, end):
    """Say whether a point is no borderline case of a line: neither near it nor near its ends."""
    along = end - start
    distance = abs(along[0] * (point - start)[1] - along[1] * (point - start)[0])
    return distance / np.hypot(*along) > 1.5 * HYSTERESIS


def random_way(rng, lines):
    """Return 1 to 12 waypoints clear of all lines, none a jump from the one before."""
    way = []
    for point in rng.uniform(0.05, 0.95, (40, 2)):
        if all(clear_of(point, *line) for line in lines) and (
                not way or np.hypot(*(point - way[-1])) < 0.65):
            way.append(point)
    return way[:int(rng.integers(1, 13))]


def test_a_thousand_tracks_agree_with_the_truth():
    """Random ways of up to 12 legs past 5 random lines, at 1 to 12 steps a leg."""
    rng = np.random.default_rng(20261122)
    lines, expected, found = [], [], []
    while len(lines) < 5:
        start, end = rng.uniform(0.1, 0.9, (2, 2)).round(3)
        if np.hypot(*(end - start)) > 0.2:
            lines.append((start, end))
    scene = scene_of(*(tripwire(number, start=start.tolist(), end=end.tolist())
                       for number, (start, end) in enumerate(lines)))
    for track_id in range(1, 1001):
        way = random_way(rng, lines)
        steps = int(rng.integers(1, 13))
        places = [tuple(one + (two - one) * k / steps)
                  for one, two in zip(way, way[1:]) for k in range(steps)] + [tuple(way[-1])]
        told = walk(scene, places, track_id=track_id, start_ns=START_NS + track_id * NS)
        scene.end([ended(track_id, START_NS + track_id * NS)])
        for number, line in enumerate(lines):
            expected.append(truth(way, *line))
            found.append([crossing.direction.name for crossing in told.crossings
                          if crossing.tripwire_id == number])
    assert found == expected
    assert sum(map(len, expected)) > 2000 and sum(not ways for ways in expected) > 500


@given(st.integers(0, 2 ** 32 - 1))
@settings(max_examples=50, deadline=None)
def test_many_tracks_at_once_are_each_followed(seed):
    rng = np.random.default_rng(seed)
    crowd = range(1, 21)
    sides = rng.integers(0, 2, (10, 20))
    scene, told = scene_of(tripwire()), SceneOutcome()
    for number, row in enumerate(sides.copy()):
        seen = {track: (LEFT, RIGHT)[side] for track, side in zip(crowd, row)}
        for track in rng.choice(20, 5, replace=False) + 1:
            seen.pop(track)
        add(told, scene.observe(sight(START_NS + number * NS // 10, seen)))
        sides[number] = [row[t - 1] if t in seen else -1 for t in crowd]
    for track in crowd:
        seen = [side for side in sides[:, track - 1] if side >= 0]
        expected = ['IN' if two else 'OUT' for one, two in zip(seen, seen[1:]) if one != two]
        assert [crossing.direction.name for crossing in told.crossings
                if crossing.track_id == track] == expected


def test_crossing_is_stamped_when_the_line_was_met():
    told = walk(scene_of(tripwire()), [(0.6, 0.5), (0.4, 0.5)])
    assert abs(told.crossings[0].stamp_ns - START_NS - NS // 20) < 1000
    told = walk(scene_of(tripwire()), [(0.6, 0.5), (0.495, 0.5), (0.4, 0.5)])
    assert START_NS < told.crossings[0].stamp_ns < START_NS + NS // 10


def test_a_jump_over_more_than_half_the_diagonal_is_no_crossing():
    line = tripwire(start=[0.5, 0.1], end=[0.5, 0.9])
    assert directions(walk(scene_of(line), [(0.9, 0.2), (0.1, 0.8)])) == []
    assert directions(walk(scene_of(line), [(0.9, 0.2), (0.1, 0.8), (0.6, 0.8)])) == ['OUT']
    assert directions(walk(scene_of(line), [(0.9, 0.2), (0.499, 0.2), (0.01, 0.9), RIGHT])) == []
    assert directions(walk(scene_of(line), [(0.9, 0.2), (0.3, 0.2)])) == ['IN']


def test_only_labels_and_hours_asked_for_count():
    assert directions(walk(scene_of(tripwire(labels=['car'])), [LEFT, RIGHT])) == []
    told = walk(scene_of(tripwire(labels=['car'])), [LEFT, RIGHT], label_id=2)
    assert told.crossings[0].label_id == 2 and told.crossings[0].direction is Direction.IN
    line = tripwire(schedule=[{'days': ['mon'], 'from': '08:00', 'to': '09:00'}])
    for time, expected in (('2026-11-23T08:00:00Z', ['IN']), ('2026-11-23T09:00:00Z', [])):
        told = walk(scene_of(line), [LEFT, RIGHT], start_ns=parse_iso(time))
        assert directions(told) == expected
    night = '2026-11-23T07:59:59.9Z'    # side known from before the hours, met within them
    assert directions(walk(scene_of(line), [LEFT, LEFT, LEFT, RIGHT],
                           start_ns=parse_iso(night))) == ['IN']


def test_late_message_does_not_turn_time_back():
    scene = scene_of(tripwire())
    walk(scene, [LEFT])
    assert directions(walk(scene, [RIGHT], start_ns=START_NS - NS)) == []
    assert directions(walk(scene, [RIGHT], start_ns=START_NS + NS)) == ['IN']


def test_redrawn_line_knows_nobody_and_a_renamed_one_everybody():
    scene = scene_of(tripwire(), tripwire(12))
    walk(scene, [LEFT])
    scene.change([tripwire(12, hysteresis=0.02), tripwire(color='#123456')])
    told = walk(scene, [RIGHT], start_ns=START_NS + NS)
    assert [(c.tripwire_id, c.direction.name) for c in told.crossings] == [(11, 'IN')]


def test_ended_track_leaves_nothing_behind():
    scene = scene_of(tripwire())
    walk(scene, [LEFT, (0.495, 0.5)])
    scene.end([ended(7, START_NS + NS)])
    assert directions(walk(scene, [RIGHT, LEFT], track_id=8, start_ns=START_NS + NS)) == ['OUT']
