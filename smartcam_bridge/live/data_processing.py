"""What is kept of people, where, for how long, and who can see it: said by the bridge itself."""
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smartcam_bridge.domain.face_rules import stored_recognition
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.retention import stored_retention
from smartcam_bridge.settings import Settings

_KEPT = {
    'boxes': ('What the detectors saw in each message: place, label and score.',
              'observations_keep_h'),
    'tracks': ('One row for each target that was followed: when, its path, zones and tripwires, '
               'and who it was, where that is known.', 'tracks_keep_days'),
    'pictures': ('Of each track the frame that shows it best, whole and cut out.',
                 'media_keep_days'),
    'events': ('What happened, with the number of the person whom it concerns; pinned ones stay.',
               'events_keep_days'),
    'sums': ('How many were counted in each minute; nobody can be told from them.',
             'rollups_keep_days'),
    'sightings': ('The few best faces of each track, as numbers (embeddings), and where in the '
                  'frame they were.', 'sightings_keep_days'),
    'strangers': ('Who was seen and has no name: one mean face each, as numbers.',
                  'strangers_keep_days'),
    'people': ('Name, notes and consent of those who were enrolled.', None),
    'templates': ('Faces of those who were enrolled: as numbers, and a small picture. Those of '
                  'who refused serve to keep nothing of such a face.', None),
    'audit': ('Who changed what about people.', None),
    'erasures': ('Of those who were forgotten a number and a time, so that no backup brings them '
                 'back.', None),
    'backups': ('Copies of all of this, made on request or before an update.',
                'backups_keep')}
"""What is kept -> what that is, and the setting that says how long; None: until it is removed.

Of backups it says how many files.
"""

_READERS = {
    'files': 'The user of this machine who runs the bridge.',
    'viewer': 'Over the web address, with a token: pictures, tracks, events, strangers, people '
              'with notes and pictures, and who a given face is like.',
    'operator': 'Also sees the faces of tracks; enrolls, names, corrects and merges people.',
    'admin': 'Also exports and forgets people, and reads the audit.',
    'ros': 'Every node of the ROS domain: events with names, and who is in which box.'}


def data_processing(settings: Settings, cameras: Iterable[Camera],
                    data_dir: Path) -> dict[str, Any]:
    """Return it as JSON values; docs/privacy.md tells what they mean."""
    return {
        'where': {'data_dir': str(data_dir), 'http_host': settings.http_host},
        'frames_leave_this_machine': False,
        'kept': [{'what': what, 'is': text, 'for': _duration(settings, setting)}
                 for what, (text, setting) in _KEPT.items()],
        'readers': dict(_READERS),
        'recognition': settings.recognition,
        'best_shots': settings.best_shots,
        'cameras': [_camera(settings, camera) for camera in cameras]}


def _camera(settings: Settings, camera: Camera) -> dict[str, Any]:
    hours, own = stored_recognition(camera.recognition), stored_retention(camera.retention)
    return {
        'camera': camera.name, 'enabled': camera.enabled,
        'recognition': hours.as_json() | {'enabled': settings.recognition and hours.enabled},
        'face_model': camera.face_model or settings.face_model,
        'keeps': dict(own.keep) | {'labels': {label: dict(rules)
                                              for label, rules in own.labels.items()}}}


def _duration(settings: Settings, setting: str | None) -> dict[str, Any] | None:
    """Return how long; None: for ever, or until somebody removes it."""
    value = setting and getattr(settings, setting)
    if not value:
        return None
    return {'value': value, 'unit': 'files' if setting == 'backups_keep'
            else setting.rsplit('_', 1)[1]}
