"""People who do not exist, and embeddings of their faces: the same ones for the same seed.

What is true of them, so that results can be read with open eyes:

- Identities are unit vectors whose energy falls like 1/i over the dimensions, turned by a random
  rotation, so that no axis is special. Two at random have a cosine of 0 +- 0.16, with 128
  dimensions 0.19: far wider than isotropic vectors (0.04), as people resemble one another.
- No two have a cosine above `ALIKE_MAX`, but for the look-alikes, whose cosine is exactly
  `lookalike_cosine`: pairs within the gallery (people 0 and 1, 2 and 3, ...), and as many
  strangers who look each like a person of the gallery (the people after those pairs).
- A face is its identity and noise, at a cosine of `closeness(quality)` give or take 0.04: 0.80 at
  quality 1, 0.64 at 0.5, 0.47 at 0.2. The noise is isotropic; in a track, half of it stays the
  same from face to face, as light, pose and glasses do: more faces do not heal everything.
- Templates are faces of quality 0.8 to 1. So a good face meets the templates of its person at
  about 0.6, those of a look-alike at 0.6 times their cosine, anybody else's below 0.3.
"""
from collections.abc import Sequence

import numpy as np

ALIKE_MAX = 0.5     # cosine of identities that are no look-alikes
_JITTER = 0.04
_SHARED = 0.5       # of a track's noise, as energy
_TRIES = 2000


class FaceWorld:
    """Identities 0 to people - 1 are in the gallery, the `strangers` after them are not.

    identities: float32 (n, d), unit rows. lookalikes: pairs of identities. Raises ValueError
    where so many people do not fit so few dimensions, or more look-alikes are asked for than
    there are people and strangers.
    """

    def __init__(self, seed: int, people: int, strangers: int = 0, dimension: int = 512, *,
                 lookalikes: int = 0, lookalike_cosine: float = 0.5,
                 isotropic: bool = False) -> None:
        if 3 * lookalikes > people or lookalikes > strangers > 0:
            raise ValueError(f'{lookalikes} pairs of look-alikes and as many strangers like '
                             f'others need {3 * lookalikes} people and {lookalikes} strangers')
        self.people = range(people)
        self.strangers = range(people, people + strangers)
        self.lookalikes = tuple((2 * i, 2 * i + 1) for i in range(lookalikes)) + tuple(
            (2 * lookalikes + i, people + i) for i in range(min(lookalikes, strangers)))
        self._seed = seed
        rng = np.random.default_rng([seed, 0])
        energy = np.ones(dimension) if isotropic else 1 / np.arange(1, dimension + 1)
        turn = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
        self.identities = _identities(rng, people + strangers, np.sqrt(energy)[:, None] * turn,
                                      {late: early for early, late in self.lookalikes},
                                      lookalike_cosine)

    def face(self, identity: int, rng: np.random.Generator, quality: float = 1.0) -> np.ndarray:
        """Return one view of somebody, float32 (d,) of unit length; quality in [0,1]."""
        return self.track(identity, rng, [quality])[0]

    def track(self, identity: int, rng: np.random.Generator,
              qualities: Sequence[float], shared: np.ndarray | None = None) -> np.ndarray:
        """Return views of somebody who passes once, float32 (n, d), unit rows.

        shared: standard normal (d,), what stays the same of the noise; None: is drawn.
        """
        truth = self.identities[identity].astype(np.float64)
        own = rng.standard_normal((len(qualities), len(truth)))
        shared = rng.standard_normal(len(truth)) if shared is None else shared
        noise = np.sqrt(_SHARED) * shared + np.sqrt(1 - _SHARED) * own
        noise -= np.outer(noise @ truth, truth)
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        jitter = rng.normal(0, _JITTER, len(qualities))
        close = np.clip([closeness(quality) for quality in qualities] + jitter, 0, 1)[:, None]
        return (close * truth + np.sqrt(1 - close ** 2) * noise).astype(np.float32)

    def templates(self, identity: int, count: int = 3) -> np.ndarray:
        """Return what somebody is enrolled with, float32 (n, d); always the same."""
        rng = np.random.default_rng([self._seed, 1, identity])
        return np.stack([self.face(identity, rng, quality)
                         for quality in rng.uniform(0.8, 1, count)])


def closeness(quality: float) -> float:
    """Return the cosine of a face to whose it is, by its quality in [0,1]."""
    return 0.8 * quality ** (1 / 3)


def _identities(rng: np.random.Generator, count: int, shape: np.ndarray, like: dict[int, int],
                cosine: float) -> np.ndarray:
    """Draw identities one by one, again where one is too like another."""
    rows = np.zeros((count, shape.shape[1]))
    for number in range(count):
        for _ in range(_TRIES):
            row = rng.standard_normal(len(shape)) @ shape
            row /= np.linalg.norm(row)
            twin = like.get(number)
            if twin is not None:
                row -= (row @ rows[twin]) * rows[twin]
                row = cosine * rows[twin] + np.sqrt(1 - cosine ** 2) * row / np.linalg.norm(row)
            others = np.delete(rows[:number], [] if twin is None else [twin], axis=0)
            if (others @ row).max(initial=-1) <= ALIKE_MAX:
                break
        else:
            raise ValueError(f'{count} people do not fit {shape.shape[1]} dimensions: number '
                             f'{number} is too like another after {_TRIES} tries')
        rows[number] = row
    return rows.astype(np.float32)
