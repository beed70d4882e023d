"""How long it takes to compare a face with the gallery."""
import numpy as np

_KEPT = 1024        # faces: some seconds of a crowd, some minutes of a door


class MatchTimes:
    """Times of the newest comparisons. One thread."""

    def __init__(self) -> None:
        self._ms = np.zeros(_KEPT)
        self.probes = 0         # since the start

    def add(self, probes: int, seconds: float) -> None:
        """Note what comparing so many faces at once took altogether."""
        self._ms[(self.probes + np.arange(min(probes, _KEPT))) % _KEPT] = 1000 * seconds / probes
        self.probes += probes

    def percentiles_ms(self) -> tuple[float, float] | None:
        """Return the median and the 95th percentile of a face, None before the first."""
        if not self.probes:
            return None
        p50, p95 = np.percentile(self._ms[:self.probes], (50, 95)).tolist()
        return round(p50, 4), round(p95, 4)
