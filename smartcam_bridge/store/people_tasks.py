"""What the recorder can be asked to do about people.

Each is a command: one transaction, answered after the commit, and written down in `audit` as
done by `who` (the name of a token or session) at `at_ns`.
"""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class CreatePerson:
    """Add a person; answers domain.people.Person. Raises Conflict where the name is taken."""

    name: str
    notes: str
    consent: str    # of domain.people.Consent
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class ChangePerson:
    """Change what is not None; answers Person. Raises NotFound, Conflict (name is taken)."""

    id: int
    name: str | None
    notes: str | None
    consent: str | None
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class MergePeople:
    """Give all that belongs to one person to another, and remove it; answers the Person left.

    Raises NotFound, Conflict where both are one.
    """

    id: int         # who goes
    into_id: int    # who stays
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Remove a person with all that is held about them; answers a ForgetReceipt.

    Raises NotFound.
    """

    id: int
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class ForgetReceipt:
    """How many of each went; files: pictures to remove, backups: files that still hold them."""

    person_id: int
    at_ns: int
    templates: int
    sightings: int
    rejections: int
    tracks: int         # that lost their name
    events: int         # likewise
    texts: int          # of events and audit, in which a name was struck out
    files: int
    backups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """Write down that all that is held about a person was handed out; answers None.

    Raises NotFound.
    """

    id: int
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class EnrollFace:
    """Add a template to a person; answers its id. Raises NotFound, EnrollRefused.

    vector: float32 (d,), any length but zero. faces: how many there were in the picture. None:
    not known, and not judged. override: an admin's word against the gate's. track_id: the track
    it was seen of, which is this person from now on; 0: none. jpeg: a small picture, empty: none.
    """

    person_id: int
    model: str
    vector: np.ndarray
    source: str     # track, picture, vector, stranger
    who: str
    at_ns: int
    override: bool = False
    faces: int = 1
    track_id: int = 0
    stamp_ns: int | None = None
    face_px: float | None = None
    sharpness: float | None = None
    pose: float | None = None
    quality: float | None = None
    jpeg: bytes = b''


@dataclass(frozen=True, slots=True)
class DeleteTemplate:
    """Remove a template; answers None. Raises NotFound."""

    id: int
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class RejectIdentity:
    """Say that a track is not the person it is named; answers whom it was named (an id).

    Its faces do not yield that name any more, its events are corrected. Raises NotFound, Conflict
    where it has no name.
    """

    track_id: int
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class NameStranger:
    """Say who a stranger is; answers the Person, enrolled with the best faces.

    person_id 0: a new person called `name`. Past tracks and events get the name. Raises NotFound,
    Conflict (name is taken), EnrollRefused where no face is good enough.
    """

    stranger_id: int
    person_id: int
    name: str
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class MergeStrangers:
    """Give all that belongs to one stranger to another, and remove it; answers the id left.

    Raises NotFound, Conflict where both are one, or of models that do not compare.
    """

    id: int         # who goes
    into_id: int    # who stays
    who: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class ForgetStranger:
    """Remove a stranger with its sightings; answers None. Raises NotFound."""

    stranger_id: int
    who: str
    at_ns: int
