"""Measure the built-in tracker: what it costs per message, and how well it follows.

ours    `Tracker.assign` as the pipeline calls it.
floor   the least that gives an id: overlap with the boxes of the message before, the best one
        above 0.3 hands its id on. No motion, no score, no label, no memory, no one-to-one.
rival   ByteTrack of the package `trackers` (numpy and scipy), fed the same boxes. It brings
        libraries that are not ours, so install it in an environment of its own and run this file
        with it (nothing of ROS is needed): pip install trackers trackeval

The boxes are those of the demo scene with a detector's faults, 30 a second. With --score the
measures of `scoring.py` are printed as well, also of the tracks that the bridge makes of these
ids and would store, and of the ceiling: who knows the truth.
"""
from __future__ import annotations

import argparse
from collections.abc import Callable
import itertools
from pathlib import Path
import sys
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.harness import Case, report, say  # noqa: E402
from bench.scoring import (  # noqa: E402
    Assign, one_by_one, recording, score_all, Step, stored, Task, TASKS, true_ids)
import numpy as np  # noqa: E402
from smartcam_bridge.companions.detector import Faults  # noqa: E402
from smartcam_bridge.domain.matching import centred, overlaps  # noqa: E402
from smartcam_bridge.domain.tracker import Tracker  # noqa: E402

RIVAL = 'trackers: ByteTrackTracker'
RATE_HZ = 30.0
FAULTS = Faults(miss_rate=0.05, mislabel_rate=0.01, jitter=0.02)


def ours() -> Assign:
    """Return the built-in tracker."""
    tracker = Tracker()
    return lambda step: tracker.assign(step.stamp_ns, step.corners, step.scores, step.label_ids)


def floor() -> Assign:
    """Return what hands ids on to the best overlap."""
    before, ids, numbers = np.empty((4, 0)), np.empty(0, np.int64), itertools.count(1)

    def assign(step: Step) -> tuple[str, ...]:
        nonlocal before, ids
        boxes = centred(step.corners)
        likeness = overlaps(boxes, before)
        if ids.size:
            told = np.where(likeness.max(axis=1) > 0.3, ids[likeness.argmax(axis=1)], 0)
        else:
            told = np.zeros(boxes.shape[1], np.int64)
        new = np.flatnonzero(told == 0)
        told[new] = list(itertools.islice(numbers, len(new)))
        before, ids = boxes, told
        return tuple(map(str, told.tolist()))

    return assign


def rival(rate_hz: float) -> Callable[[], Assign] | None:
    """Return what makes the rival, with two seconds of memory too; None where it is not."""
    try:
        from supervision import Detections
        from trackers import ByteTrackTracker
    except ImportError as error:
        say(f'without the rival: {error}')
        return None

    def make() -> Assign:
        tracker = ByteTrackTracker(frame_rate=rate_hz, lost_track_buffer=60)  # at 30 a second

        def assign(step: Step) -> tuple[str, ...]:
            boxes = step.detected.corners.astype(np.float32)
            seen = tracker.update(Detections(
                xyxy=boxes, confidence=step.scores, class_id=step.label_ids.astype(int),
                data={'row': np.arange(len(boxes))}))
            ids = [''] * len(boxes)
            rows = seen.data['row'].tolist() if len(seen) else []
            for row, number in zip(rows, seen.tracker_id):
                ids[row] = str(number) if number >= 0 else ''
            return tuple(ids)

        return assign

    return make


def cost(boxes: int, repeats: int, messages: int) -> Case:
    """Let the contestants take turns; microseconds of CPU per message."""
    case = Case(f'{boxes} boxes', 'us/message', RIVAL)
    steps = recording(Task(boxes, RATE_HZ, FAULTS), seed=1, seconds=messages / RATE_HZ)
    makers = {'ours': ours, 'floor': floor, 'rival': rival(RATE_HZ)}
    for _ in range(repeats):
        for name, make in makers.items():
            if make:
                assign = make()
                begin = time.process_time()
                for step in steps:
                    assign(step)
                case.add(name, (time.process_time() - begin) / len(steps) * 1e6)
    return case


def quality(seeds: int, seconds: float) -> None:
    """Print how well everybody follows."""
    for name, task in TASKS.items():
        contestants = {'floor': one_by_one(floor), 'ours': one_by_one(ours), 'stored': stored,
                       'ceiling': true_ids}
        if make := rival(task.rate_hz):
            contestants['rival'] = one_by_one(make)
        for who, follow in contestants.items():
            figures = score_all(task, follow, seeds=range(1, seeds + 1), seconds=seconds)
            print(f'{name:8}{who:10}{figures}', flush=True)


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--messages', type=int, default=300)
    parser.add_argument('--score', action='store_true', help='print the measures as well')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--seconds', type=float, default=40.0)
    options = parser.parse_args()
    if options.score:
        quality(options.seeds, options.seconds)
    report('tracker', [cost(boxes, options.repeats, options.messages) for boxes in (10, 100)])


if __name__ == '__main__':
    main()
