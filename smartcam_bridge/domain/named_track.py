"""What recognition keeps of one track: its votes, its best faces, who it is taken for."""
from dataclasses import dataclass, field, replace

import numpy as np

from smartcam_bridge.domain.best_faces import BestFaces
from smartcam_bridge.domain.face_models import FaceModel
from smartcam_bridge.domain.face_votes import Ballot
from smartcam_bridge.domain.faces import Probe, Sighting, TrackIdentity, Verdict
from smartcam_bridge.domain.gallery import Candidate
from smartcam_bridge.domain.strangers import Look

_LOOKS_MAX = 64     # faces of a track that count for a stranger: a long one is no better known


@dataclass(slots=True, eq=False)
class NamedTrack:
    """One track. confirmed: its row exists, so facts may be told. said: by people, so it stays.

    barred: who it is not, as people said. apart: it is or was no single stranger. unplaced: the
    look of faces that no stranger has yet; placed: of those that its stranger has. withheld: it
    may be somebody who must not be recognised; refused_id: it is this one, until a name is sure.
    """

    id: int     # noqa: A003
    heard_ns: int               # stamp of the newest face, or when it was confirmed
    confirmed: bool = False
    ended_ns: int | None = None
    label_id: int = 0
    model: FaceModel | None = None      # of its newest face
    dimension: int = 0
    verdict: Verdict | None = None
    person_id: int = 0
    stranger_id: int = 0
    said: bool = False
    apart: bool = False
    withheld: bool = False
    refused_id: int = 0
    barred: set[int] = field(default_factory=set)
    votes: Ballot = field(default_factory=Ballot)
    faces: BestFaces = field(default_factory=BestFaces)
    unsaved: set[int] = field(default_factory=set)      # slots of faces not yet told
    unplaced: Look | None = None
    placed: Look | None = None
    told: TrackIdentity | None = None

    @property
    def threshold(self) -> float:
        """Return its model's; 1, which nothing reaches, before there is a face."""
        return self.model.threshold if self.model else 1.0

    def take(self, probe: Probe, candidates: list[Candidate], model: FaceModel) -> None:
        """Take in one face."""
        if (self.model is None or model.name != self.model.name
                or len(probe.vector) != self.dimension):
            self._begin(len(probe.vector))
        self.model = model
        self.heard_ns = probe.stamp_ns
        self.votes.add(probe.quality, candidates, self.barred)
        slot = self.faces.offer(probe, {one.person_id: one.similarity for one in candidates})
        if slot is not None:
            self.unsaved.add(slot)
        looked = sum(look.faces for look in (self.placed, self.unplaced) if look is not None)
        if not (self.apart or self.person_id) and looked < _LOOKS_MAX:
            self.unplaced = joined(self.unplaced, look_of(probe))

    def be(self, verdict: Verdict | None, person_id: int = 0) -> None:
        """Be somebody else from now on: all its faces are to be told again."""
        self.verdict, self.person_id, self.withheld, self.refused_id = verdict, person_id, False, 0
        self.unsaved.update(range(len(self.faces.kept)))

    def follow_stranger(self, gone_id: int, heir_id: int) -> None:
        """Be another stranger where this was one who turned out to be that one."""
        if self.stranger_id == gone_id:
            self.stranger_id = heir_id
            if self.told is not None and self.told.stranger_id == gone_id:
                self.told = replace(self.told, stranger_id=heir_id)     # in the store, too

    def wipe(self) -> None:
        """Forget its faces: who they show is to be forgotten. It begins no stranger either."""
        self.votes.clear()
        self.faces = BestFaces()
        self.unsaved.clear()
        self.unplaced, self.placed, self.stranger_id = None, None, 0
        self.said, self.apart = False, True

    def withhold(self) -> None:
        """Let go of its faces, and be nobody; the votes stay, for it may be somebody else."""
        self.faces = BestFaces()
        self.unsaved.clear()
        self.unplaced, self.placed, self.stranger_id = None, None, 0
        self.verdict, self.person_id, self.withheld = Verdict.UNKNOWN, 0, True

    def identity(self, camera_id: int) -> TrackIdentity | None:
        """Return who it is by now; None while that is open."""
        if self.verdict is None:
            return None
        if self.withheld:
            return TrackIdentity(self.id, camera_id, self.verdict, 0, 0, 0.0, 0.0, 0,
                                 self.heard_ns, withheld=True)
        standing = self.votes.standing(self.threshold)
        similarity, margin = standing.similarity, standing.margin
        if self.person_id and standing.person_id != self.person_id:
            own = self.votes.similarity(self.person_id)
            similarity, margin = own, own - similarity
        return TrackIdentity(self.id, camera_id, self.verdict, self.person_id, self.stranger_id,
                             similarity, margin, standing.votes, self.heard_ns)

    def sightings(self) -> list[Sighting]:
        """Return the faces that are not told yet; they are from now on."""
        slots, self.unsaved = sorted(self.unsaved), set()
        return [Sighting(slot, probe, self.person_id, self.stranger_id,
                         alike.get(self.person_id, 0.0) if self.person_id
                         else max(alike.values(), default=0.0))
                for slot in slots for probe, alike in (self.faces.kept[slot],)]

    def _begin(self, dimension: int) -> None:
        """Begin anew with another model, whose numbers do not compare with those before."""
        self.dimension = dimension
        self.votes.clear()
        self.faces = BestFaces()
        self.unsaved.clear()
        self.unplaced = None
        self.apart = self.apart or self.placed is not None


def look_of(probe: Probe) -> Look:
    """Return what one face looks like."""
    weight = max(probe.quality, 1e-3)
    return Look(probe.vector * np.float32(weight), weight, 1, probe.quality)


def joined(one: Look | None, other: Look) -> Look:
    """Return what two looks are together."""
    return other if one is None else Look(
        one.total + other.total, one.weight + other.weight, one.faces + other.faces,
        max(one.best, other.best))
