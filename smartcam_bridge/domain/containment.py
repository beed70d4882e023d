"""Which track a face belongs to: the one that its id tells, else the one whose box it is in.

A face that could be of two tracks is of none: a name that is missing comes with the next face, a
false one stays.
"""
from collections import deque
from collections.abc import Sequence

import numpy as np

from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.model import Observation, Source
from smartcam_bridge.domain.times import NS

NO_TRACK = 0
_REMEMBERED = 512           # messages: 8 s of detections and tracks at 30 Hz each
_NEAR_NS = NS // 10         # a box this long before or after a face is where the track was
_ID_NS = NS                 # an id means the same track so long before and after, unless it jumps
_WITHIN = 0.7               # share of a face that is in the box of its track
_ITSELF = 0.5               # a box with this much in common with the face is the face's own
_ASIDE_MAX = 0.45           # of the box's width, from its middle
# A person's box begins at the top of the head, a face a little below: measured in face heights.
_BELOW, _BELOW_MAX = 0.3, 2.5
_CLEAR = 0.4                # what one track must be likelier by than the next
_REACH = 0.5                # a track that an id tells is at most so many of its boxes away
_PEOPLE = frozenset(('person', 'people', 'human', 'pedestrian', 'face', 'head', 'man', 'woman',
                     'child', 'boy', 'girl'))


class TrackBoxes:
    """Where the tracks of one camera were during the last seconds. Ingest thread only."""

    def __init__(self, tally: FaceTally) -> None:
        self._tally = tally
        self._seen: deque[Observation] = deque(maxlen=_REMEMBERED)
        self._last_ns = -1

    def see(self, observation: Observation) -> None:
        """Remember an observation."""
        self._last_ns = observation.stamp_ns
        if len(observation.track_ids):
            self._seen.append(observation)

    def reached(self, stamp_ns: int) -> bool:
        """Say whether observations came up to this stamp."""
        return self._last_ns >= stamp_ns

    def tracks_of(self, stamp_ns: int, ids: Sequence[str], corners: np.ndarray) -> list[int]:
        """Return the track of each face of one message; no track has two.

        ids: what the faces' message tells, '' for nothing. corners: (n, 4), x1 y1 x2 y2 in [0,1].
        """
        near = [seen for seen in self._seen if abs(seen.stamp_ns - stamp_ns) <= _ID_NS]
        near.sort(key=lambda seen: (abs(seen.stamp_ns - stamp_ns), seen.source is not
                                    Source.TRACKS))
        choices: list[tuple[int, float]] = []       # track, and how unlikely it is
        place = self._place(stamp_ns, near)
        for name, face in zip(ids, corners):
            told = self._told(stamp_ns, name, face, near) if name else None
            choices.append(self._contained(face, place) if told is None else (told, -1.0))
        return self._once(choices)

    def _told(self, stamp_ns: int, name: str, face: np.ndarray,
              near: list[Observation]) -> int | None:
        """Return the track that an id means; None: nobody has this id."""
        found = [(seen, seen.ids.index(name)) for seen in near if name in seen.ids]
        if not found:
            return None
        seen, row = found[0]
        tracks = {int(seen.track_ids[row]) for seen, row in found
                  if abs(seen.stamp_ns - stamp_ns) <= _NEAR_NS} or {
                      int(seen.track_ids[row]) for seen, row in found}
        track_id = int(seen.track_ids[row])
        if seen.stamp_ns != stamp_ns and len(tracks) > 1:
            self._tally.torn += 1
            return NO_TRACK
        if track_id == NO_TRACK:
            self._tally.trackless += 1
        elif not _reaches(seen.corners[row], face):
            self._tally.contradicted += 1
            return NO_TRACK
        return track_id

    def _place(self, stamp_ns: int, near: list[Observation]) -> Observation | None:
        """Return the observation that tells best where tracks were."""
        return next((seen for seen in near if abs(seen.stamp_ns - stamp_ns) <= _NEAR_NS
                     and seen.track_ids.any()), None)

    def _contained(self, face: np.ndarray, place: Observation | None) -> tuple[int, float]:
        """Return the track in whose box a face is, and how unlikely that is."""
        rows = [] if place is None else _candidates(face, place)
        if not rows:
            self._tally.trackless += 1
            return NO_TRACK, 0.0
        costs = sorted((_cost(face, place.corners[row]), int(place.track_ids[row]))
                       for row in rows)
        if len(costs) > 1 and costs[1][0] < costs[0][0] + _CLEAR:
            self._tally.torn += 1
            return NO_TRACK, 0.0
        return costs[0][1], costs[0][0]

    def _once(self, choices: list[tuple[int, float]]) -> list[int]:
        """Return the tracks, where two faces chose one that of the clearly likelier only."""
        tracks = [track for track, _ in choices]
        for track in {track for track in tracks if tracks.count(track) > 1} - {NO_TRACK}:
            rivals = sorted((cost, face) for face, (chosen, cost) in enumerate(choices)
                            if chosen == track)
            clear = rivals[1][0] >= rivals[0][0] + _CLEAR
            for _, face in rivals[clear:]:
                tracks[face] = NO_TRACK
                self._tally.torn += 1
        return tracks


def _candidates(face: np.ndarray, place: Observation) -> list[int]:
    """Return the rows of tracks that a face may belong to."""
    boxes = place.corners
    overlap = (np.minimum(boxes[:, 2:], face[2:]) - np.maximum(boxes[:, :2], face[:2])).clip(0)
    shared, own = overlap.prod(axis=1), float((face[2:] - face[:2]).prod())
    sizes = boxes[:, 2:] - boxes[:, :2]
    itself = shared / (own + sizes.prod(axis=1) - shared) >= _ITSELF
    aside = np.abs((face[0] + face[2] - boxes[:, 0] - boxes[:, 2]) / 2) <= _ASIDE_MAX * sizes[:, 0]
    below = face[1] - boxes[:, 1] <= _BELOW_MAX * (face[3] - face[1])
    fits = ((shared >= _WITHIN * own) & aside & below | itself) & (place.track_ids != NO_TRACK)
    rows = np.flatnonzero(fits).tolist()
    people = [row for row in rows if place.labels[row] in _PEOPLE]
    whole = [row for row in people or rows if not itself[row]]
    return whole or people or rows


def _cost(face: np.ndarray, box: np.ndarray) -> float:
    """Return how far a face is from where a person's would be in this box."""
    below = (face[1] - box[1]) / (face[3] - face[1]) - _BELOW
    aside = (face[0] + face[2] - box[0] - box[2]) / (box[2] - box[0])
    return float(np.hypot(below, aside))


def _reaches(box: np.ndarray, face: np.ndarray) -> bool:
    """Say whether a face is in a box or not far from it."""
    room = _REACH * (box[2:] - box[:2])
    middle = (face[:2] + face[2:]) / 2
    return bool(((middle >= box[:2] - room) & (middle <= box[2:] + room)).all())
