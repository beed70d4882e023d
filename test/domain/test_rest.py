"""Stationary targets: one write a minute for who stands still; who moves is awake at once."""
import os

import numpy as np
import pytest

from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.rest import STILL_NS
from smartcam_bridge.domain.times import NS
from streams import BEGIN_NS, box, Stream

HZ = 10


def stay(stream, from_s, seconds, place=(300.0, 200.0), seed=0):
    """Tremble by 2 px; return the writes, by the second."""
    rng, written = np.random.default_rng(seed), []
    for i in range(round(from_s * HZ), round((from_s + seconds) * HZ)):
        outcome = stream.send(i / HZ, {'a': box(*(place + rng.uniform(-2, 2, 2)))})
        written += [i / HZ for _ in outcome.tracks]
    return written


def changes(stream):
    return [(event.detail['change'], (event.stamp_ns - BEGIN_NS) / NS)
            for event in stream.events('track_updated')]


def test_trembling_is_one_track_and_at_most_one_write_a_minute():
    """Run for 8 h, too: it takes minutes."""
    stream, hours = Stream(), float(os.environ.get('TREMBLE_H', .25))
    written = stay(stream, 0, hours * 3600)
    assert np.diff(written).min() >= 60 and len(written) <= hours * 60
    assert [change for change, _ in changes(stream)] == ['stationary']
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    track, = stream.rows().values()
    assert track.observations == round(hours * 36000) and track.stationary_ns == BEGIN_NS
    assert len(track.path) == 2


@pytest.mark.parametrize('step', [(40.5, 0), (0, -40.5), (24.5, 32.5)])    # 5 % of 800 px
@pytest.mark.parametrize('hz', [1, 10, 30])
def test_a_real_move_wakes_a_track_within_a_second(step, hz):
    stream = Stream()
    for i in range(30 * hz):
        stream.send(i / hz, {'a': box(300, 200)})
    for i in range(30 * hz, 31 * hz + 1):
        stream.send(i / hz, {'a': box(300 + step[0], 200 + step[1])})
    (rested, rested_s), (woken, woken_s) = changes(stream)
    assert (rested, woken) == ('stationary', 'moving')
    assert STILL_NS / NS <= rested_s <= STILL_NS / NS + 1 and 30 <= woken_s <= 31


def test_a_track_that_moved_and_stopped_is_stationary_again_since_then():
    stream = Stream()
    stay(stream, 0, 20)
    stay(stream, 20, 20, (380.0, 200.0))
    stream.keep(stream.pipeline.close(EndReason.PAUSED))
    track, = stream.rows().values()
    assert [change for change, _ in changes(stream)] == ['stationary', 'moving', 'stationary']
    assert 20 <= (track.stationary_ns - BEGIN_NS) / NS <= 20.9


def test_a_walker_never_rests_and_is_saved_as_it_goes():
    stream = Stream()
    for i in range(600):
        stream.send(i / HZ, {'a': box(60 + abs((3 * i) % 1040 - 520), 200)})
    assert changes(stream) == [] and 10 <= len(stream.writes()) <= 14


def test_nobody_hears_of_a_rest_before_the_track_is_believed():
    stream = Stream()
    for i in range(200):
        stream.send(i / HZ, {'a': box(300, 200, score=.2)})
    assert changes(stream) == [] and stream.writes() == []
