"""Streams of messages through one camera's pipeline, and what came of them."""
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.model import Camera, DETECTION, Detections, Source, TrackState
from smartcam_bridge.domain.pipeline import CameraPipeline, Outcome
from smartcam_bridge.domain.rules import TrackRules
from smartcam_bridge.domain.times import NS

WIDTH, HEIGHT = 640, 480    # a diagonal of 800 px
BEGIN_NS = 1_700_000_000 * NS
RULES = TrackRules(confirm_hits=3, rejoin_s=2.0, save_s=5.0)


def box(x, y, *, width=60.0, height=120.0, score=.9):
    """Return a detector's box by its centre, px."""
    return x, y, 0.0, width, height, score


@dataclass
class Stream:
    """One camera; `send` puts in a message at a time in seconds, and everything is kept."""

    rules: TrackRules = RULES
    camera: Camera = Camera(1, 'front', width=WIDTH, height=HEIGHT)
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.labels = LabelBook({})
        self.pipeline = CameraPipeline(self.camera, self.labels, count(1).__next__,
                                       lambda: self.rules, waiting_max=10)

    def send(self, at_s: float, targets: dict[str, tuple], *, received_s: float | None = None,
             source: Source = Source.TRACKS) -> Outcome:
        """Send boxes by id; a box may be followed by its label."""
        at_ns = BEGIN_NS + round(at_s * NS)
        received_ns = at_ns if received_s is None else BEGIN_NS + round(received_s * NS)
        return self.put(at_ns, targets, received_ns, source)

    def put(self, stamp_ns: int, targets: dict[str, tuple], received_ns: int,
            source: Source = Source.TRACKS) -> Outcome:
        """Send boxes with any stamp."""
        message = Detections(
            stamp_ns, 'lens', np.array([b[:6] for b in targets.values()], DETECTION),
            tuple((*b, 'person')[6] for b in targets.values()), tuple(targets))
        return self.keep(self.pipeline.advance(message, source, received_ns))

    def tick(self, now_s: float) -> Outcome:
        """Let time pass."""
        return self.keep(self.pipeline.tick(BEGIN_NS + round(now_s * NS)))

    def keep(self, outcome: Outcome) -> Outcome:
        """Remember an outcome."""
        self.outcomes.append(outcome)
        return outcome

    def events(self, kind: str) -> list[Event]:
        """Return the events of one type so far."""
        return [event for outcome in self.outcomes for event in outcome.events
                if event.type == kind]

    def rows(self) -> dict[int, TrackState]:
        """Return the tracks as they would be stored now."""
        return {track.id: track for outcome in self.outcomes for track in outcome.tracks}

    def writes(self) -> list[TrackState]:
        """Return every write of a track."""
        return [track for outcome in self.outcomes for track in outcome.tracks]
