"""Shapes, and tracks that walk past them."""
from collections.abc import Iterable, Sequence
import dataclasses

import numpy as np

from smartcam_bridge.domain.model import Camera, EndReason, PATH_POINT, Sight, TrackState
from smartcam_bridge.domain.scene import Scene, SceneOutcome
from smartcam_bridge.domain.shapes import parse_shape, Shape
from smartcam_bridge.domain.times import NS

CAMERA = Camera(1, 'front')
LABELS = {1: 'person', 2: 'car'}
START_NS = 1_700_000_000 * NS
SQUARE = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]
LINE = {'start': [0.5, 0.2], 'end': [0.5, 0.8]}     # right of it is where x is smaller
Place = tuple[float, float]


def zone(id: int = 1, points: Sequence = SQUARE, **definition) -> Shape:
    """Return a zone of the camera; entered at once unless inertia says otherwise."""
    return parse_shape('zone', {'points': points, 'inertia': 1, **definition}, id=id,
                       camera_id=1, name=f'zone {id}')


def tripwire(id: int = 11, **definition) -> Shape:
    """Return a tripwire of the camera."""
    return parse_shape('tripwire', {**LINE, **definition}, id=id, camera_id=1, name=f'line {id}')


def scene_of(*shapes: Shape) -> Scene:
    """Return a scene with shapes."""
    scene = Scene(CAMERA, LABELS.__getitem__)
    scene.change(shapes)
    return scene


def sight(stamp_ns: int, places: dict[int, Place], label_ids: dict[int, int] | None = None,
          size: float = 0.02) -> Sight:
    """Return a message with boxes whose bottom centres are at places, by track."""
    x, y = np.array(list(places.values()), np.float64).reshape(-1, 2).T
    corners = np.stack([x - size / 2, y - size, x + size / 2, y], axis=1).astype(np.float32)
    labels = [(label_ids or {}).get(track_id, 1) for track_id in places]
    return Sight(stamp_ns, np.array(list(places), np.uint32), corners,
                 np.full(len(places), 0.9, np.float32), np.array(labels, np.uint16))


def ended(track_id: int, last_ns: int, reason: EndReason = EndReason.LOST) -> TrackState:
    """Return a track that has ended."""
    return TrackState(track_id, 1, str(track_id), 1, START_NS, last_ns, 10, 0.9, 0.9, 0.9,
                      np.empty(0, PATH_POINT), reason)


def walk(scene: Scene, places: Iterable[Place | None], *, track_id: int = 7, fps: float = 10.0,
         start_ns: int = START_NS, label_id: int = 1) -> SceneOutcome:
    """Lead one track through places, a message each; None: it is not seen in that message."""
    told = SceneOutcome()
    for number, place in enumerate(places):
        add(told, scene.observe(sight(start_ns + round(number * NS / fps),
                                      {} if place is None else {track_id: place},
                                      {track_id: label_id})))
    return told


def add(told: SceneOutcome, outcome: SceneOutcome) -> SceneOutcome:
    """Append an outcome to another one, and return it."""
    for field in dataclasses.fields(told):
        getattr(told, field.name).extend(getattr(outcome, field.name))
    return outcome


def kinds(told: SceneOutcome) -> list[str]:
    """Return the types of the events, without the occupancy."""
    return [event.type for event in told.events if event.type != 'occupancy_changed']
