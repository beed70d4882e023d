"""How the recorder and recognition are: the words that others share with live."""
import dataclasses
from dataclasses import dataclass
from typing import Any


PURGED = ('observations', 'tracks', 'events', 'media', 'rollups', 'evicted')
"""What is counted of purges; by these names in a PurgeReport, too."""


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """The recorder now."""

    state: str = 'closed'           # running, degraded, closed
    problem: str | None = None      # why it is degraded, and what to do
    backlog: int = 0                # tasks that wait
    capacity: int = 0
    thinned: int = 0                # observations left out because the backlog was high
    dropped: int = 0                # tasks lost because the queue was full
    refused: int = 0                # rows that could not be stored for a reason of their own
    recorded: int = 0               # observations committed
    events: int = 0                 # events committed, and told
    events_lost: int = 0            # events that were neither
    commits: int = 0
    commit_age_s: float | None = None   # since the last commit, None before the first
    database_bytes: int = 0         # database file and write-ahead log
    log_bytes: int = 0              # of these, the log
    media_bytes: int = 0            # pictures, as of the last look, a minute ago at most
    media_allowed: bool = True      # False: no room for new pictures
    disk: str = 'ok'                # ok, low, critical, full: see docs/operations.md
    disk_free_bytes: int | None = None
    purged_observations: int = 0    # since the start, too old or too much
    purged_tracks: int = 0
    purged_events: int = 0
    purged_media: int = 0           # pictures
    purged_rollups: int = 0
    purged_evicted: int = 0         # of all these, those that were too much

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form of docs/api.md."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class GalleryStatus:
    """Those of one face model who may be recognised."""

    templates: int
    bytes: int              # noqa: A003 - in memory, with what it takes to match faster
    plan_dimensions: int    # looked at first, of all that a face has; 0: all are, always


@dataclass(frozen=True, slots=True)
class RecognitionStatus:
    """Recognition on all cameras now; counters since the start."""

    people: int                                 # with a name
    galleries: dict[str, GalleryStatus]         # by model
    counters: dict[str, int]                    # what became of faces, by kind
    match_p50_ms: float | None = None           # of one face, of the newest thousand
    match_p95_ms: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form of docs/api.md."""
        return dataclasses.asdict(self)
