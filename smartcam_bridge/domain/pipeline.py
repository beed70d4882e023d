"""From a decoded message to what is stored and shown, for one camera."""
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from smartcam_bridge.domain import geometry
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.model import (
    Camera, Crossing, Detections, EndReason, Observation, Sight, Source, TrackState, Visit)
from smartcam_bridge.domain.times import NS
from smartcam_bridge.domain.tracks import TrackTable

_STEP_BACK_NS = 10 * NS     # an older stamp than this begins the stream anew (a bag looped, say)
_CHECKS_PER_LOSS = 4        # a lost track is noticed within this fraction of lost_after_s


@dataclass(frozen=True, slots=True)
class TrackRules:
    """What of the settings decides over tracks."""

    confirm_hits: int
    lost_after_s: float
    save_s: float


@dataclass(slots=True)
class Outcome:
    """What follows from one message or from time passing. Most have an observation and no more.

    sight: the confirmed tracks among the observation's boxes; None where there are none.
    """

    observation: Observation | None = None
    tracks: list[TrackState] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sight: Sight | None = None


@dataclass(slots=True)
class Tally:
    """Counters of a pipeline since its start."""

    observations: int = 0
    boxes_invalid: int = 0      # without area in the frame, or not finite
    scores_clipped: int = 0     # messages with scores outside [0,1]
    stamps_zero: int = 0        # a header without a stamp; the time of receipt was taken
    waited: int = 0             # messages that came before the frame's size was known
    waiting_dropped: int = 0    # of these, what found no room


class CameraPipeline:
    """One camera's detections on their way in. Ingest thread only; no I/O, no clock."""

    def __init__(self, camera: Camera, labels: LabelBook, next_track_id: Callable[[], int],
                 rules: Callable[[], TrackRules], *, waiting_max: int) -> None:
        self.camera = camera
        self.tally = Tally()
        self.size = (0, 0)
        self._projection = np.zeros((6, 6))
        self._set_size(camera.width, camera.height)
        self._labels = labels
        self._rules = rules
        self._tracks = TrackTable(camera.id, next_track_id)
        self._waiting: deque[tuple[Detections, Source, int]] = deque(maxlen=waiting_max)
        self._label_key: tuple[str, ...] | None = None
        self._label_names: tuple[str, ...] = ()
        self._label_ids = np.empty(0, np.uint16)
        self._newest_ns = 0
        self._next_check_ns = 0
        self._next_save_ns = 0
        self._seen_ns = 0       # receipt of the last message

    @property
    def waiting(self) -> int:
        """Return how many messages wait for the frame's size."""
        return len(self._waiting)

    @property
    def open_tracks(self) -> int:
        """Return how many confirmed tracks are open."""
        return len(self._tracks)

    @property
    def tracks_refused(self) -> int:
        """Return how many tracks found no room."""
        return self._tracks.refused

    def resize(self, width: int, height: int) -> list[Outcome]:
        """Learn the frame's size (px); return what the messages that waited for it lead to."""
        self._set_size(width, height)
        waiting, self._waiting = list(self._waiting), deque(maxlen=self._waiting.maxlen)
        return [self.advance(*message) for message in waiting]

    def advance(self, detections: Detections, source: Source, received_ns: int) -> Outcome:
        """Take in one message; received_ns is the wall clock at its receipt."""
        if not (self.size[0] and self.size[1]):
            self.tally.waited += 1
            self.tally.waiting_dropped += len(self._waiting) == self._waiting.maxlen
            self._waiting.append((detections, source, received_ns))
            return Outcome()
        self._seen_ns = received_ns
        stamp_ns = detections.stamp_ns
        if stamp_ns <= 0:
            self.tally.stamps_zero += 1
            stamp_ns = received_ns
        outcome = Outcome()
        if stamp_ns < self._newest_ns - _STEP_BACK_NS:
            self._end(EndReason.LOST, None, outcome)
            self._newest_ns = self._next_check_ns = 0
        self._newest_ns = max(self._newest_ns, stamp_ns)
        rules = self._rules()
        if stamp_ns >= self._next_check_ns:     # before an id that comes back late is met again
            lost_ns = int(rules.lost_after_s * NS)
            self._end(EndReason.LOST, stamp_ns - lost_ns, outcome)
            self._next_check_ns = stamp_ns + lost_ns // _CHECKS_PER_LOSS
        outcome.observation = self._observe(detections, source, stamp_ns, received_ns)
        self.tally.observations += 1
        self._follow(rules, received_ns, outcome)
        return outcome

    def tick(self, now_ns: int) -> Outcome:
        """Let time pass while no message comes: tracks of a silent camera are lost."""
        outcome = Outcome()
        if self._seen_ns and now_ns - self._seen_ns > self._rules().lost_after_s * NS:
            self._seen_ns = 0
            self._end(EndReason.LOST, None, outcome)
        return outcome

    def close(self, reason: EndReason) -> Outcome:
        """End every track, for `reason`."""
        outcome = Outcome()
        self._end(reason, None, outcome)
        return outcome

    def _set_size(self, width: int, height: int) -> None:
        self.size = (width, height)
        if width and height:
            self._projection = geometry.projection(width, height)

    @np.errstate(invalid='ignore', over='ignore')   # what is not finite is looked for below
    def _observe(self, detections: Detections, source: Source, stamp_ns: int,
                 received_ns: int) -> Observation:
        boxes = detections.boxes.view('<f8').reshape(-1, 6)
        ids, labels = detections.ids, detections.labels
        if np.count_nonzero(boxes[:, geometry.THETA]):
            boxes = geometry.upright(boxes)
        placed = boxes @ self._projection
        scores_before = placed[:, geometry.PROJECTED_SCORE].tobytes()
        np.maximum(placed, 0.0, out=placed)
        np.minimum(placed, 1.0, out=placed)
        sides = geometry.has_area(placed)
        if np.count_nonzero(sides) < sides.size:
            kept = np.flatnonzero(sides.all(axis=1)).tolist()
            self.tally.boxes_invalid += len(ids) - len(kept)
            placed = placed[kept]
            ids = tuple([ids[i] for i in kept])
            labels = tuple([labels[i] for i in kept])
        elif placed[:, geometry.PROJECTED_SCORE].tobytes() != scores_before:
            self.tally.scores_clipped += 1
        if labels is not self._label_key:
            self._label_names, self._label_ids = self._labels.look_up(labels)
            self._label_key = labels
        stored = placed.astype(np.float32)
        scores = stored[:, geometry.PROJECTED_SCORE]
        tracked = source is Source.TRACKS and len(ids) > 0
        track_ids = (self._tracks.observe(stamp_ns, ids, placed.T[geometry.FOOT], scores,
                                          self._label_ids)
                     if tracked else np.zeros(len(ids), np.uint32))
        return Observation(self.camera, source, stamp_ns, received_ns,
                           stored[:, :geometry.Y2 + 1], scores, self._label_ids, track_ids,
                           self._label_names, ids)

    def _follow(self, rules: TrackRules, received_ns: int, outcome: Outcome) -> None:
        """Confirm tracks; save open ones now and then, by the wall clock to spare the disk."""
        for track in self._tracks.confirm(rules.confirm_hits):
            outcome.tracks.append(track)
            outcome.events.append(self._event('track_started', track, track.first_ns))
        if received_ns >= self._next_save_ns:
            outcome.tracks += self._tracks.unsaved()
            self._next_save_ns = received_ns + int(rules.save_s * NS)

    def _end(self, reason: EndReason, unseen_since_ns: int | None, outcome: Outcome) -> None:
        for track in self._tracks.end(reason, unseen_since_ns):
            outcome.tracks.append(track)
            outcome.events.append(self._event('track_ended', track, track.last_ns))

    def _event(self, kind: str, track: TrackState, stamp_ns: int) -> Event:
        detail = {'tracker_id': track.tracker_id}
        if track.end_reason is not None:
            detail['end_reason'] = track.end_reason.value
            detail['duration_s'] = round((track.last_ns - track.first_ns) / NS, 3)
        return Event(kind, self.camera.name, stamp_ns, detail, camera_id=self.camera.id,
                     track_id=track.id, label=self._labels.name_of(track.label_id))
