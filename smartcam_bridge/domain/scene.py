"""The zones and tripwires of one camera, and what happens in them."""
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Camera, Crossing, Sight, TrackState, Visit
from smartcam_bridge.domain.moves import Places
from smartcam_bridge.domain.shapes import of_kind, Shape, Tripwire, Zone
from smartcam_bridge.domain.times import NS
from smartcam_bridge.domain.tripwires import Tripwires
from smartcam_bridge.domain.zones import Zones


@dataclass(slots=True)
class SceneOutcome:
    """What happened. A visit comes when it begins, when it is loitering, and when it ends."""

    visits: list[Visit] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class Scene:
    """Follows confirmed tracks through zones and over tripwires. Ingest thread only.

    While `active` it wants every message, also one without anybody in sight: observations are
    consecutive when no message between them lacks the track (see zones.MISSED_MAX).
    """

    def __init__(self, camera: Camera, label_name: Callable[[int], str]) -> None:
        self.camera = camera
        self.active = False     # whether there is any zone or tripwire
        self._label_name = label_name
        self._names: dict[int, str] = {}
        self._places = Places()
        self._zones = Zones(label_name)
        self._tripwires = Tripwires(label_name)
        self._newest_ns = 0

    def change(self, shapes: Iterable[Shape]) -> SceneOutcome:
        """Take the shapes; visits to a zone that is gone or redrawn end when last seen."""
        shapes = tuple(shapes)
        zones, tripwires = of_kind(shapes, Zone), of_kind(shapes, Tripwire)
        if zones == self._zones.zones and tripwires == self._tripwires.tripwires:
            return SceneOutcome()
        ended = self._zones.change(zones, self._places.last_ns)
        self._tripwires.change(tripwires)
        outcome = self._told(ended, [], self._newest_ns)
        self._names = {shape.id: shape.name for shape in (*zones, *tripwires)}
        self.active = bool(zones or tripwires)
        if not self.active:
            self._places = Places()
        return outcome

    def observe(self, sight: Sight) -> SceneOutcome:
        """Follow one message."""
        moves = self._places.advance(sight)
        if moves is None:
            return SceneOutcome()
        self._newest_ns = moves.stamp_ns
        visits, crossings = self._zones.observe(moves), self._tripwires.observe(moves)
        return (self._told(visits, crossings, moves.stamp_ns) if visits or crossings
                else SceneOutcome())

    def end(self, tracks: Sequence[TrackState]) -> SceneOutcome:
        """Forget tracks that have ended; their visits ended with them."""
        visits = []
        for track in tracks:
            slot = self._places.forget(track.id)
            if slot is not None:
                visits += self._zones.end(slot, track)
                self._tripwires.end(slot)
        return self._told(visits, [], max((track.last_ns for track in tracks), default=0))

    def suspend(self) -> SceneOutcome:
        """End all visits when last seen and forget who is where, until `observe` begins anew."""
        zones, tripwires = self._zones.zones, self._tripwires.tripwires
        ended = self._zones.change((), self._places.last_ns)
        self._zones.change(zones, self._places.last_ns)
        self._tripwires.change(())
        self._tripwires.change(tripwires)
        self._places = Places()
        return self._told(ended, [], self._newest_ns)

    def occupancy(self) -> dict[int, int]:
        """Return how many are in each zone now, by its id."""
        return self._zones.occupancy()

    def _told(self, visits: list[Visit], crossings: list[Crossing],
              stamp_ns: int) -> SceneOutcome:
        """Return visits and crossings with their events; occupancies follow what changed them."""
        events = [self._visit_event(visit, stamp_ns) for visit in visits]
        events += [self._event('tripwire_crossed', crossing.stamp_ns, crossing.tripwire_id,
                               'tripwire', crossing,
                               direction=crossing.direction.name.lower())
                   for crossing in crossings]
        changed = dict.fromkeys(visit.zone_id for visit in visits
                                if visit.exited_ns is not None or not visit.loitered)
        occupancy = self.occupancy() if changed else {}
        events += [self._event('occupancy_changed', stamp_ns, zone_id, 'zone', None,
                               occupancy=occupancy.get(zone_id, 0)) for zone_id in changed]
        return SceneOutcome(visits, crossings, events)

    def _visit_event(self, visit: Visit, stamp_ns: int) -> Event:
        if visit.exited_ns is not None:
            return self._event('zone_exited', visit.exited_ns, visit.zone_id, 'zone', visit,
                               dwell_s=_seconds(visit, visit.exited_ns))
        if visit.loitered:
            return self._event('dwell_exceeded', stamp_ns, visit.zone_id, 'zone', visit,
                               dwell_s=_seconds(visit, stamp_ns))
        return self._event('zone_entered', visit.entered_ns, visit.zone_id, 'zone', visit)

    def _event(self, kind: str, stamp_ns: int, shape_id: int, shape: str,
               whose: Visit | Crossing | None, **detail: Any) -> Event:
        return Event(
            kind, self.camera.name, stamp_ns,
            {shape: shape_id, f'{shape}_name': self._names.get(shape_id, ''), **detail},
            camera_id=self.camera.id, shape_id=shape_id,
            track_id=whose.track_id if whose else 0,
            label=self._label_name(whose.label_id) if whose else '')


def _seconds(visit: Visit, until_ns: int) -> float:
    return round((until_ns - visit.entered_ns) / NS, 3)
