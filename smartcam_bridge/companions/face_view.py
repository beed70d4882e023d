"""What a detector of faces and an embedder make of the people in view."""
from dataclasses import dataclass
from typing import Mapping

import numpy as np

from smartcam_bridge.companions.detector import open_points
from smartcam_bridge.companions.face_world import FaceWorld
from smartcam_bridge.companions.portrait import HEAD
from smartcam_bridge.companions.scene import Moment

FULL_PX = 112       # width of a face of which an embedder sees everything
_CLEAR = 0.7        # share of a face that must be seen
_SPELL_S = 1.0      # who turns away, or is blurred, stays so for this long
_TURNED = (0.05, 0.35)      # pose of who is turned away
_BLURRED = (0.05, 0.3)      # sharpness of who is blurred


@dataclass(frozen=True, slots=True, eq=False)
class SeenFaces:
    """The faces of one moment; row i of each belongs together.

    quality: float64 (n, 3) in [0,1], size, sharpness and pose. vectors: float32 (n, d).
    """

    corners: np.ndarray         # float64 (n, 4), pixels
    scores: np.ndarray          # float64 (n,)
    quality: np.ndarray
    vectors: np.ndarray
    ids: tuple[str, ...]        # of the track it is told to belong to, '' where that is not told
    tracks: tuple[str, ...]     # the track it belongs to in truth
    players: tuple[int, ...]    # whose it is


class FaceView:
    """Sees the faces in one camera, the same ones for the same seed. One thread at a time.

    poor: share of seconds in which somebody is turned away or blurred. nameless: share of faces
    without an id. walls: (n, 4), x1 y1 x2 y2 of what stands in front of everybody.
    """

    def __init__(self, world: FaceWorld, *, seed: int, width: int, height: int, poor: float,
                 nameless: float, walls: np.ndarray = np.empty((0, 4))) -> None:
        self._world = world
        self._seed = seed
        self._rng = np.random.default_rng([seed, 4])
        self._frame = np.array([width, height] * 2, float)
        self._walls = np.concatenate([walls, [    # nobody sees beyond the frame either
            (-np.inf, -np.inf, 0, np.inf), (width, -np.inf, np.inf, np.inf),
            (-np.inf, -np.inf, np.inf, 0), (-np.inf, height, np.inf, np.inf)]])
        self._poor = poor
        self._nameless = nameless
        self._shared: dict[str, np.ndarray] = {}    # of the noise of each track in view

    def look(self, moment: Moment, seconds: float, players: Mapping[str, int]) -> SeenFaces:
        """Return the faces of those who are played by somebody, by tracker id."""
        rng, dimension = self._rng, self._world.identities.shape[1]
        self._shared = {
            name: self._shared[name] if name in self._shared else rng.standard_normal(dimension)
            for name in moment.ids if name in players}
        heads = heads_of(moment.places)
        shares = np.array([self._clear_share(moment, i, head) if name in players else 0
                           for i, (name, head) in enumerate(zip(moment.ids, heads.tolist()))])
        seen = np.flatnonzero(shares >= _CLEAR)
        tracks = tuple(moment.ids[i] for i in seen)
        corners = np.clip(heads[seen], 0, self._frame)
        widths = corners[:, 2:] - corners[:, :2]
        quality = np.array([(0.0, *self._turn(name, seconds)) for name in tracks]).reshape(-1, 3)
        quality[:, 0] = np.minimum(widths.min(axis=1, initial=np.inf) / FULL_PX, 1)
        # Half the size costs an embedder less than half the sharpness.
        worth = np.sqrt(quality[:, 0]) * quality[:, 1] * quality[:, 2] * shares[seen]
        vectors = [self._world.track(players[name], rng, [value], self._shared[name])
                   for name, value in zip(tracks, worth.tolist())]
        told = rng.random(len(seen)) >= self._nameless
        return SeenFaces(
            corners, np.clip(0.6 + 0.35 * worth + rng.normal(0, 0.02, len(seen)), 0.3, 0.99),
            quality, np.concatenate([np.empty((0, dimension), np.float32), *vectors]),
            tuple(name if tell else '' for name, tell in zip(tracks, told)), tracks,
            tuple(players[name] for name in tracks))

    def _clear_share(self, moment: Moment, number: int, head: list[float]) -> float:
        nearer = moment.nearness > moment.nearness[number]
        return open_points(head, np.concatenate([self._walls, moment.places[nearer]])).mean()

    def _turn(self, tracker_id: str, seconds: float) -> tuple[float, float]:
        """Return how sharp a face is, and how much it is turned to the camera."""
        spell = np.random.default_rng([self._seed, int(tracker_id), int(seconds / _SPELL_S)])
        sharpness, pose = spell.uniform(0.75, 1, 2)
        if spell.random() < self._poor:
            turned = spell.random() < 0.5
            return (sharpness, spell.uniform(*_TURNED)) if turned else (
                spell.uniform(*_BLURRED), pose)
        return sharpness, pose


def heads_of(places: np.ndarray) -> np.ndarray:
    """Return where the heads of whole figures are. Both float64 (n, 4), x1 y1 x2 y2."""
    sizes = np.tile(places[:, 2:] - places[:, :2], 2)
    left, top, width, height = HEAD
    return np.tile(places[:, :2], 2) + sizes * (left, top, left + width, top + height)
