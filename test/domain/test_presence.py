"""Cameras that come, fall silent and come back: told once each, and tracks end for it."""
from dataclasses import replace

import pytest
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.times import NS
from streams import BEGIN_NS, box, RULES, Stream


def told(stream):
    return [(event.type, event.detail['state']) for outcome in stream.outcomes
            for event in outcome.events if event.type.startswith('camera')]


def run(stream, from_s, until_s):
    for i in range(round(from_s * 10), round(until_s * 10)):
        stream.send(i / 10, {'a': box(300, 200)})


def test_a_camera_is_online_and_offline_exactly_once_each():
    stream = Stream()
    run(stream, 0, 2)
    for second in range(2, 20):
        stream.tick(second)
    run(stream, 20, 22)
    assert told(stream) == [('camera_online', 'live'), ('camera_offline', 'silent'),
                            ('camera_online', 'live')]
    offline, = stream.events('camera_offline')
    assert offline.stamp_ns == BEGIN_NS + int(1.9 * NS) and offline.camera_id == 1


def test_tracks_of_a_camera_that_fell_silent_end_for_that_reason_at_their_last_observation():
    stream = Stream()
    run(stream, 0, 2)
    for second in (2.5, 4.8):
        assert stream.tick(second).tracks == []
    track, = stream.tick(5).tracks
    assert (track.end_reason, track.last_ns) == (
        EndReason.CAMERA_OFFLINE, BEGIN_NS + int(1.9 * NS))
    assert [event.type for event in stream.outcomes[-1].events] == [
        'track_ended', 'camera_offline']
    assert stream.tick(6).tracks == []


def test_tracks_of_a_detector_that_fell_silent_are_lost_while_the_camera_lives():
    stream = Stream()
    run(stream, 0, 2)
    for i in range(20, 60):
        stream.keep(stream.pipeline.sign_of_life(BEGIN_NS + i * NS // 10))
        if i % 10 == 0:
            stream.tick(i / 10)
    track, = [track for track in stream.rows().values() if track.end_reason]
    assert track.end_reason is EndReason.LOST and told(stream) == [('camera_online', 'live')]


def test_a_short_silence_ends_nothing():
    stream = Stream()
    run(stream, 0, 2)
    stream.tick(3)
    run(stream, 3.5, 5)
    assert len(stream.events('track_started')) == 1 and not stream.events('track_ended')


@pytest.mark.parametrize('reason, state', [(EndReason.PAUSED, 'paused'),
                                           (EndReason.RESTART, 'restart')])
def test_a_camera_that_is_listened_to_no_more_is_offline(reason, state):
    stream = Stream()
    stream.keep(stream.pipeline.close(reason))
    assert told(stream) == []
    run(stream, 0, 2)
    for _ in range(2):
        stream.keep(stream.pipeline.close(reason))
    assert told(stream)[1:] == [('camera_offline', state)]


def test_how_long_is_a_setting():
    stream = Stream(replace(RULES, offline_after_s=30))
    run(stream, 0, 2)
    for second in range(2, 31):
        stream.tick(second)
    assert stream.pipeline.online
    stream.tick(32)
    assert not stream.pipeline.online


def test_a_camera_whose_frame_size_is_unknown_is_online_all_the_same():
    stream = Stream()
    stream.pipeline.resize(0, 0)
    run(stream, 0, 1)
    assert told(stream) == [('camera_online', 'live')] and stream.pipeline.online
