"""What the demo's truth says of faces, beside what a bridge made of them."""
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

from running import Bridge
from smartcam_bridge.cli.main import main
from smartcam_bridge.companions.demo_people import DemoPeople
from smartcam_bridge.companions.settings import DemoSettings
from smartcam_bridge.settings import Settings

USABLE = 0.5
"""A face is usable that is as sharp and as frontal as this, large enough, and tells its track."""


@dataclass(frozen=True)
class SeenTrack:
    """A track of a person. person: '' for nobody; usable: how many usable faces were sent."""

    camera: str
    tracker_id: str
    person: str
    usable: int
    stamps_ns: frozenset[int]

    @property
    def enrolled(self) -> bool:
        """Say whether this is somebody, and in the gallery."""
        return self.person != '' and not self.stranger

    @property
    def stranger(self) -> bool:
        """Say whether this person is in no gallery."""
        return self.person.startswith('stranger ')


def enroll_all(bridge: Bridge, folder: Path, **scene: Any) -> dict[int, str]:
    """Enroll the people of a scene with these parameters; return their names by id.

    Those who look alike need an admin's word against the enroll gate's.
    """
    gallery = folder / 'gallery.npz'
    settings = DemoSettings(**scene)
    DemoPeople(settings).write_gallery(str(gallery), settings.gallery_templates)
    assert bridge.url
    assert main(['enroll', str(gallery), '--data-dir', str(bridge.data_dir),
                 '--override']) == 0
    people = bridge.all('/api/v1/people')
    assert len(people) == settings.identities
    assert {person['templates'] for person in people} == {settings.gallery_templates}
    return {person['id']: person['name'] for person in people}


def tracks_sent(truth_path: Path) -> dict[tuple[str, str], SeenTrack]:
    """Return the tracks of people, by camera and tracker id."""
    found = {}
    for camera, sent in json.loads(truth_path.read_text())['cameras'].items():
        usable: dict[str, int] = {}
        for face in sent.get('faces', ()):
            usable[face['track']] = usable.get(face['track'], 0) + _is_usable(face)
        for track in sent['tracks']:
            if track['label'] == 'person':
                key = camera, track['id']
                found[key] = SeenTrack(*key, track.get('person', ''), usable.get(track['id'], 0),
                                       frozenset(track['stamps_ns']))
    return found


def _is_usable(face: dict[str, Any]) -> bool:
    x1, y1, x2, y2 = face['corners']
    return (min(x2 - x1, y2 - y1) >= Settings().face_min_px and face['id'] != ''
            and min(face['quality'][1:]) >= USABLE)
