"""Who is in which zone: visits, with dwell from stamps."""
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from smartcam_bridge.domain.model import TrackState, Visit
from smartcam_bridge.domain.moves import Moves, widened
from smartcam_bridge.domain.polygons import Polygons
from smartcam_bridge.domain.schedules import is_open, MINUTE_NS
from smartcam_bridge.domain.shapes import Zone
from smartcam_bridge.domain.times import NS

MISSED_MAX = 10     # messages a track may miss between two observations that are consecutive

# States of a track and a zone. A change of mind lasts until inertia has confirmed or refuted it.
_OUTSIDE, _INSIDE, _CHANGING = 0, 1, 2
_Key = tuple[int, int]      # slot, number of the zone


@dataclass(slots=True)
class _Change:
    """Consecutive observations on the other side of the border than before."""

    begin_ns: int       # the first of them
    border_ns: int      # when the border was met
    count: int = 0
    message: int = 0    # the last of them


class Zones:
    """The visits to some zones of one camera. Ingest thread only.

    Every method returns the visits that began, loitered or ended by it, as they are now. Work
    per message is vectorised; only what changes is looked at one by one.
    """

    def __init__(self, label_name: Callable[[int], str]) -> None:
        self.zones: tuple[Zone, ...] = ()
        self._label_name = label_name
        self._visits: dict[_Key, Visit] = {}
        self._changes: dict[_Key, _Change] = {}
        self._states = np.zeros((0, 1), np.uint8)
        self._loiter_ns: int | None = None      # the first time when somebody may loiter
        self._set(())

    def occupancy(self) -> dict[int, int]:
        """Return how many are in each zone, by its id."""
        count = dict.fromkeys((zone.id for zone in self.zones), 0)
        for visit in self._visits.values():
            count[visit.zone_id] += 1
        return count

    def change(self, zones: tuple[Zone, ...], last_ns: Callable[[int], int]) -> list[Visit]:
        """Take other zones; visits to a zone that is gone or redrawn end when last seen.

        last_ns: tells when the track of a slot was last seen.
        """
        old, states = {zone.id: number for number, zone in enumerate(self.zones)}, self._states
        kept = {old[zone.id]: number for number, zone in enumerate(zones)
                if zone.id in old and _borders(zone) == _borders(self.zones[old[zone.id]])}
        ended = [replace(visit, exited_ns=max(last_ns(slot), visit.entered_ns))
                 for (slot, number), visit in self._visits.items() if number not in kept]
        self._visits = {(slot, kept[number]): visit for (slot, number), visit
                        in self._visits.items() if number in kept}
        self._changes = {(slot, kept[number]): change for (slot, number), change
                         in self._changes.items() if number in kept}
        self._set(zones)
        self._states = np.zeros((len(zones), states.shape[1]), np.uint8)
        self._states[list(kept.values())] = states[list(kept)]
        self._await_loitering()
        return ended

    def observe(self, moves: Moves) -> list[Visit]:
        """Follow one message."""
        if not self.zones:
            return []
        if moves.slots.max() >= self._states.shape[1]:
            self._states = widened(self._states, 2 * int(moves.slots.max()) + 1)
        visits = self._keep_hours(moves.stamp_ns) if self._scheduled else []
        inside = self._polygons.contain(moves.now)
        admitted = self._admitted(moves.label_ids)
        if admitted is not None:
            inside &= admitted
        at_odds = self._states.take(moves.slots, axis=1) != inside
        if at_odds.any():
            for number, row in np.argwhere(at_odds).tolist():
                visits += self._waver(number, row, moves, bool(inside[number, row]))
        if self._loiter_ns is not None and moves.stamp_ns >= self._loiter_ns:
            visits += self._loiter(moves)
        return visits

    def end(self, slot: int, track: TrackState) -> list[Visit]:
        """End a track's visits, and forget it."""
        ended = []
        for number in range(len(self.zones)):
            change = self._changes.get((slot, number))
            ended += self._leave(slot, number, change.border_ns if change else track.last_ns,
                                 track.label_id)
        if slot < self._states.shape[1]:
            self._states[:, slot] = _OUTSIDE
        return ended

    def _set(self, zones: tuple[Zone, ...]) -> None:
        self.zones = zones
        self._polygons = Polygons([zone.points for zone in zones],
                                  [zone.anchor for zone in zones])
        self._scheduled = [number for number, zone in enumerate(zones) if zone.schedule]
        self._minute = -1
        self._open = np.ones((len(zones), 1), bool)
        self._picky = any(zone.labels for zone in zones)
        self._welcome: dict[int, np.ndarray] = {}   # label id -> which zones want it
        self._crowd: tuple[bytes, np.ndarray | None] = b'', None

    def _keep_hours(self, stamp_ns: int) -> list[Visit]:
        """Look at the schedules once a minute; visits end when their zone closes."""
        minute = stamp_ns // MINUTE_NS
        if minute == self._minute:
            return []
        self._minute = minute
        for number in self._scheduled:
            zone = self.zones[number]
            self._open[number] = is_open(zone.schedule, zone.timezone, stamp_ns)
        self._crowd = b'', None
        closed = [key for key in self._visits if not self._open[key[1], 0]]
        ended = []
        for slot, number in closed:
            ended += self._leave(slot, number, minute * MINUTE_NS)
            self._states[number, slot] = _OUTSIDE
        return ended

    def _admitted(self, label_ids: np.ndarray) -> np.ndarray | None:
        """Return whom the zones are for now, bool (zones, k); None: for everybody."""
        if not (self._picky or self._scheduled):
            return None
        key = label_ids.tobytes()
        if key != self._crowd[0]:
            columns = [self._wanted(label_id) for label_id in label_ids.tolist()]
            self._crowd = key, np.stack(columns, axis=1) & self._open
        return self._crowd[1]

    def _wanted(self, label_id: int) -> np.ndarray:
        wanted = self._welcome.get(label_id)
        if wanted is None:
            name = self._label_name(label_id)
            wanted = self._welcome[label_id] = np.array(
                [not zone.labels or name in zone.labels for zone in self.zones], bool)
        return wanted

    def _waver(self, number: int, row: int, moves: Moves, inside: bool) -> list[Visit]:
        """Count an observation for or against a change; return the visit that follows."""
        slot = int(moves.slots[row])
        key = slot, number
        member = key in self._visits
        if inside == member or moves.jumped is not None and moves.jumped[row]:
            self._changes.pop(key, None)
            self._states[number, slot] = member
            return []
        change = self._changes.get(key)
        if change is None or moves.message - change.message - 1 > MISSED_MAX:
            change = self._changes[key] = _Change(
                moves.stamp_ns, self._border_ns(number, row, moves, inside))
            self._states[number, slot] = _CHANGING
        change.count += 1
        change.message = moves.message
        zone = self.zones[number]
        if (moves.stamp_ns - change.begin_ns < zone.inertia_s * NS if zone.inertia_s
                else change.count < zone.inertia):
            return []
        self._states[number, slot] = inside
        label_id = int(moves.label_ids[row])
        if member:
            return self._leave(slot, number, change.border_ns, label_id)
        del self._changes[key]
        visit = self._visits[key] = Visit(zone.id, zone.camera_id, int(moves.track_ids[row]),
                                          label_id, change.border_ns)
        self._await_loitering()
        return [visit]

    def _border_ns(self, number: int, row: int, moves: Moves, inside: bool) -> int:
        """Return when a border was met: the last time on the way in, the first on the way out."""
        met = self._polygons.border(number, moves.before[:, row], moves.now[:, row])
        jumped = moves.jumped is not None and moves.jumped[row]
        return moves.moment(row, met[-1 if inside else 0] if met and not jumped else 1)

    def _leave(self, slot: int, number: int, exited_ns: int,
               label_id: int | None = None) -> list[Visit]:
        self._changes.pop((slot, number), None)
        visit = self._visits.pop((slot, number), None)
        if visit is None:
            return []
        self._await_loitering()
        return [replace(visit, exited_ns=max(exited_ns, visit.entered_ns),
                        label_id=visit.label_id if label_id is None else label_id)]

    def _await_loitering(self) -> None:
        self._loiter_ns = min(
            (self._due_ns(number, visit) for (_, number), visit in self._visits.items()
             if self.zones[number].loiter_s and not visit.loitered), default=None)

    def _due_ns(self, number: int, visit: Visit) -> int:
        return visit.entered_ns + round(self.zones[number].loiter_s * NS)

    def _loiter(self, moves: Moves) -> list[Visit]:
        """Return who has stayed long enough by now and is still seen inside."""
        late = []
        for slot in moves.slots.tolist():
            for number, zone in enumerate(self.zones):
                visit = self._visits.get((slot, number))
                if (visit and zone.loiter_s and not visit.loitered
                        and moves.stamp_ns >= self._due_ns(number, visit)
                        and self._states[number, slot] == _INSIDE):
                    visit = self._visits[slot, number] = replace(visit, loitered=True)
                    late.append(visit)
        if late:
            self._await_loitering()
        return late


def _borders(zone: Zone) -> Zone:
    """Return what decides who is in a zone; the rest may change while visits go on."""
    return replace(zone, name='', color='', loiter_s=0.0)
