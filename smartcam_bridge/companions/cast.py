"""Who plays the figures of a street: somebody for each visit, and nobody in two places at once."""
from typing import Mapping

import numpy as np

from smartcam_bridge.companions.scene import Moment

FACED = 'person'
"""Label of the figures that have a face."""


class Cast:
    """Players 0 to size - 1 for the figures of all cameras. One thread at a time.

    A figure keeps its player for its visit, and the player comes again later, in whichever
    camera; those who are away longest come first, roughly. Where a world tells who an object is,
    it is the same one always. The same calls in the same order give the same cast.
    """

    def __init__(self, *, seed: int, size: int) -> None:
        self._rng = np.random.default_rng([seed, 2])
        self._size = size
        self._away = self._rng.permutation(size).tolist()
        self._on: dict[str, dict[str, int]] = {}    # by camera and tracker id

    def play(self, camera: str, moment: Moment) -> Mapping[str, int]:
        """Return who plays whom at this moment, by tracker id; who is missing shows no face."""
        faced = [i for i, label in enumerate(moment.labels) if label == FACED]
        if moment.objects:
            return {moment.ids[i]: int(moment.objects[i]) % self._size for i in faced
                    if self._size}
        on = self._on.setdefault(camera, {})
        ids = [moment.ids[i] for i in faced]
        for gone in on.keys() - set(ids):
            self._away.append(on.pop(gone))
        for tracker_id in ids:
            if tracker_id not in on and self._away:
                on[tracker_id] = self._away.pop(
                    int(self._rng.integers(0, (len(self._away) + 1) // 2)))
        return on
