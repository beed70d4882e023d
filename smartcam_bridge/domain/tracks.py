"""The open tracks of one camera: who is who from message to message."""
from collections.abc import Callable

import numpy as np

from smartcam_bridge.domain import geometry
from smartcam_bridge.domain.crowd import Crowd, crowd_of, NO_TRACK
from smartcam_bridge.domain.ledger import Ledger, Turn
from smartcam_bridge.domain.model import EndReason, Sight, TrackState
from smartcam_bridge.domain.motion import HOP, Motion
from smartcam_bridge.domain.roll import Roll
from smartcam_bridge.domain.tally import Tally
from smartcam_bridge.domain.trial import Trial

OPEN_MAX = 4096         # open tracks per camera; a tracker that has more is broken
_CORNERS = slice(0, geometry.Y2 + 1)


class TrackTable:
    """Tracks by the tracker's id. Ingest thread only.

    A track is tentative until it passed its trial; it has its id from its first observation on,
    so that boxes stored before already point to it. A track that is not seen goes on when its id
    is met again, or another one where it was expected. `ended` gathers the confirmed tracks that
    came to their end, for whoever takes them away.
    """

    def __init__(self, camera_id: int, next_id: Callable[[], int], tally: Tally) -> None:
        self.motion = Motion(OPEN_MAX)
        self.ended: list[TrackState] = []
        self._camera_id = camera_id
        self._next_id = next_id
        self._tally = tally
        self._roll = Roll(OPEN_MAX)
        self._crowd: Crowd | None = None
        self._track_ids = np.zeros(OPEN_MAX, np.uint32)
        self._first_ns = np.zeros(OPEN_MAX, np.int64)
        self._saved_ns = np.zeros(OPEN_MAX, np.int64)   # the last observation that was saved
        self._trial = Trial(OPEN_MAX)
        self._ledger = Ledger(OPEN_MAX)

    def __len__(self) -> int:
        """Return how many confirmed tracks are open."""
        return len(self._roll.names) - len(self._trial.tentative)

    @property
    def tentative(self) -> int:
        """Return how many open tracks are not believed yet."""
        return len(self._trial.tentative)

    def observe(self, stamp_ns: int, ids: tuple[str, ...], boxes: np.ndarray,
                label_ids: np.ndarray, rejoin_ns: int) -> np.ndarray:
        """Take in one message; return the track id per box: uint32 (n,), 0 without a track.

        boxes: float32 (n, 6), geometry's columns. label_ids: uint16 (n,). The array that comes
        back is shared with later calls, so it must not be written.
        """
        crowd = self._crowd
        if crowd is None or ids is not crowd.ids or label_ids is not crowd.label_ids:
            crowd = self._meet(stamp_ns, ids, boxes, label_ids, rejoin_ns)
        else:
            steps = boxes[:, _CORNERS] - crowd.corners
            if stamp_ns - crowd.seen_ns > rejoin_ns or (
                    np.vdot(steps, steps) > HOP and self._anyone_jumped(stamp_ns, crowd, boxes)):
                crowd = self._meet(stamp_ns, ids, boxes, label_ids, rejoin_ns)
        crowd.corners = boxes[:, _CORNERS]
        crowd.seen_ns = stamp_ns
        crowd.noted = False
        self._take_in(stamp_ns, crowd, boxes)
        return crowd.track_ids

    def observe_late(self, stamp_ns: int, ids: tuple[str, ...], boxes: np.ndarray,
                     label_ids: np.ndarray) -> np.ndarray:
        """Take in a message older than the newest: it counts for tracks that are open."""
        self._note_places()
        found = self._roll.find(_once(ids))
        crowd = crowd_of(ids, label_ids, found, boxes[:, _CORNERS], stamp_ns, self._track_ids)
        self.motion.see(crowd.slots, stamp_ns, crowd.tracked(crowd.corners))
        self._take_in(stamp_ns, crowd, boxes)
        return crowd.track_ids

    def sight(self, stamp_ns: int, corners: np.ndarray, scores: np.ndarray) -> Sight:
        """Return the confirmed tracks among the boxes last observed."""
        crowd = self._crowd
        if crowd.confirmed is None:
            crowd.confirmed = self._confirmed(crowd)
        boxes, track_ids, label_ids = crowd.confirmed
        if boxes is not None:
            corners, scores = corners[boxes], scores[boxes]
        return Sight(stamp_ns, track_ids, corners, scores, label_ids)

    def confirm(self, hits: int, least: float, mark_of: Callable[[int], float],
                received_ns: int) -> list[TrackState]:
        """Return the tracks that are believed from now on.

        least: the lowest median of scores that any label asks for; mark_of: what a label does.
        """
        def mark(slot: int) -> float:
            self._settle()      # the label is by vote
            return mark_of(int(self._ledger.votes.leading[slot]))

        passed = self._trial.passed(hits, least, mark)
        if not passed:
            return []
        self._settle()
        self._forget_confirmed()
        for slot in passed:
            self._ledger.tell_label(slot, int(self._first_ns[slot]))
        return self._save(passed, received_ns)

    def unsaved(self, received_ns: int) -> list[TrackState]:
        """Return the confirmed tracks that there is news of since they were last returned."""
        self._settle()
        slots = self._confirmed_slots()
        slots = slots[self.motion.seen_ns[slots] > self._saved_ns[slots]]
        due = self._ledger.due(slots, self.motion.scale, received_ns)
        return self._save(slots[due].tolist(), received_ns)

    def look(self, quiet_ns: int) -> list[tuple[Turn, TrackState]]:
        """Return what confirmed tracks did since the last look; call it twice a second or so.

        quiet_ns: a label that changed again within so long is told later.
        """
        self._settle()
        slots = self._open_slots()
        self.motion.look(slots)
        turns = self._ledger.look(slots, self.motion.seen_ns, self.motion.scale, quiet_ns)
        return [(turn, self._state(turn.slot, None)) for turn in turns
                if turn.slot not in self._trial.tentative]

    def end(self, reason: EndReason, unseen_since_ns: int | None = None) -> None:
        """End the tracks not seen since then (all: None)."""
        self._note_places()
        slots = self._open_slots()
        if unseen_since_ns is not None:
            slots = slots[self.motion.seen_ns[slots] < unseen_since_ns]
        self._close(slots.tolist(), reason)

    def _meet(self, stamp_ns: int, ids: tuple[str, ...], boxes: np.ndarray,
              label_ids: np.ndarray, rejoin_ns: int) -> Crowd:
        """Find or open the track of every box."""
        self._note_places()
        corners = boxes[:, _CORNERS]
        names = ids
        if len(set(ids)) < len(ids):
            names = _once(ids)
            self._tally.ids_twice += names.count('') - ids.count('')
        found = self._find(stamp_ns, names, corners, rejoin_ns)
        if NO_TRACK in found:
            self._fill(stamp_ns, names, boxes, label_ids, found, rejoin_ns)
        self._crowd = crowd_of(ids, label_ids, found, corners, stamp_ns, self._track_ids)
        return self._crowd

    def _find(self, stamp_ns: int, ids: tuple[str, ...], corners: np.ndarray,
              rejoin_ns: int) -> list[int]:
        """Return the slots of tracks that go on under their id."""
        found = self._roll.find(ids)
        slots = np.array(found, np.intp)
        known = np.flatnonzero(slots != NO_TRACK)
        slots = slots[known]
        overdue = self.motion.seen_ns[slots] < stamp_ns - rejoin_ns
        if np.count_nonzero(overdue):
            self._close(slots[overdue].tolist(), EndReason.LOST)
            return self._find(stamp_ns, ids, corners, rejoin_ns)
        for row in self.motion.jumped(slots, stamp_ns, corners[known]).tolist():
            found[known[row]] = NO_TRACK
            self._tally.ids_jumped += 1
            self._roll.release(int(slots[row]))
        return found

    def _fill(self, stamp_ns: int, ids: tuple[str, ...], boxes: np.ndarray,
              label_ids: np.ndarray, found: list[int], rejoin_ns: int) -> None:
        """Put tracks for strange ids into `found`: one that is missed, or a new one."""
        strange = [box for box, slot in enumerate(found) if slot == NO_TRACK and ids[box]]
        continued = self._missed(stamp_ns, strange, boxes, label_ids, found, rejoin_ns)
        for place, box in enumerate(strange):
            if place in continued:
                found[box] = continued[place]
                self._roll.hold(found[box], ids[box])
                self._tally.tracks_rejoined += 1
            else:
                found[box] = self._open(ids[box], stamp_ns, boxes[box], int(label_ids[box]))

    def _missed(self, stamp_ns: int, strange: list[int], boxes: np.ndarray,
                label_ids: np.ndarray, found: list[int], rejoin_ns: int) -> dict[int, int]:
        """Return which of the strange boxes continue a track that this message misses."""
        present = set(found)
        absent = np.array([slot for slot in self._roll.names if slot not in present], np.intp)
        seen_ns = self.motion.seen_ns[absent]
        absent = absent[(seen_ns >= stamp_ns - rejoin_ns) & (seen_ns < stamp_ns)]
        if not (len(absent) and strange):
            return {}
        return self.motion.continued(absent, self._ledger.votes.leading, stamp_ns,
                                     boxes[strange, _CORNERS], label_ids[strange])

    def _open(self, tracker_id: str, stamp_ns: int, box: np.ndarray, label_id: int) -> int:
        slot = self._roll.enter(tracker_id)
        if slot == NO_TRACK:
            self._tally.tracks_refused += 1
            return NO_TRACK
        self._track_ids[slot] = self._next_id()
        self._first_ns[slot], self._saved_ns[slot] = stamp_ns, 0
        self.motion.open(slot, stamp_ns, box[_CORNERS])
        self._ledger.open(slot, stamp_ns, label_id, box[geometry.X], box[geometry.Y2])
        self._trial.open(slot)
        return slot

    def _close(self, slots: list[int], reason: EndReason) -> None:
        """End these tracks."""
        if not slots:
            return
        self._settle()
        for slot in slots:
            if slot in self._trial.tentative:
                self._tally.tracks_unconfirmed += 1
            else:
                left = reason is EndReason.LOST and self.motion.touches_edge(slot)
                self.ended.append(self._state(slot, EndReason.LEFT if left else reason))
            self._roll.leave(slot)
            self._trial.close(slot)
            self._ledger.close(slot)
        self._crowd = None

    def _anyone_jumped(self, stamp_ns: int, crowd: Crowd, boxes: np.ndarray) -> bool:
        self._note_places()
        return len(self.motion.jumped(crowd.slots, stamp_ns,
                                      crowd.tracked(boxes[:, _CORNERS]))) > 0

    def _take_in(self, stamp_ns: int, crowd: Crowd, boxes: np.ndarray) -> None:
        if self._trial.tentative:
            scores = crowd.tracked(boxes)[:, geometry.PROJECTED_SCORE]
            self._trial.take_in(stamp_ns, crowd.slots, scores)
        if self._ledger.add(stamp_ns, crowd, boxes):
            self._forget_confirmed()

    def _note_places(self) -> None:
        """Bring up to date where the tracks are."""
        crowd = self._crowd
        if crowd is not None and not crowd.noted:
            crowd.noted = True
            self.motion.see(crowd.slots, crowd.seen_ns, crowd.tracked(crowd.corners))

    def _settle(self) -> None:
        self._note_places()
        if self._ledger.settle():
            self._forget_confirmed()

    def _forget_confirmed(self) -> None:
        if self._crowd is not None:
            self._crowd.confirmed = None

    def _confirmed(self, crowd: Crowd) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
        """Return which boxes' tracks are confirmed (None: all), their ids and labels."""
        slots, boxes = crowd.slots, crowd.whose
        believed = self._trial.believed[slots]
        if np.count_nonzero(believed) < len(believed):
            slots = slots[believed]
            boxes = np.flatnonzero(believed) if boxes is None else boxes[believed]
        return boxes, self._track_ids[slots], self._ledger.votes.leading[slots]

    def _open_slots(self) -> np.ndarray:
        return np.fromiter(self._roll.names, np.intp, len(self._roll.names))

    def _confirmed_slots(self) -> np.ndarray:
        slots = self._open_slots()
        return slots[self._trial.believed[slots]]

    def _save(self, slots: list[int], received_ns: int) -> list[TrackState]:
        self._saved_ns[slots] = self.motion.seen_ns[slots]
        self._ledger.save(slots, received_ns)
        return [self._state(slot, None) for slot in slots]

    def _state(self, slot: int, reason: EndReason | None) -> TrackState:
        count, top, mean, last, median = self._ledger.scores.summary(slot)
        return TrackState(
            id=int(self._track_ids[slot]), camera_id=self._camera_id,
            tracker_id=self._roll.names[slot], label_id=int(self._ledger.votes.leading[slot]),
            first_ns=int(self._first_ns[slot]), last_ns=int(self.motion.seen_ns[slot]),
            observations=count, score_top=top, score_mean=mean, score_last=last,
            path=self._ledger.paths.points(slot), end_reason=reason, score_median=median,
            label_changes=self._ledger.votes.changes(slot),
            stationary_ns=int(self._ledger.rest.since_ns[slot]))


def _once(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids with '' in place of those that stood there before."""
    met: set[str] = set()
    return tuple(['' if name in met or met.add(name) else name for name in ids])
