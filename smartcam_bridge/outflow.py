"""Where what happened goes: shown at once, stored, and told when it is stored."""
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Camera, Observation, TrackState
from smartcam_bridge.domain.pipeline import Outcome
from smartcam_bridge.domain.shot import SavedShot
from smartcam_bridge.domain.whereabouts import Whereabouts
from smartcam_bridge.live.hub import LiveHub
from smartcam_bridge.live.occupancy import Occupancy
from smartcam_bridge.live.shots import Shots
from smartcam_bridge.store.tasks import (
    RecordCrossing, RecordEvent, RecordFrameSize, RecordLabel, RecordObservation, RecordShot,
    RecordTrack, RecordVisit)


class Outflow:
    """Ingest thread only, but for `keep_shot` and `committed`.

    record: hands facts to the recorder. on_event: gets every event after the commit that stored
    it. post: has a task run on the ingest thread, from any other. cameras: those there are.
    label_of: a label's text by its id.
    """

    def __init__(self, *, record: Callable[..., bool], hub: LiveHub, shots: Shots,
                 whereabouts: Whereabouts, on_event: Callable[[Event], None],
                 post: Callable[[Callable[[], None]], None],
                 cameras: Callable[[], tuple[Camera, ...]],
                 label_of: Callable[[int], str]) -> None:
        self.occupancy = Occupancy()
        self._record = record
        self._hub = hub
        self._shots = shots
        self._whereabouts = whereabouts
        self._on_event = on_event
        self._cameras = cameras
        self._label_of = label_of
        self._post = post
        self._sizes: dict[int, tuple[int, int]] = {}    # of frames by camera id, as last stored
        self._committed: deque[Event] = deque()         # by the recorder's thread, not yet told

    def hand_on(self, outcome: Outcome, size: tuple[int, int],
                labels: Iterable[tuple[int, str]]) -> None:
        """Show what was seen; have it stored together with what follows from it.

        size: of the frame it was seen in, px. labels: (id, name) of those met for the first time.
        """
        self._shots.see(outcome)    # first: it says nothing of a track whose end is recorded
        self._whereabouts.place(outcome)
        self.occupancy.see(outcome.events)
        facts = [RecordLabel(number, name) for number, name in labels]
        if outcome.observation is not None:
            self._hub.publish_boxes(outcome.observation)
            facts += self._new_size(outcome.observation, size)
            facts.append(RecordObservation(outcome.observation))
        facts += map(RecordTrack, outcome.tracks)
        facts += map(RecordVisit, outcome.visits)
        facts += map(RecordCrossing, outcome.crossings)
        facts += map(RecordEvent, outcome.events)
        if facts:
            self._record(*facts)

    def keep_shot(self, saved: SavedShot, track: TrackState | None) -> bool:
        """Have a shot recorded, and told of an open track. Shots' thread."""
        camera = next((one for one in self._cameras() if one.id == saved.camera_id), None)
        pose = self._whereabouts.pose_at(saved.shot.stamp_ns)
        facts = [RecordShot(replace(saved, shot=replace(saved.shot, pose=pose)))]
        if track is not None and camera is not None:
            facts.append(RecordEvent(Event(
                'track_updated', camera.name, saved.shot.stamp_ns,
                {'tracker_id': track.tracker_id, 'change': 'shot'}, camera_id=camera.id,
                track_id=track.id, label=self._label_of(track.label_id),
                pose=pose)))
        return self._record(*facts)

    def committed(self, events: Iterable[Event]) -> None:
        """Have events told. Recorder's thread."""
        self._committed.extend(events)
        self._post(self.tell)

    def tell(self) -> None:
        """Tell what was committed."""
        while self._committed:
            event = self._committed.popleft()
            self._hub.publish_event(event)
            self._on_event(event)

    def _new_size(self, observation: Observation,
                  size: tuple[int, int]) -> list[RecordFrameSize]:
        """Return the size of the frame, where it is news."""
        camera_id = observation.camera.id
        if self._sizes.get(camera_id) == size:
            return []
        self._sizes[camera_id] = size
        return [RecordFrameSize(camera_id, observation.stamp_ns, *size)]
