"""Who the tracks are: faces on their way from the topics to names."""
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

import numpy as np

from smartcam_bridge.domain.face_intake import FaceIntake
from smartcam_bridge.domain.face_rules import face_rules, stored_recognition
from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.faces import (
    Correction, Embeddings, Faces, Probe, Stranger, TrackIdentity, Verdict)
from smartcam_bridge.domain.gallery import bytes_for, Candidate, GallerySnapshot
from smartcam_bridge.domain.identify import FaceOutcome, Identifier
from smartcam_bridge.domain.match_times import MatchTimes
from smartcam_bridge.domain.model import Observation
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.pipeline import CameraPipeline, Outcome
from smartcam_bridge.domain.status import GalleryStatus, RecognitionStatus
from smartcam_bridge.domain.strangers import Strangers
from smartcam_bridge.domain.whereabouts import Whereabouts
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.tasks import (
    JoinStrangers, RecordEvent, RecordIdentity, RecordSighting, RecordStranger)

_CANDIDATES = 5             # people per face that the vote hears of
_STRANGER_ID_MAX = 1 << 62


class _Lane:
    """One camera's faces and names."""

    def __init__(self, pipeline: CameraPipeline, intake: FaceIntake,
                 identifier: Identifier) -> None:
        self.pipeline = pipeline
        self.intake = intake
        self.identifier = identifier
        self.on = True      # as of the last second
        self.fed = False    # a face came; before that nobody need know where tracks are


class Recognition:
    """Ingest thread only.

    people: those who are known at present, as any thread may ask. record: hands facts to the
    recorder. see_face: takes (camera id, track id, stamp_ns, area): how large a face is in the
    frame of that stamp. label_of: a label's text by its id.
    """

    def __init__(self, settings: Settings, *, people: Callable[[], People],
                 record: Callable[..., bool], whereabouts: Whereabouts,
                 see_face: Callable[[int, int, int, float], None],
                 label_of: Callable[[int], str]) -> None:
        self._rules = face_rules(settings)
        self._people = people
        self._known = People()      # one snapshot for a whole message
        self._record = record
        self._whereabouts = whereabouts
        self._see_face = see_face
        self._label_of = label_of
        self._strangers = Strangers(iter(range(1, _STRANGER_ID_MAX)).__next__)
        self._lanes: dict[str, _Lane] = {}
        self._times = MatchTimes()
        self._ended: Counter[str] = Counter()   # what cameras counted that are followed no more

    def load(self, strangers: Iterable[Stranger], next_stranger_id: int) -> None:
        """Take the strangers that are stored; before any camera is followed."""
        self._strangers = Strangers(iter(range(next_stranger_id, _STRANGER_ID_MAX)).__next__,
                                    strangers)

    def change(self, settings: Settings) -> None:
        """Take new live settings."""
        self._rules = face_rules(settings)

    def follow(self, pipeline: CameraPipeline) -> None:
        """Recognise the tracks of a camera, as it is configured now."""
        camera = pipeline.camera
        lane = self._lanes.get(camera.name)
        if lane is None or lane.pipeline is not pipeline:
            self._lanes[camera.name] = _Lane(
                pipeline, FaceIntake(camera, lambda: self._rules, self._dimension_of),
                Identifier(camera, lambda: self._rules, self._strangers, self._label_of))
        else:
            lane.intake.camera = lane.identifier.camera = camera

    def drop(self, camera: str) -> None:
        """Let go of a camera whose tracks have ended."""
        lane = self._lanes.pop(camera, None)
        if lane is not None:
            self._ended.update(lane.intake.tally.as_json())

    def state(self, camera: str, now_ns: int) -> str:
        """Say whether a camera's faces are looked at: on, off, or closed until its hours begin."""
        found = self._lanes[camera].pipeline.camera
        if self._rules.is_on(found, now_ns):
            return 'on'
        enabled = self._rules.enabled and stored_recognition(found.recognition).enabled
        return 'closed' if enabled else 'off'

    def model_name(self, camera: str) -> str:
        """Return who makes a camera's embeddings."""
        return self._lanes[camera].pipeline.camera.face_model or self._rules.model

    def counters(self, camera: str) -> dict[str, int]:
        """Return what became of a camera's faces, by kind."""
        return self._lanes[camera].intake.tally.as_json()

    def status(self) -> RecognitionStatus:
        """Return how recognition is doing on all cameras together."""
        people, counters = self._people(), Counter(FaceTally().as_json())
        counters.update(self._ended)
        for lane in self._lanes.values():
            counters.update(lane.intake.tally.as_json())
        return RecognitionStatus(
            len(people.names), {name: _status_of(gallery) for name, gallery
                                in people.galleries.items()},
            dict(counters), *(self._times.percentiles_ms() or ()))

    def problems(self, camera: str) -> list[str]:
        """Say for people why fewer are recognised than could be."""
        tally, model = self._lanes[camera].intake.tally, self.model_name(camera)
        galleries = self._people().galleries
        others = [name for name, gallery in galleries.items() if len(gallery) and name != model]
        sentences = tally.problems()
        if tally.compared and others and not len(galleries.get(model, ())):
            sentences.append(f'No face is enrolled of the model {model}, only of '
                             f'{", ".join(others)}: nobody is recognised.')
        return sentences

    def take_faces(self, camera: str, faces: Faces, received_ns: int) -> None:
        """Take in one decoded message of faces."""
        lane = self._feed(camera)
        self._identify(lane, lane.intake.faces(faces, received_ns))

    def take_embeddings(self, camera: str, embeddings: Embeddings, received_ns: int) -> None:
        """Take in one decoded message of their embeddings."""
        lane = self._feed(camera)
        self._identify(lane, lane.intake.embeddings(embeddings, received_ns))

    def see(self, pipeline: CameraPipeline, outcome: Outcome) -> None:
        """Learn what a message, or time passing, led to; after that was recorded."""
        lane = self._lanes.get(pipeline.camera.name)
        if lane is None:
            return
        if lane.fed or outcome.tracks:      # also while off: else it would not know who ended
            self._hand_on(lane, lane.identifier.follow(outcome))
        if lane.on and lane.fed and outcome.observation is not None:
            self._prepare(lane)
            self._identify(lane, lane.intake.see(outcome.observation))

    def tick(self, now_ns: int) -> None:
        """Let time pass, about once a second."""
        for lane in self._lanes.values():
            lane.on = self._rules.is_on(lane.pipeline.camera, now_ns)
            self._prepare(lane)
            self._identify(lane, lane.intake.tick(now_ns))

    def correct(self, corrections: Sequence[Correction]) -> None:
        """Take what was said of tracks and strangers, and who there is now."""
        self._known = self._people()    # before, it held who was forgotten
        for correction in corrections:
            if correction.heir is not None:     # also while no camera is seen
                self._strangers.adopt(correction.gone_stranger_id, correction.heir)
            else:
                self._strangers.forget(correction.gone_stranger_id)
        for lane in self._lanes.values():
            for correction in corrections:
                self._hand_on(lane, lane.identifier.correct(correction))
            self._hand_on(lane, lane.identifier.forget(self._known))

    def named(self, observation: Observation) -> list[tuple[int, TrackIdentity]]:
        """Return which rows of an observation have a name, and whose."""
        lane = self._lanes.get(observation.camera.name)
        if lane is None or not lane.on:
            return []
        found = ((row, lane.identifier.identity_of(track_id))
                 for row, track_id in enumerate(observation.track_ids.tolist()))
        return [(row, identity) for row, identity in found if identity and identity.person_id]

    def _feed(self, camera: str) -> _Lane:
        lane = self._lanes[camera]
        lane.fed = True
        self._prepare(lane)
        return lane

    def _prepare(self, lane: _Lane) -> None:
        lane.intake.size = lane.pipeline.size
        self._known = self._people()
        lane.identifier.refused = self._known.refused

    def _dimension_of(self, model: str) -> int:
        gallery = self._known.galleries.get(model, self._known.withheld.get(model))
        return gallery.dimension if gallery is not None else 0

    def _identify(self, lane: _Lane, probes: list[Probe]) -> None:
        """Compare faces of one message with everybody, and let their tracks decide."""
        if not probes:
            return
        for probe in probes:
            x1, y1, x2, y2 = probe.box
            self._see_face(probe.camera_id, probe.track_id, probe.stamp_ns, (x2 - x1) * (y2 - y1))
        model = self._rules.model_of(lane.pipeline.camera)
        began_s = perf_counter()
        candidates = self._candidates(model.name, probes)
        self._times.add(len(probes), perf_counter() - began_s)
        found = lane.identifier.observe(probes, candidates, model)
        lane.intake.tally.withheld += found.withheld
        self._hand_on(lane, found)

    def _candidates(self, model: str, probes: list[Probe]) -> list[list[Candidate]]:
        """Return whom each face is most like, also of those who must not be recognised."""
        vectors = np.stack([probe.vector for probe in probes])
        found: list[list[Candidate]] = [[] for _ in probes]
        for galleries in (self._known.galleries, self._known.withheld):
            gallery = galleries.get(model)
            if gallery is not None and len(gallery):
                found = [sorted([*one, *more], key=lambda candidate: -candidate.similarity)
                         [:_CANDIDATES]
                         for one, more in zip(found, gallery.match(vectors, _CANDIDATES))]
        return found

    def _hand_on(self, lane: _Lane, outcome: FaceOutcome) -> None:
        """Count, and have stored and told, what follows from faces."""
        for joined in outcome.joined:   # strangers are those of all cameras
            for each in self._lanes.values():
                each.identifier.follow_stranger(*joined)
        tally = lane.intake.tally
        tally.known += outcome.turned.count(Verdict.KNOWN)
        tally.unknown += outcome.turned.count(Verdict.UNKNOWN)
        tally.ambiguous += outcome.turned.count(Verdict.AMBIGUOUS)
        facts = [*map(RecordStranger, outcome.strangers),
                 *(JoinStrangers(*joined) for joined in outcome.joined),
                 *map(RecordIdentity, outcome.identities),
                 *map(RecordSighting, outcome.sightings),
                 *(RecordEvent(self._whereabouts.placed(event)) for event in outcome.events)]
        if facts:
            self._record(*facts)


def _status_of(gallery: GallerySnapshot) -> GalleryStatus:
    rows, heads = gallery.held.people, gallery.held.heads
    return GalleryStatus(len(gallery), bytes_for(len(rows), gallery.dimension),
                         len(heads.basis) if heads is not None else 0)
