"""Galleries for `match.py`, built in place, and whom to look for in them."""
from __future__ import annotations

import numpy as np

DIMENSION = 512
TEMPLATES = 4       # of a person
_NOISE = 0.65       # beside the identity: two faces of a person meet at a cosine of about 0.7
_AT_ONCE = 65536


def gallery(count: int, isotropic: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return templates, float32 (count, DIMENSION) of unit length, and whose they are, (count,).

    Not isotropic: the energy falls like 1/i along directions that are not the axes, of people and
    of the noise of their faces alike.
    """
    shape, rng = _shape(isotropic), np.random.default_rng(count)
    rows = np.empty((count, DIMENSION), np.float32)
    for begin in range(0, count, _AT_ONCE):
        part = rows[begin:begin + _AT_ONCE]
        people = rng.standard_normal((-(-len(part) // TEMPLATES), DIMENSION), np.float32)
        part[:] = _faces(np.repeat(people, TEMPLATES, axis=0)[:len(part)], shape, rng)
    return rows, np.arange(count) // TEMPLATES + 1


def probes(rows: np.ndarray, isotropic: bool, count: int) -> np.ndarray:
    """Return faces, float32 (count, DIMENSION), by turns of somebody who is there and is not."""
    rng = np.random.default_rng(5)
    shape = _shape(isotropic)
    found = _faces(rng.standard_normal((count, DIMENSION), np.float32), shape, rng)
    noise = _faces(rng.standard_normal((count // 2, DIMENSION), np.float32), shape, rng)
    found[::2] = rows[rng.integers(0, len(rows), count // 2)] + _NOISE * noise
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _shape(isotropic: bool) -> np.ndarray:
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((DIMENSION, DIMENSION)))[0]
    energy = np.ones(DIMENSION) if isotropic else 1 / np.arange(1, DIMENSION + 1)
    return (np.sqrt(energy)[:, None] * turn).astype(np.float32)


def _faces(people: np.ndarray, shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    faces = (people + _NOISE * rng.standard_normal(people.shape, np.float32)) @ shape
    return faces / np.linalg.norm(faces, axis=1, keepdims=True)
