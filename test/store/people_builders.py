"""People, faces and what is found of them, with what a test does not care about filled in."""
from typing import Any

import numpy as np

from smartcam_bridge.domain.faces import (
    Probe, Sighting, Stranger, TrackIdentity, Verdict)
from smartcam_bridge.domain.gallery import unit
from smartcam_bridge.store.people_tasks import CreatePerson, EnrollFace
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import RecordIdentity, RecordSighting, RecordStranger
from store_builders import START_NS

MODEL, DIMENSION = 'arcface', 512


def face(number: int, dimension: int = DIMENSION) -> np.ndarray:
    """Return the face of somebody: unlike all of other numbers."""
    return unit(np.random.default_rng(number).normal(size=dimension))


def like(vector: np.ndarray, cosine: float, number: int = 0) -> np.ndarray:
    """Return another view of a face, as similar as this."""
    other = face(number + 10_000, len(vector))
    other = unit(other - vector * float(vector @ other))
    return unit(cosine * vector + np.sqrt(1 - cosine ** 2) * other)


def probe(track: int, vector: np.ndarray, **fields: Any) -> Probe:
    """Return a good face of a track."""
    return Probe(**{
        'camera_id': 1, 'track_id': track, 'stamp_ns': START_NS, 'model': MODEL,
        'vector': vector, 'box': (0.25, 0.25, 0.5, 0.5), 'face_px': 100.0, 'score': 0.9,
        'sharpness': 0.8, 'pose': 0.9, 'quality': 0.7, **fields})


def sighting_fact(track: int, vector: np.ndarray, slot: int = 0, *, person: int = 0,
                  stranger: int = 0, **fields: Any) -> RecordSighting:
    """Return the task that keeps a face of a track."""
    return RecordSighting(Sighting(slot, probe(track, vector, **fields), person, stranger, 0.5))


def identity_fact(track: int, person: int = 0, *, stranger: int = 0, camera: int = 1,
                  verdict: Verdict | None = None) -> RecordIdentity:
    """Return the task that says who a track is."""
    verdict = verdict or (Verdict.KNOWN if person else Verdict.UNKNOWN)
    return RecordIdentity(TrackIdentity(
        track, camera, verdict, person, stranger, 0.5, 0.25, 3, START_NS))


def stranger_fact(id_: int, vector: np.ndarray, **fields: Any) -> RecordStranger:
    """Return the task that stores a stranger."""
    return RecordStranger(Stranger(**{
        'id': id_, 'model': MODEL, 'first_ns': START_NS, 'last_ns': START_NS, 'alerted_ns': 0,
        'sightings': 3, 'tracks': 1, 'centre': vector, **fields}))


def ask(recorder: Recorder, command: Any) -> Any:
    """Return what a command answers, or raise what it does."""
    return recorder.submit(command).result(60)


def add_person(recorder: Recorder, name: str, *vectors: np.ndarray, consent: str = 'given',
               notes: str = '') -> int:
    """Add a person with templates; return the id."""
    person = ask(recorder, CreatePerson(name, notes, consent, 'me', START_NS))
    for vector in vectors:
        ask(recorder, enroll(person.id, vector))
    return person.id


def enroll(person: int, vector: np.ndarray, **fields: Any) -> EnrollFace:
    """Return the command that enrols a face without a picture."""
    return EnrollFace(**{
        'person_id': person, 'model': MODEL, 'vector': vector, 'source': 'vector', 'who': 'me',
        'at_ns': START_NS, **fields})
