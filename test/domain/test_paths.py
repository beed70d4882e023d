"""Paths: nothing that is left out lies further off than 1 %, whatever the batches; bounded."""
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.paths import PATH_MAX, Paths
from smartcam_bridge.domain.times import NS
from streams import BEGIN_NS, box, HEIGHT, Stream, WIDTH

STEP = st.tuples(st.floats(-40, 40), st.floats(-40, 40), st.sampled_from([.02, .1, .1, 1.0]))


def walk(steps, begin=(320.0, 300.0)):
    """Return times, and places in px that stay in the frame."""
    at_s, (x, y), way = 0.0, begin, []
    for dx, dy, dt in [(0, 0, 0), *steps]:
        at_s, x, y = at_s + dt, min(max(x + dx, 31), 609), min(max(y + dy, 61), 419)
        way.append((at_s, x, y))
    return np.array(way)


def off(path, times_s, places):
    """Return how far places (n, 2; px) are beside a path at their own instants, in diagonals."""
    stamps = (path['stamp_ns'] - BEGIN_NS) / NS
    along = [np.interp(times_s, stamps, path[axis]) for axis in 'xy']
    return np.hypot(places[:, 0] - along[0] * WIDTH,
                    places[:, 1] - along[1] * HEIGHT) / np.hypot(WIDTH, HEIGHT)


@settings(max_examples=200, deadline=None)
@given(st.lists(STEP, min_size=3, max_size=80))
def test_what_is_left_out_is_at_most_1_percent_of_the_diagonal_off(steps):
    stream, way = Stream(), walk(steps)
    for at_s, x, y in way:
        stream.send(at_s, {'a': box(x, y)})
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    track, = stream.rows().values()
    foot = way[:, 1:] + (0, 60)     # the bottom centre of the box
    assert off(track.path, way[:, 0], foot).max() <= .01 + 1e-6
    assert track.path['stamp_ns'][0] == track.first_ns
    assert track.path['stamp_ns'][-1] == track.last_ns
    assert (np.diff(track.path['stamp_ns']) > 0).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(STEP, min_size=1, max_size=60), st.lists(st.integers(1, 20), min_size=1))
def test_a_path_is_the_same_whatever_the_batches(steps, sizes):
    way = walk(steps)
    stamps = BEGIN_NS + np.round(way[:, 0] * NS).astype(np.int64)
    places = (way[:, 1:] / (WIDTH, HEIGHT)).T[:, :, None]
    found = []
    for batches in ([len(way)], sizes * len(way)):
        paths, row = Paths(8), 1
        paths.open(5, int(stamps[0]), *places[:, 0, 0])
        for size in batches:
            if row < len(way):
                part = slice(row, row + size)
                paths.extend(np.array([5]), stamps[part], places[:, part].copy())
                row += size
        found.append(paths.points(5).tolist())
    assert found[0] == found[1]


def test_a_straight_way_is_two_points_and_one_with_a_corner_three():
    stream = Stream()
    for i in range(100):
        x, y = 60 + min(i, 50) * 8, 100 + max(i - 50, 0) * 5
        stream.send(i / 10, {'straight': box(60 + 4 * i, 400, height=60), 'bent': box(x, y)})
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    bent, straight = sorted(stream.rows().values(), key=lambda track: track.tracker_id)
    assert len(straight.path) == 2 and 3 <= len(bent.path) <= 4


def test_a_path_is_bounded_and_its_newer_half_stays_true():
    rng, stream, way = np.random.default_rng(3), Stream(), []
    for i in range(8 * PATH_MAX):
        way.append((i / 10, *rng.uniform((200, 200), (300, 260))))
        stream.send(way[-1][0], {'a': box(*way[-1][1:], height=40)})
        del stream.outcomes[:-1]
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    track, = stream.rows().values()
    way = np.array(way[-PATH_MAX // 2:])
    assert PATH_MAX // 2 < len(track.path) <= PATH_MAX
    assert track.path['stamp_ns'][0] == BEGIN_NS
    assert off(track.path, way[:, 0], way[:, 1:] + (0, 20)).max() <= .01 + 1e-6
