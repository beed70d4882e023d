"""What the recorder can be asked to do. Facts have no reply; commands resolve a Future."""
from dataclasses import dataclass
from typing import Any

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Sighting, Stranger, TrackIdentity
from smartcam_bridge.domain.model import Crossing, Observation, TrackState, Visit
from smartcam_bridge.domain.robot import Suspension
from smartcam_bridge.domain.shot import SavedShot


# Facts: put in by the ingest thread, never answered.

@dataclass(frozen=True, slots=True)
class RecordObservation:
    """Store one observation. Thinned under load: the newest picture matters, not every one."""

    observation: Observation


@dataclass(frozen=True, slots=True)
class RecordTrack:
    """Bring a track's row up to date (insert or update). Never thinned."""

    track: TrackState


@dataclass(frozen=True, slots=True)
class RecordLabel:
    """Store a label that was met for the first time. Never thinned."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """Bring a visit's row up to date (insert or update). Never thinned."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class RecordCrossing:
    """Store a pass over a tripwire. Never thinned."""

    crossing: Crossing


@dataclass(frozen=True, slots=True)
class RecordFrameSize:
    """Store how large a camera's frames are from a stamp on, in px. Never thinned."""

    camera_id: int
    since_ns: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RecordSuspension:
    """Bring the row of a time in which the robot moved up to date. Never thinned."""

    camera_id: int
    suspension: Suspension


@dataclass(frozen=True, slots=True)
class RecordShot:
    """Let a track point at its best shot, whose files are there. Never thinned."""

    saved: SavedShot


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Store an event and give it its number; it is told when that is committed. Never thinned."""

    event: Event


@dataclass(frozen=True, slots=True)
class RecordIdentity:
    """Let a track's row say who it is. Never thinned; nothing where that person is forgotten."""

    identity: TrackIdentity


@dataclass(frozen=True, slots=True)
class RecordSighting:
    """Keep a face of a track, in place of the one in its slot. Never thinned."""

    sighting: Sighting


@dataclass(frozen=True, slots=True)
class RecordStranger:
    """Bring a stranger's row up to date (insert or update). Never thinned."""

    stranger: Stranger


@dataclass(frozen=True, slots=True)
class JoinStrangers:
    """Give all that belongs to a stranger to another, who is the same. Never thinned."""

    gone_id: int
    heir_id: int


# Commands: submitted from any thread, answered through a concurrent Future after the commit.

@dataclass(frozen=True, slots=True)
class CreateCamera:
    """Add a camera; answers Camera. Raises Conflict where the name is taken."""

    name: str
    fields: dict[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class ChangeCamera:
    """Change fields of a camera; answers Camera. Raises NotFound."""

    name: str
    fields: dict[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class DeleteCamera:
    """Remove a camera with its observations and tracks; answers None. Raises NotFound."""

    name: str


@dataclass(frozen=True, slots=True)
class CreateShape:
    """Draw a shape on a camera; answers Shape.

    Raises NotFound (camera), ShapeError, Conflict where the name is taken or there are too many.
    """

    camera: str
    kind: str       # of domain.shapes.KINDS
    name: str
    enabled: bool
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeShape:
    """Change what is not None and the given keys of its definition; answers Shape.

    Raises NotFound, ShapeError, Conflict where the name is taken.
    """

    id: int
    name: str | None
    enabled: bool | None
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeleteShape:
    """Remove a shape; its visits and crossings stay. Answers None. Raises NotFound."""

    id: int


@dataclass(frozen=True, slots=True)
class SaveToken:
    """Add a token row (see store.tokens.TokenRow); answers its id."""

    kind: str        # 'token', 'session' or 'login'
    name: str
    role: str        # 'viewer', 'operator' or 'admin'
    digest: bytes    # SHA-256 of the secret
    created_ns: int
    expires_ns: int  # 0: never


@dataclass(frozen=True, slots=True)
class DeleteToken:
    """Remove a token row; answers whether there was one (so a login code works just once)."""

    id: int


@dataclass(frozen=True, slots=True)
class CreateEvent:
    """Store an event at once; answers it with its number. It is told like any other."""

    event: Event


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """Pin an event or not, acknowledge it as `who` or not; None: as it is. Raises NotFound."""

    seq: int
    who: str
    at_ns: int
    pinned: bool | None = None
    acknowledged: bool | None = None


@dataclass(frozen=True, slots=True)
class AcknowledgeEvents:
    """Acknowledge many events up to a number, the newest first; answers Acknowledged.

    camera: of this one only, '' for all. Raises NotFound.
    """

    to_seq: int
    who: str
    at_ns: int
    camera: str = ''


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """How many events were acknowledged; `next_seq`: where to go on, 0: all are."""

    count: int
    next_seq: int


@dataclass(frozen=True, slots=True)
class DeleteEvent:
    """Remove an event; its number is never used again. Raises NotFound."""

    seq: int


@dataclass(frozen=True, slots=True)
class Backup:
    """Write a consistent copy beside the database; answers its path."""


@dataclass(frozen=True, slots=True)
class Purge:
    """Delete what is older than the settings keep; answers a store.retention.PurgeReport."""

    now_ns: int


@dataclass(frozen=True, slots=True)
class PinTrack:
    """Keep a track for ever with all that belongs to it, or not; answers None. Raises NotFound."""

    track_id: int
    pinned: bool


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Find, and unless dry_run mend, what is out of order.

    Answers a store.reconcile.Reconciliation. Raises Conflict where more than half would be
    deleted, unless confirmed.
    """

    now_ns: int
    dry_run: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Barrier:
    """Answer when everything submitted before is committed."""
