"""People whom the bridge of a test knows, and tracks of theirs, as recognition would put them."""
from dataclasses import dataclass, field
import itertools
import json
import time
from typing import Any
import urllib.request

from live_scene import LiveScene
import numpy as np
from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.domain.faces import Probe, Sighting, Stranger, TrackIdentity, Verdict
from smartcam_bridge.store.people_tasks import CreatePerson, EnrollFace
from smartcam_bridge.store.tasks import (
    RecordEvent, RecordIdentity, RecordSighting, RecordStranger)

MODEL, DIMENSION = 'sface', 128
CAMERA, CAMERA_ID = 'front', 1
WAIT_S = 60.0


def face(identity: int, look: int = 0) -> np.ndarray:
    """Return an embedding of unit length; looks of one identity are alike to about 0.7."""
    whose, how = np.random.default_rng(identity), np.random.default_rng([identity, look])
    vector = whose.normal(size=DIMENSION) + 0.65 * how.normal(size=DIMENSION)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@dataclass
class KnownFaces:
    """Puts people and tracks into a scene."""

    scene: LiveScene
    _used: set[int] = field(default_factory=set)
    # Far from the numbers that the bridge itself gives.
    _strangers: Any = field(default_factory=lambda: itertools.count(1000))

    def person(self, name: str, identity: int = 0, templates: int = 0) -> int:
        """Return the id of somebody new, with so many templates."""
        person = self.scene.submit(CreatePerson(name, '', 'given', 'test', time.time_ns()))
        for look in range(templates):
            self.scene.submit(EnrollFace(
                person.id, MODEL, face(identity, look), 'vector', 'test', time.time_ns(),
                face_px=90.0, quality=0.8))
        return person.id

    def seen(self, identity: int, *, person: int = 0, stranger: int = 0, look: int = 50) -> int:
        """Return a track that ended, of which a face is held, with who it was and an event."""
        track = self._track()
        self.tell(track, identity, person=person, stranger=stranger, look=look)
        return track

    def tell(self, track: int, identity: int, *, person: int = 0, stranger: int = 0,
             look: int = 50) -> None:
        """Say who a track is."""
        now_ns = time.time_ns()
        probe = Probe(CAMERA_ID, track, now_ns, MODEL, face(identity, look), (.4, .3, .5, .5),
                      92.0, 0.9, 0.8, 0.9, 0.8)
        verdict = Verdict.KNOWN if person else Verdict.UNKNOWN
        type_ = 'person_identified' if person else 'stranger_seen'
        facts = [RecordIdentity(TrackIdentity(
                     track, CAMERA_ID, verdict, person, stranger, 0.713, 0.4, 5, now_ns)),
                 RecordSighting(Sighting(0, probe, person, stranger, 0.713)),
                 RecordEvent(Event(
                     type_, CAMERA, now_ns, {'similarity': 0.713, 'margin': 0.4, 'probes': 5},
                     camera_id=CAMERA_ID, track_id=track, label='robot', person_id=person,
                     stranger_id=stranger, severity=Severity.NOTICE))]
        self.scene.record(*facts)

    def stranger(self, identity: int, tracks: int = 1) -> int:
        """Return the number of somebody who was seen in so many tracks."""
        number, now_ns = next(self._strangers), time.time_ns()
        self.scene.record(RecordStranger(Stranger(
            number, MODEL, now_ns, now_ns, now_ns, tracks, tracks, face(identity))))
        for look in range(tracks):
            self.seen(identity, stranger=number, look=look)
        return number

    def _track(self) -> int:
        """Return a track that has ended and nobody has asked for; wait for one."""
        query = f'tracks?camera={CAMERA}&open=false&limit=200'
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            free = [item['id'] for item in self.ask(query)['items']
                    if item['id'] not in self._used]
            if free:
                self._used.add(free[0])
                return free[0]
            time.sleep(0.1)
        raise AssertionError('no track has come')

    def ask(self, path: str) -> Any:
        """Return what the bridge answers an admin."""
        request = urllib.request.Request(
            f'{self.scene.url}/api/v1/{path}',
            headers={'Authorization': f'Bearer {self.scene.token()}'})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
