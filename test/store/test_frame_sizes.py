"""Sizes of frames and suspensions are kept as facts; a size that was learned counts first."""
import asyncio
from dataclasses import replace

from smartcam_bridge.domain.robot import Suspension
from smartcam_bridge.store.queries import Reader
from smartcam_bridge.store.tasks import (
    Barrier, ChangeCamera, CreateCamera, RecordFrameSize, RecordObservation, RecordSuspension)
from store_builders import fact, observation, START_NS


def sizes_of(path):
    """Return what a reader says."""
    async def ask():
        reader = Reader(path)
        try:
            return await reader.frame_sizes()
        finally:
            await reader.close()
    return asyncio.run(ask())


def test_what_was_learned_counts_before_what_is_configured(recorder, path):
    recorder.submit(CreateCamera('front', {'width': 320, 'height': 240})).result(60)
    recorder.submit(ChangeCamera('camera', {'width': 800, 'height': 600})).result(60)
    assert sizes_of(path) == {'camera': [(0, 800, 600)], 'front': [(0, 320, 240)]}
    for since_ns, width in ((START_NS + 5, 1280), (START_NS, 640)):
        recorder.record(RecordFrameSize(1, since_ns, width, 480))
    recorder.submit(Barrier()).result(60)
    assert sizes_of(path) == {'camera': [(START_NS, 640, 480), (START_NS + 5, 1280, 480)],
                              'front': [(0, 320, 240)]}


def test_a_suspension_has_one_row_that_ends(recorder, rows):
    recorder.record(RecordSuspension(1, Suspension(START_NS, 'driving')))
    recorder.submit(Barrier()).result(60)
    recorder.record(RecordSuspension(1, Suspension(START_NS, 'driving', START_NS + 9)))
    recorder.record(RecordSuspension(1, Suspension(START_NS + 20, 'turning')))
    recorder.submit(Barrier()).result(60)
    assert rows('SELECT camera_id, begin_ns, end_ns, reason FROM suspensions') == [
        (1, START_NS, START_NS + 9, 'driving'), (1, START_NS + 20, None, 'turning')]


def test_observations_know_that_the_robot_moved(recorder, rows):
    recorder.record(fact())
    recorder.record(RecordObservation(replace(observation(START_NS + 1), moving=True)))
    recorder.submit(Barrier()).result(60)
    assert rows('SELECT moving FROM observations ORDER BY stamp_ns') == [(0,), (1,)]
