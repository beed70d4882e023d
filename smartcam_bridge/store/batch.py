"""What one commit takes."""
from bisect import bisect_right
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Sighting, Stranger, TrackIdentity
from smartcam_bridge.domain.model import Crossing, Observation, TrackState, Visit
from smartcam_bridge.domain.shot import SavedShot
from smartcam_bridge.store.tasks import (
    JoinStrangers, RecordCrossing, RecordEvent, RecordFrameSize, RecordIdentity, RecordLabel,
    RecordObservation, RecordShot, RecordSighting, RecordStranger, RecordSuspension, RecordTrack,
    RecordVisit)

Fact = (RecordObservation | RecordTrack | RecordLabel | RecordVisit | RecordCrossing
        | RecordEvent | RecordFrameSize | RecordSuspension | RecordShot | RecordIdentity
        | RecordSighting | RecordStranger | JoinStrangers)


@dataclass(slots=True)
class Batch:
    """Facts and commands. Of what has states only the last one matters: one place each."""

    labels: dict[int, str] = field(default_factory=dict)
    tracks: dict[int, TrackState] = field(default_factory=dict)
    visits: dict[tuple[int, int, int], Visit] = field(default_factory=dict)
    crossings: list[Crossing] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sizes: list[RecordFrameSize] = field(default_factory=list)
    suspensions: list[RecordSuspension] = field(default_factory=list)
    shots: list[SavedShot] = field(default_factory=list)
    identities: dict[int, TrackIdentity] = field(default_factory=dict)
    sightings: dict[tuple[int, int], Sighting] = field(default_factory=dict)
    strangers: dict[int, Stranger] = field(default_factory=dict)
    joined: list[JoinStrangers] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    commands: list[tuple[Any, Future]] = field(default_factory=list)

    @property
    def lasting(self) -> int:
        """Count the facts that are never thinned."""
        return (len(self.tracks) + len(self.visits) + len(self.crossings) + len(self.events)
                + len(self.labels) + len(self.sizes) + len(self.suspensions) + len(self.shots)
                + len(self.identities) + len(self.sightings) + len(self.strangers)
                + len(self.joined))

    @property
    def rows(self) -> int:
        """Count the facts."""
        return len(self.observations) + self.lasting

    def __bool__(self) -> bool:
        return bool(self.rows or self.commands)

    def add(self, fact: Fact) -> None:
        """Add a fact; a later state takes the place of an earlier one."""
        if isinstance(fact, RecordObservation):
            self.observations.append(fact.observation)
        elif isinstance(fact, RecordTrack):
            self.tracks[fact.track.id] = fact.track
        elif isinstance(fact, RecordEvent):
            self.events.append(fact.event)
        elif isinstance(fact, RecordVisit):
            self.visits[_key(fact.visit)] = fact.visit
        elif isinstance(fact, RecordCrossing):
            self.crossings.append(fact.crossing)
        elif isinstance(fact, RecordFrameSize):
            self.sizes.append(fact)
        elif isinstance(fact, RecordSuspension):
            self.suspensions.append(fact)
        elif isinstance(fact, RecordShot):
            self.shots.append(fact.saved)
        elif isinstance(fact, RecordIdentity):
            self.identities[fact.identity.track_id] = fact.identity
        elif isinstance(fact, RecordSighting):
            self.sightings[_slot(fact.sighting)] = fact.sighting
        elif isinstance(fact, RecordStranger):
            self.strangers[fact.stranger.id] = fact.stranger
        elif isinstance(fact, JoinStrangers):
            self.joined.append(fact)
        else:
            self.labels[fact.id] = fact.name

    def needs_place(self, fact: Fact) -> bool:
        """Say whether a fact takes a place of its own: labels are few, states are replaced."""
        if isinstance(fact, RecordTrack):
            return fact.track.id not in self.tracks
        if isinstance(fact, RecordVisit):
            return _key(fact.visit) not in self.visits
        if isinstance(fact, RecordIdentity):
            return fact.identity.track_id not in self.identities
        if isinstance(fact, RecordSighting):
            return _slot(fact.sighting) not in self.sightings
        if isinstance(fact, RecordStranger):
            return fact.stranger.id not in self.strangers
        return not isinstance(fact, RecordLabel)

    def cut(self, boxes_max: int) -> 'Batch':
        """Keep the first observations, with so many boxes at most, but one at least.

        Returns the others, and the commands: they are answered when all before them is stored.
        """
        held = accumulate(len(observation.corners) for observation in self.observations)
        kept = max(1, bisect_right(list(held), boxes_max))
        rest = Batch(observations=self.observations[kept:])
        if rest:
            rest.commands, self.commands = self.commands, []
            del self.observations[kept:]
        return rest

    def put_before(self, later: 'Batch') -> 'Batch':
        """Return both as one, without this one's commands; later states count."""
        return Batch(self.labels | later.labels, self.tracks | later.tracks,
                     self.visits | later.visits, self.crossings + later.crossings,
                     self.events + later.events, self.sizes + later.sizes,
                     self.suspensions + later.suspensions, self.shots + later.shots,
                     self.identities | later.identities, self.sightings | later.sightings,
                     self.strangers | later.strangers, self.joined + later.joined,
                     self.observations + later.observations, later.commands)


def _key(visit: Visit) -> tuple[int, int, int]:
    return visit.zone_id, visit.track_id, visit.entered_ns


def _slot(sighting: Sighting) -> tuple[int, int]:
    return sighting.probe.track_id, sighting.slot
