"""Faces of one camera on their way in: paired, given to tracks, checked."""
from collections import deque
from collections.abc import Callable

from smartcam_bridge.domain.containment import TrackBoxes
from smartcam_bridge.domain.face_check import checked, Source
from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.faces import Embeddings, Faces, Probe
from smartcam_bridge.domain.model import Camera, Observation
from smartcam_bridge.domain.pairing import Pairer, WAITING_MAX_BYTES
from smartcam_bridge.domain.times import NS

_HELD_MAX = 64
_HOLD_NS = NS       # a detector that is slower than this gives no tracks to faces

Pair = tuple[Faces, Embeddings]


class FaceIntake:
    """Turns messages into probes that may be compared. Ingest thread only; no I/O, no clock.

    camera, size (px of its frame): to be kept up to date. A pair waits for the observation of its
    stamp where the embedder is faster than the detector. What comes while the camera's
    recognition is off is dropped at once.
    """

    def __init__(self, camera: Camera, rules: Callable[[], FaceRules],
                 dimension_of: Callable[[str], int]) -> None:
        self.camera = camera
        self.size = camera.width, camera.height
        self.tally = FaceTally()
        self._rules = rules
        self._dimension_of = dimension_of   # of a model's gallery, 0: not known
        self._pairer = Pairer(self.tally)
        self._tracks = TrackBoxes(self.tally)
        self._held: deque[tuple[Pair, int]] = deque()

    def see(self, observation: Observation) -> list[Probe]:
        """Learn where tracks are; return the probes that waited for it."""
        self._tracks.see(observation)
        return self._release(None) if self._held else []

    def faces(self, faces: Faces, received_ns: int) -> list[Probe]:
        """Take in faces; return the probes that follow."""
        if not self._rules().is_on(self.camera, faces.stamp_ns):
            return []
        self.tally.faces += len(faces.ids)
        return self._take(self._pairer.faces(faces, received_ns), received_ns)

    def embeddings(self, embeddings: Embeddings, received_ns: int) -> list[Probe]:
        """Take in embeddings; return the probes that follow."""
        if not self._rules().is_on(self.camera, embeddings.stamp_ns):
            return []
        return self._take(self._pairer.embeddings(embeddings, received_ns), received_ns)

    def tick(self, now_ns: int) -> list[Probe]:
        """Let time pass, about once a second; return the probes that wait no longer."""
        self._pairer.expire(now_ns, self._rules().pair_wait_s)
        return self._release(now_ns)

    def _take(self, pair: Pair | None, received_ns: int) -> list[Probe]:
        if pair is None:
            return []
        self._held.append((pair, received_ns))
        return self._release(received_ns)

    def _release(self, now_ns: int | None) -> list[Probe]:
        """Return the probes of pairs that need not wait; None: no time has passed."""
        probes: list[Probe] = []
        for _ in range(len(self._held)):
            (faces, embeddings), received_ns = held = self._held.popleft()
            if (self._tracks.reached(faces.stamp_ns) or self._holds_enough()
                    or now_ns is not None and abs(now_ns - received_ns) > _HOLD_NS):
                probes += self._probes(faces, embeddings)
            else:
                self._held.append(held)
        return probes

    def _holds_enough(self) -> bool:
        return len(self._held) >= _HELD_MAX or sum(
            embeddings.size_bytes for (_, embeddings), _ in self._held) > WAITING_MAX_BYTES

    def _probes(self, faces: Faces, embeddings: Embeddings) -> list[Probe]:
        rules = self._rules()
        if not rules.is_on(self.camera, faces.stamp_ns):    # switched off while they waited
            return []
        model = rules.model_of(self.camera)
        dimension = model and (self._dimension_of(model.name) or model.dimension)
        source = Source(self.camera.id, self.size, model, dimension or 0)
        return checked(faces, embeddings, source, rules, self._tracks, self.tally)
