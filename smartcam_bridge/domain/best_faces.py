"""The few best faces of a track, of which no two are nearly the same picture."""
from smartcam_bridge.domain.faces import Probe

FACES_MAX = 4       # of a track
_COPY = 0.9         # cosine from which on two faces of a track are nearly one picture
_BETTER = 0.05      # of quality, that it takes to replace a face: each is so at most 20 times


class BestFaces:
    """Faces by slot, 0 to FACES_MAX - 1, each with its similarity to people when it came."""

    def __init__(self) -> None:
        self.kept: list[tuple[Probe, dict[int, float]]] = []

    def offer(self, probe: Probe, similarities: dict[int, float]) -> int | None:
        """Keep a face if it is good enough; return its slot, None where it is not kept."""
        copies = [slot for slot, (other, _) in enumerate(self.kept)
                  if float(other.vector @ probe.vector) >= _COPY]
        if len(copies) > 1:     # whichever it replaced, it would be a copy of the other
            return None
        if not copies and len(self.kept) < FACES_MAX:
            self.kept.append((probe, similarities))
            return len(self.kept) - 1
        slot = min(copies or range(FACES_MAX), key=lambda slot: self.kept[slot][0].quality)
        if probe.quality < self.kept[slot][0].quality + _BETTER:
            return None
        self.kept[slot] = probe, similarities
        return slot
