"""From a decoded message to what is stored and shown, for one camera."""
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from smartcam_bridge.domain import geometry
from smartcam_bridge.domain.boxes import Boxes, BoxReader
from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.filters import BoxFilter, BoxRules, stored_label_rules
from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.model import (
    Camera, Crossing, Detections, EndReason, Observation, Sight, Source, TrackState, Visit)
from smartcam_bridge.domain.presence import Presence
from smartcam_bridge.domain.rules import TrackRules
from smartcam_bridge.domain.scene import Scene, SceneOutcome
from smartcam_bridge.domain.shapes import Mask, of_kind, Shape
from smartcam_bridge.domain.stamps import StampJudge, Verdict
from smartcam_bridge.domain.tally import Tally
from smartcam_bridge.domain.teller import Teller
from smartcam_bridge.domain.times import NS
from smartcam_bridge.domain.tracker import Tracker
from smartcam_bridge.domain.tracks import TrackTable

_LOOK_NS = 4 * NS // 5      # how often tracks are looked over, by stamps
_QUIET_NS = 10 * NS         # a change of label is told no more often than this, per track
_CROWD, _CONFIRM_NS = 16, NS // 5   # with more open tracks, some are confirmed so often at most
_CORNERS = slice(0, geometry.Y2 + 1)


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

    def add(self, scene: SceneOutcome) -> None:
        """Take over what happened in the scene."""
        self.visits += scene.visits
        self.crossings += scene.crossings
        self.events += scene.events


class CameraPipeline:
    """One camera's detections on their way in. Ingest thread only; no I/O, no clock."""

    def __init__(self, camera: Camera, labels: LabelBook, next_track_id: Callable[[], int],
                 rules: Callable[[], TrackRules], *, waiting_max: int) -> None:
        self.tally = Tally()
        self.moving = False     # the robot moves, and this camera with it
        self.scene = Scene(camera, labels.name_of)
        self._camera = camera
        self._labels = labels
        self._rules = rules
        self._masks: tuple[Mask, ...] = ()
        self._filter_key: tuple | None = None
        self._filter = BoxFilter(BoxRules(), {}, (), labels.name_of)
        self._reader = BoxReader(labels, self.tally, self._current_filter)
        self._stamps = StampJudge(self.tally)
        self._presence = Presence(self.tally)
        self._teller = Teller(camera, labels)
        self._tracker = Tracker()
        self._tracks = TrackTable(camera.id, next_track_id, self.tally)
        self._waiting: deque[tuple[Detections, Source, int]] = deque(maxlen=waiting_max)
        self._next_look_ns = 0
        self._next_confirm_ns = 0
        self._next_save_ns = 0
        self._set_size(camera.width, camera.height)

    @property
    def camera(self) -> Camera:
        """Return the camera as configured."""
        return self._camera

    @camera.setter
    def camera(self, camera: Camera) -> None:
        self._camera = self.scene.camera = self._teller.camera = camera
        self._filter_key = None

    @property
    def size(self) -> tuple[int, int]:
        """Tell how many pixels a frame has, zeros while that is unknown."""
        return self._reader.size

    @property
    def online(self) -> bool:
        """Return whether the camera gives signs of life."""
        return self._presence.online

    @property
    def waiting(self) -> int:
        """Return how many messages wait for the frame's size."""
        return len(self._waiting)

    @property
    def open_tracks(self) -> int:
        """Return how many confirmed tracks are open."""
        return len(self._tracks)

    def change_shapes(self, shapes: Iterable[Shape]) -> Outcome:
        """Take this camera's zones, tripwires and masks, all of them."""
        shapes = tuple(shape for shape in shapes if shape.camera_id == self._camera.id)
        self._masks = of_kind(shapes, Mask)
        self._filter_key = None
        outcome = Outcome()
        outcome.add(self.scene.change(shapes))
        return outcome

    def suspend(self, moving: bool) -> Outcome:
        """Learn whether the robot moves: then places in the picture do not count.

        Zones, tripwires and rest begin anew when it stands still again.
        """
        outcome = Outcome()
        if moving and not self.moving:
            outcome.add(self.scene.suspend())
        self.moving = moving
        return outcome

    def resize(self, width: int, height: int) -> list[Outcome]:
        """Learn the frame's size (px); return what the messages that waited for it lead to."""
        self._set_size(width, height)
        waiting, self._waiting = list(self._waiting), deque(maxlen=self._waiting.maxlen)
        return [self.advance(*message) for message in waiting]

    def advance(self, detections: Detections, source: Source, received_ns: int) -> Outcome:
        """Take in one message; received_ns is the wall clock at its receipt."""
        outcome = Outcome()
        stepped_back = self._live(received_ns, outcome)
        if not (self.size[0] and self.size[1]):
            self.tally.waited += 1
            self.tally.waiting_dropped += len(self._waiting) == self._waiting.maxlen
            self._waiting.append((detections, source, received_ns))
            return outcome
        self._presence.boxes_ns = received_ns
        verdict, stamp_ns = self._stamps.judge(detections, received_ns, stepped_back)
        if verdict is Verdict.TWICE:
            return outcome
        if verdict is Verdict.ANEW:
            self._end(EndReason.LOST, None, outcome)
            self._next_look_ns = self._next_confirm_ns = 0
        rules = self._rules()
        rejoin_ns = int(rules.rejoin_s * NS)
        if stamp_ns >= self._next_look_ns:
            self._look(stamp_ns, rejoin_ns, outcome)
        boxes = self._reader.read(detections)
        track_ids = self._follow(verdict, source, stamp_ns, boxes, rejoin_ns, outcome)
        outcome.observation = Observation(
            self._camera, source, stamp_ns, received_ns, boxes.placed[:, _CORNERS],
            boxes.placed[:, geometry.PROJECTED_SCORE], boxes.label_ids, track_ids, boxes.labels,
            boxes.ids, self.moving)
        self.tally.observations += 1
        self._save(received_ns, outcome)
        return outcome

    def sign_of_life(self, received_ns: int) -> Outcome:
        """Learn that the camera sent something else than boxes."""
        outcome = Outcome()
        self._live(received_ns, outcome)
        return outcome

    def tick(self, now_ns: int) -> Outcome:
        """Let time pass, about once a second; a camera that is silent ends its tracks."""
        outcome, rules, presence = Outcome(), self._rules(), self._presence
        presence.pass_time(now_ns)
        if presence.silent_for(now_ns, rules.offline_after_s):
            self._go_offline(EndReason.CAMERA_OFFLINE, outcome)
        elif presence.boxless_for(now_ns, rules.rejoin_s):
            presence.boxes_ns = 0
            self._end(EndReason.LOST, None, outcome)
        return outcome

    def close(self, reason: EndReason) -> Outcome:
        """End every track, for `reason`."""
        outcome = Outcome()
        self._go_offline(reason, outcome)
        return outcome

    def _set_size(self, width: int, height: int) -> None:
        self._reader.resize(width, height)
        if width and height:
            self._tracks.motion.resize(width, height)

    def _current_filter(self) -> BoxFilter:
        key = self._rules().boxes
        if key is not self._filter_key:
            self._filter_key = key
            self._filter = BoxFilter(key, stored_label_rules(self._camera.label_rules),
                                     self._masks, self._labels.name_of)
        return self._filter

    def _live(self, now_ns: int, outcome: Outcome) -> bool:
        """Note a sign of life; return whether the clock stepped back before it."""
        presence = self._presence
        stepped_back = presence.pass_time(now_ns)
        if stepped_back:
            self._next_save_ns = now_ns
        presence.alive_ns = now_ns
        if not presence.online:
            presence.online = True
            outcome.events.append(self._teller.camera_online(now_ns))
        return stepped_back

    def _go_offline(self, reason: EndReason, outcome: Outcome) -> None:
        self._end(reason, None, outcome)
        if self._presence.online:
            self._presence.online = False
            state = 'silent' if reason is EndReason.CAMERA_OFFLINE else reason.value
            outcome.events.append(self._teller.camera_offline(self._presence.alive_ns, state))

    def _look(self, stamp_ns: int, rejoin_ns: int, outcome: Outcome) -> None:
        """Look over the open tracks: who is lost, who came to rest, who is called otherwise."""
        self._end(EndReason.LOST, stamp_ns - rejoin_ns, outcome)
        for turn, track in self._tracks.look(_QUIET_NS):
            if self.moving and turn.change != 'label':
                continue        # it is the camera that moves
            outcome.events.append(self._teller.updated(turn, track))
        self._next_look_ns = stamp_ns + min(_LOOK_NS, rejoin_ns // 2)

    def _follow(self, verdict: Verdict, source: Source, stamp_ns: int, boxes: Boxes,
                rejoin_ns: int, outcome: Outcome) -> np.ndarray:
        """Return the track id per box, and tell what the tracks do."""
        ids, placed = boxes.ids, boxes.placed
        rules = self._rules()
        followed = source is Source.TRACKS or rules.track_detections
        if verdict is Verdict.STALE or not followed:
            return np.zeros(len(ids), np.uint32)
        if source is Source.DETECTIONS:
            ids = self._tracker.assign(stamp_ns, placed[:, _CORNERS],
                                       placed[:, geometry.PROJECTED_SCORE], boxes.label_ids)
        if verdict is Verdict.LATE:
            return self._tracks.observe_late(stamp_ns, ids, placed, boxes.label_ids)
        track_ids = self._tracks.observe(stamp_ns, ids, placed, boxes.label_ids, rejoin_ns)
        if self._tracks.ended:
            self._tell_ended(outcome)
        self._confirm(rules, stamp_ns, outcome)
        self._see(stamp_ns, placed, outcome)
        return track_ids

    def _confirm(self, rules: TrackRules, stamp_ns: int, outcome: Outcome) -> None:
        """Tell the tracks that are believed from now on; in a crowd, a few messages' at once."""
        if not self._tracks.tentative or stamp_ns < self._next_confirm_ns:
            return
        limits = self._current_filter()
        for track in self._tracks.confirm(rules.confirm_hits, limits.least_confirm_score,
                                          limits.confirm_score, self._presence.alive_ns):
            outcome.tracks.append(track)
            outcome.events.append(self._teller.started(track))
            if len(self._tracks) > _CROWD:
                self._next_confirm_ns = stamp_ns + _CONFIRM_NS

    def _see(self, stamp_ns: int, placed: np.ndarray, outcome: Outcome) -> None:
        """Look at the confirmed tracks of a message, and at what they do in the scene."""
        sight = self._tracks.sight(stamp_ns, placed[:, _CORNERS],
                                   placed[:, geometry.PROJECTED_SCORE])
        if len(sight.track_ids):
            outcome.sight = sight
        if self.scene.active and not self.moving:
            outcome.add(self.scene.observe(sight))

    def _save(self, received_ns: int, outcome: Outcome) -> None:
        """Save open tracks now and then, by the wall clock to spare the disk."""
        if received_ns >= self._next_save_ns:
            outcome.tracks += self._tracks.unsaved(received_ns)
            self._next_save_ns = received_ns + int(self._rules().save_s * NS)

    def _end(self, reason: EndReason, unseen_since_ns: int | None, outcome: Outcome) -> None:
        self._next_confirm_ns = 0
        self._confirm(self._rules(), 0, outcome)    # or a crowd's latest would never be told
        self._tracks.end(reason, unseen_since_ns)
        self._tell_ended(outcome)

    def _tell_ended(self, outcome: Outcome) -> None:
        ended, self._tracks.ended = self._tracks.ended, []
        if ended and self.scene.active:
            outcome.add(self.scene.end(ended))
        outcome.tracks += ended
        outcome.events += map(self._teller.ended, ended)
