"""What a person would want to know, as it happens: stored, on `~/events`, live and over REST."""
from dataclasses import dataclass
import enum
from typing import Any

from smartcam_bridge.domain.model import Pose
from smartcam_bridge.domain.times import iso


class Severity(enum.IntEnum):
    """How much an event matters. Stored; never renumber."""

    INFO = 10
    NOTICE = 20
    WARNING = 30
    ALERT = 40

    @property
    def word(self) -> str:
        """Return the word of the API."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `type` is in the past tense; `detail` holds JSON values only.

    seq: given by the recorder in the commit that stores the event, without gaps and never twice;
    0 before that. camera: '' and camera_id: 0 where it concerns no camera. track_id, shape_id
    (of a zone or tripwire): 0 for none. label: '' for none. person_id, was_person_id,
    stranger_id: 0 for none. Names of people are not stored with events: names holds those that
    are known when it is told or read, so that who is forgotten is forgotten here too.
    """

    type: str
    camera: str
    stamp_ns: int
    detail: dict[str, Any]
    camera_id: int = 0
    track_id: int = 0
    label: str = ''
    shape_id: int = 0
    severity: Severity = Severity.INFO
    pose: Pose | None = None
    seq: int = 0
    person_id: int = 0
    was_person_id: int = 0
    stranger_id: int = 0
    names: tuple[tuple[int, str], ...] = ()     # of the two people, by id
    corrections: tuple[dict[str, Any], ...] = ()    # oldest first: at, by, action

    def as_json(self) -> dict[str, Any]:
        """Return the one JSON form, the same on every outlet; what does not apply is left out."""
        form: dict[str, Any] = {'seq': self.seq} if self.seq else {}
        form |= {'type': self.type, 'camera': self.camera, 'stamp': iso(self.stamp_ns),
                 'severity': self.severity.word}
        if self.track_id:
            form['track'] = self.track_id
        if self.label:
            form['label'] = self.label
        if self.pose is not None:
            form['pose'] = self.pose.as_json()
        names = dict(self.names)
        for key, person_id in (('person', self.person_id), ('was', self.was_person_id)):
            if person_id:
                form[key] = {'id': person_id, 'name': names.get(person_id)}
        if self.stranger_id:
            form['stranger'] = self.stranger_id
        if self.corrections:
            form['corrections'] = list(self.corrections)
        return form | self.detail
