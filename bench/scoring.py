"""Score trackers on the demo scene, whose truth is known, with the field's own measures.

Truth is every figure at every step, hidden ones too, as MOTChallenge has it; so the ceiling, the
true ids on what was detected, is below 1. A target counts as tracked from the third box of an id
on, as the bridge confirms it by default; ids with fewer boxes are left out. HOTA, MOTA and IDF1
are TrackEval's.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
import contextlib
from dataclasses import dataclass
import io
import itertools

import numpy as np
from smartcam_bridge.companions.detector import Detected, Detector, Faults
from smartcam_bridge.companions.route import drive
from smartcam_bridge.companions.scene import KINDS, Moment, Scene
from smartcam_bridge.companions.world import View, World
from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.matching import centred, overlaps
from smartcam_bridge.domain.model import Camera, DETECTION, Detections, Source
from smartcam_bridge.domain.pipeline import CameraPipeline, TrackRules
from smartcam_bridge.domain.times import NS

SIZE = {'width': 960, 'height': 540}
CONFIRM_HITS = 3
_START_NS = 1_800_000_000 * NS
_LABEL_IDS = {kind.label: number for number, kind in enumerate(KINDS, 1)}
_HARD = Faults(occlusion=True, pillars=2, miss_rate=0.15, false_rate=1.0, mislabel_rate=0.05,
               jitter=0.04)


@dataclass(frozen=True, slots=True)
class Task:
    """How hard it is made."""

    objects: int
    rate_hz: float
    faults: Faults
    drives: bool = False


TASKS = {
    'easy': Task(6, 15.0, Faults(miss_rate=0.02, mislabel_rate=0.01, jitter=0.01)),
    'hard': Task(10, 15.0, _HARD),
    'crowd': Task(20, 15.0, _HARD),
    'slow': Task(6, 5.0, _HARD),
    'driving': Task(30, 15.0, Faults(True, 0, 0.05, 0.2, 0.02, 0.02), drives=True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One message: the truth, and what a tracker gets. Corners in [0,1] are float32."""

    stamp_ns: int
    truth: Moment
    detected: Detected
    corners: np.ndarray
    scores: np.ndarray
    label_ids: np.ndarray


Ids = list[tuple[str, ...]]     # per step and box, '' for none
Assign = Callable[[Step], tuple[str, ...]]
Follow = Callable[[list[Step]], Ids]


@dataclass(frozen=True, slots=True)
class Score:
    """How well targets were followed; shares of 1, and counts."""

    hota: float
    mota: float
    idf1: float
    switches: int
    targets: int
    ids: int

    def __str__(self) -> str:
        """Write one line."""
        return (f'HOTA {self.hota:.3f}  MOTA {self.mota:.3f}  IDF1 {self.idf1:.3f}  '
                f'switches {self.switches}  targets {self.targets}  ids {self.ids}')


def recording(task: Task, *, seed: int, seconds: float) -> list[Step]:
    """Return the messages of one camera; the same for the same arguments."""
    if task.drives:
        view = View(World(seed=seed, objects=task.objects), 0.0, **SIZE,
                    rng=np.random.default_rng(seed))
    else:
        scene = Scene(seed=seed, objects=task.objects, rate_hz=task.rate_hz, **SIZE)
    detector = Detector(seed=seed, faults=task.faults, **SIZE)
    frame = np.array([SIZE['width'], SIZE['height']] * 2)
    steps = []
    for number in range(round(seconds * task.rate_hz)):
        at_s = number / task.rate_hz
        moment = view.look(number, at_s, drive(at_s)) if task.drives else scene.advance()
        seen = detector.detect(moment)
        steps.append(Step(
            _START_NS + round(number * NS / task.rate_hz), moment, seen,
            (seen.corners / frame).astype(np.float32), seen.scores.astype(np.float32),
            np.array([_LABEL_IDS[label] for label in seen.labels], np.uint16)))
    return steps


def score(steps: list[Step], ids: Ids) -> Score:
    """Hold the ids per message and box against the truth. Needs trackeval."""
    with contextlib.redirect_stdout(io.StringIO()):     # it tells what else it could do
        from trackeval.metrics import CLEAR, HOTA, Identity
        data = _as_trackeval_has_it(steps, ids)
        hota, clear, identity = (metric.eval_sequence(data) for metric in (
            HOTA(), CLEAR({'PRINT_CONFIG': False}), Identity({'PRINT_CONFIG': False})))
    return Score(float(hota['HOTA'].mean()), float(clear['MOTA']), float(identity['IDF1']),
                 int(clear['IDSW']), data['num_gt_ids'], data['num_tracker_ids'])


def score_all(task: Task, follow: Follow, *, seeds: Iterable[int], seconds: float) -> Score:
    """Return the means of the shares and the sums of the counts over several scenes."""
    scores = []
    for seed in seeds:
        steps = recording(task, seed=seed, seconds=seconds)
        scores.append(score(steps, follow(steps)))
    shares = [float(np.mean([getattr(one, name) for one in scores]))
              for name in ('hota', 'mota', 'idf1')]
    counts = [sum(getattr(one, name) for one in scores) for name in ('switches', 'targets', 'ids')]
    return Score(*shares, *counts)


def one_by_one(make: Callable[[], Assign]) -> Follow:
    """Follow with a new tracker of this making."""
    def follow(steps: list[Step]) -> Ids:
        assign = make()
        return [assign(step) for step in steps]

    return follow


def true_ids(steps: list[Step]) -> Ids:
    """Follow as one who knows: the ceiling."""
    return [step.detected.ids for step in steps]


def stored(steps: list[Step]) -> Ids:
    """Follow as the bridge does, with its default settings; the confirmed tracks alone."""
    pipeline = CameraPipeline(
        Camera(1, 'front', **SIZE), LabelBook({}), itertools.count(1).__next__,
        lambda: TrackRules(confirm_hits=CONFIRM_HITS, rejoin_s=2.0, save_s=5.0), waiting_max=1)
    ids, confirmed = [], {0: ''}
    for step in steps:
        seen = step.detected
        boxes = np.zeros(len(seen.scores), DETECTION)
        x1, y1, x2, y2 = seen.corners.T
        boxes['cx'], boxes['cy'], boxes['w'], boxes['h'] = (
            (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)
        boxes['score'] = seen.scores
        outcome = pipeline.advance(
            Detections(step.stamp_ns, '', boxes, seen.labels, ('',) * len(boxes)),
            Source.DETECTIONS, step.stamp_ns)
        confirmed |= {track.id: str(track.id) for track in outcome.tracks}
        ids.append(outcome.observation.track_ids.tolist())
    return [tuple(confirmed.get(one, '') for one in message) for message in ids]


def _as_trackeval_has_it(steps: list[Step], ids: Ids) -> dict[str, object]:
    times = Counter(one for message in ids for one in message)
    times[''] = 0
    truths, trackers = _Numbers(), _Numbers()
    true_numbers, numbers, likeness = [], [], []
    for step, message in zip(steps, ids, strict=True):
        told = [box for box, one in enumerate(message) if times[one] >= CONFIRM_HITS]
        true_numbers.append(truths.of(step.truth.ids))
        numbers.append(trackers.of(message[box] for box in told))
        likeness.append(overlaps(centred(step.truth.corners),
                                 centred(step.detected.corners[told])))
    return {'num_timesteps': len(steps), 'gt_ids': true_numbers, 'tracker_ids': numbers,
            'similarity_scores': likeness,
            'num_gt_ids': len(truths), 'num_gt_dets': sum(map(len, true_numbers)),
            'num_tracker_ids': len(trackers), 'num_tracker_dets': sum(map(len, numbers))}


class _Numbers(dict):
    """Numbers for texts, from 0 on."""

    def of(self, texts: Iterable[str]) -> np.ndarray:
        return np.array([self.setdefault(text, len(self)) for text in texts], int)
