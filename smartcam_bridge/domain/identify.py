"""Who the tracks of one camera are: from faces that were compared to names that are told."""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.face_models import FaceModel
from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.face_votes import decide, may_be, NOBODY, overturned
from smartcam_bridge.domain.faces import (
    Correction, Probe, Sighting, Stranger, TrackIdentity, Verdict)
from smartcam_bridge.domain.gallery import Candidate, GallerySnapshot
from smartcam_bridge.domain.model import Camera, TrackState
from smartcam_bridge.domain.named_track import joined, NamedTrack
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.pipeline import Outcome
from smartcam_bridge.domain.strangers import Strangers
from smartcam_bridge.domain.times import NS

TRACKS_MAX = 4096       # as many as can be open; the one not heard of for longest makes room
_LINGER_NS = 5 * NS     # faces of a track that ended still count so long: embedders are slow
_TENTATIVE_NS = 30 * NS     # a track that is not confirmed within so long after a face never is
_LOT = 8        # faces of a track that its stranger learns at once, after the first


@dataclass(slots=True)
class FaceOutcome:
    """What follows: facts to be stored after those of the tracks, events to be told."""

    identities: list[TrackIdentity] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    joined: list[tuple[int, int]] = field(default_factory=list)     # of strangers: gone, whose
    events: list[Event] = field(default_factory=list)
    withheld: int = 0       # faces of which nothing is kept
    turned: list[Verdict] = field(default_factory=list)     # what tracks are that were not


class Identifier:
    """One camera's tracks. Ingest thread only; no I/O, no clock: times are stamps.

    Votes are counted from the first face on; facts and events are of confirmed tracks only.
    camera: to be kept up to date, likewise refused: who must not be recognised, so that nothing is
    told and no face kept of tracks that may be them. label_of: the text of a label's id.
    """

    def __init__(self, camera: Camera, rules: Callable[[], FaceRules], strangers: Strangers,
                 label_of: Callable[[int], str]) -> None:
        self.camera = camera
        self.refused: frozenset[int] = frozenset()
        self._rules = rules
        self._strangers = strangers
        self._label_of = label_of
        self._tracks: dict[int, NamedTrack] = {}    # the one not heard of for longest first
        self._now_ns = 0        # stamp of the newest observation
        self._swept_ns = 0

    def __len__(self) -> int:
        """Return of how many tracks something is kept."""
        return len(self._tracks)

    def identity_of(self, track_id: int) -> TrackIdentity | None:
        """Return who a track is, as told last; None where nothing was told."""
        track = self._tracks.get(track_id)
        return track.told if track is not None else None

    def follow(self, outcome: Outcome) -> FaceOutcome:
        """Learn from the pipeline which tracks are confirmed and which ended."""
        found = FaceOutcome()
        if outcome.observation is not None:
            self._pass_time(outcome.observation.stamp_ns)
        for state in outcome.tracks:
            track = self._confirm(state, found)
            if state.end_reason is not None and track.ended_ns is None:
                track.ended_ns = self._now_ns
                self._judge(track, found, last=True)
        return self._complete(found) if outcome.tracks else found

    def observe(self, probes: Sequence[Probe], matches: Sequence[list[Candidate]],
                model: FaceModel) -> FaceOutcome:
        """Take in faces of one message, with the people that each is most like, the best first."""
        found, touched = FaceOutcome(), {}
        for probe, candidates in zip(probes, matches):
            track = self._track(probe.track_id, probe.stamp_ns)
            track.take(probe, candidates, model)
            touched[track.id] = track
        for track in touched.values():
            self._judge(track, found)
        found.withheld = sum(touched[probe.track_id].withheld for probe in probes)
        return self._complete(found)

    def correct(self, correction: Correction) -> FaceOutcome:
        """Learn what people said; their word is not overruled. Corrections make no events.

        A track that is nobody's because its person is forgotten forgets its faces.
        """
        found = FaceOutcome()
        if correction.heir is not None:
            self.follow_stranger(correction.gone_stranger_id, correction.heir.id)
        elif correction.gone_stranger_id:
            self._lose_stranger(correction.gone_stranger_id)
        track = self._tracks.get(correction.track_id)
        if track is not None:
            self._leave_stranger(track)
            if correction.person_id:
                track.said = True
            elif correction.not_person_id:
                track.said = False
                track.barred.add(correction.not_person_id)
                track.votes.clear()     # they were cast before this was known
            else:
                track.wipe()
            track.be(Verdict.KNOWN if correction.person_id else Verdict.UNKNOWN,
                     correction.person_id)
            self._tell(track, found)
        return self._complete(found)

    def follow_stranger(self, gone_id: int, heir_id: int) -> None:
        """Learn that a stranger turned out to be another."""
        for track in self._tracks.values():
            track.follow_stranger(gone_id, heir_id)

    def forget(self, known: People) -> FaceOutcome:
        """Learn who there is: nobody else is named, and nobody who must not be recognised."""
        found = FaceOutcome()
        self.refused = known.refused
        for track in self._tracks.values():
            track.votes.drop({
                person for person in track.votes.people()
                if not _comparable(known.galleries, track, person)
                and not _comparable(known.withheld, track, person)})
            if track.refused_id not in known.refused:
                track.refused_id = 0
            person_id = track.person_id
            if person_id and (person_id not in known.names or not track.said
                              and not _comparable(known.galleries, track, person_id)):
                track.wipe()
                track.be(Verdict.UNKNOWN)
                self._tell(track, found)
        return self._complete(found)

    def _track(self, track_id: int, stamp_ns: int) -> NamedTrack:
        """Return what is kept of a track, which is the one heard of last from now on."""
        track = self._tracks.pop(track_id, None) or NamedTrack(track_id, stamp_ns)
        self._tracks[track_id] = track
        if len(self._tracks) > TRACKS_MAX:
            del self._tracks[next(iter(self._tracks))]
        return track

    def _confirm(self, state: TrackState, found: FaceOutcome) -> NamedTrack:
        track = self._track(state.id, state.last_ns)
        track.label_id = state.label_id
        if not track.confirmed:
            track.confirmed = True
            self._judge(track, found)
        return track

    def _judge(self, track: NamedTrack, found: FaceOutcome, last: bool = False) -> None:
        """Count a track's votes; tell what is new. last: it ended, so all that is left."""
        if not track.confirmed:
            return
        rules = self._rules()
        if not track.person_id:
            self._decide(track, rules, found)
        elif not track.said:
            person_id = overturned(track.votes, track.person_id, track.threshold, rules)
            if person_id in self.refused:
                self._name(track, NOBODY, found)
                track.refused_id, track.withheld = person_id, True
            elif person_id is not None:
                self._name(track, person_id, found)
        if track.withheld:
            self._leave_stranger(track)
            track.withhold()
        elif track.verdict is Verdict.UNKNOWN and len(track.votes) >= rules.min_probes:
            self._meet_stranger(track, found, last)
        self._tell(track, found, anew=last)

    def _decide(self, track: NamedTrack, rules: FaceRules, found: FaceOutcome) -> None:
        """Let the vote say who a track is that has no name."""
        standing = track.votes.standing(track.threshold)
        verdict = decide(standing, track.threshold, rules)
        sure_id = standing.person_id if verdict is Verdict.KNOWN else NOBODY
        if sure_id and sure_id not in self.refused:
            self._name(track, sure_id, found)
            return
        track.refused_id = sure_id or track.refused_id
        track.withheld = bool(track.refused_id) or may_be(
            standing, self.refused, track.threshold)
        if verdict is not None and not (track.withheld or track.stranger_id):
            track.verdict = verdict

    def _name(self, track: NamedTrack, person_id: int, found: FaceOutcome) -> None:
        """Give a track a name, another name, or take its name (NOBODY)."""
        was = track.person_id
        self._leave_stranger(track)
        track.be(Verdict.KNOWN if person_id else Verdict.UNKNOWN, person_id)
        track.apart = track.apart or was != NOBODY      # faces of two people
        found.events.append(self._event('person_changed' if was else 'person_identified', track,
                                        person_id=person_id, was_person_id=was))

    def _meet_stranger(self, track: NamedTrack, found: FaceOutcome, last: bool) -> None:
        """Let an unknown track be a stranger, and learn its further faces, some at a time."""
        look = track.unplaced
        if track.apart or look is None:
            return
        if track.stranger_id:
            if look.faces < _LOT and not last:
                return
            track.stranger_id = self._strangers.add(
                track.model, track.stranger_id, look, track.heard_ns)
            self._follow_joined(found)
        else:
            track.stranger_id = self._strangers.place(track.model, look, track.heard_ns)
            if not track.stranger_id:
                return
            self._follow_joined(found)
            track.unsaved.update(range(len(track.faces.kept)))
            if self._strangers.tell(track.stranger_id, track.heard_ns,
                                    self._rules().stranger_window_ns):
                found.events.append(self._event('stranger_seen', track,
                                                stranger_id=track.stranger_id))
        track.placed, track.unplaced = joined(track.placed, look), None

    def _follow_joined(self, found: FaceOutcome) -> None:
        for gone_id, heir_id in self._strangers.take_joined():
            self.follow_stranger(gone_id, heir_id)
            found.joined.append((gone_id, heir_id))

    def _leave_stranger(self, track: NamedTrack) -> None:
        if track.stranger_id and track.placed is not None:
            self._strangers.take_back(track.stranger_id, track.placed)
        track.stranger_id, track.placed, track.unplaced = 0, None, None

    def _lose_stranger(self, stranger_id: int) -> None:
        """Forget a stranger who was named or removed, with the faces of its tracks."""
        self._strangers.forget(stranger_id)
        for track in self._tracks.values():
            if track.stranger_id == stranger_id:
                track.wipe()

    def _tell(self, track: NamedTrack, found: FaceOutcome, anew: bool = True) -> None:
        """Have it stored who a track is, where that changed or `anew`, and its best faces."""
        if not track.confirmed:
            return
        told = track.told
        if anew or told is None or _said(track) != _said(told):
            identity = track.identity(self.camera.id)
            if identity is not None and identity != told:
                if told is None or told.verdict is not identity.verdict:
                    found.turned.append(identity.verdict)
                track.told = identity
                found.identities.append(identity)
        found.sightings += track.sightings()

    def _complete(self, found: FaceOutcome) -> FaceOutcome:
        found.strangers = self._strangers.take_changed()
        return found

    def _event(self, kind: str, track: NamedTrack, **who: int) -> Event:
        identity = track.identity(self.camera.id)
        return Event(kind, self.camera.name, track.heard_ns, {
            'similarity': round(identity.similarity, 4), 'margin': round(identity.margin, 4),
            'probes': identity.probes}, camera_id=self.camera.id, track_id=track.id,
            label=self._label_of(track.label_id), **who)

    def _pass_time(self, now_ns: int) -> None:
        """Free what nothing more is expected of."""
        self._now_ns = now_ns
        if abs(now_ns - self._swept_ns) < NS:
            return
        self._swept_ns = now_ns
        for track in list(self._tracks.values()):
            since_ns, most_ns = ((track.heard_ns, _TENTATIVE_NS) if track.ended_ns is None
                                 else (track.ended_ns, _LINGER_NS))
            if not track.confirmed or track.ended_ns is not None:
                if abs(now_ns - since_ns) > most_ns:
                    del self._tracks[track.id]


def _said(of: NamedTrack | TrackIdentity) -> tuple[Any, ...]:
    return of.verdict, of.person_id, of.stranger_id, of.withheld


def _comparable(galleries: Mapping[str, GallerySnapshot], track: NamedTrack,
                person_id: int) -> bool:
    """Say whether a person has a template that a track's faces can be compared with."""
    gallery = galleries.get(track.model.name) if track.model else None
    if gallery is None or gallery.dimension != track.dimension:
        return False
    return person_id in gallery.held.people
