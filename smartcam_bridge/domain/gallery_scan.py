"""How similar rows are to probes, in float32: they may be off by ERROR."""
import numpy as np

from smartcam_bridge.domain.gallery_heads import BLOCK_ROWS, STRIP_ROWS

ERROR = 1e-5        # of a cosine of two float32 unit vectors; seen: below 1e-6 at 512 numbers
MANY = 8            # probes for which a matrix product is faster
_SLICE = 512        # rows that stay in the cache for the next probe, and start no threads of BLAS
_AT_ONCE = 1024     # rows made float64: 4 MB at 512 numbers


def scan(blocks: tuple[np.ndarray, ...], count: int, probes: np.ndarray) -> np.ndarray:
    """Return the similarities of the first rows to probes, float32 (m, count).

    probes: float32 (m, d). Reads every row once; takes 4 * m * count bytes.
    """
    found = np.empty((len(probes), count), np.float32)
    few = len(probes) < MANY
    size = _SLICE if few else STRIP_ROWS
    for begin in range(0, count, size):
        end = min(begin + size, count)
        rows = blocks[begin // BLOCK_ROWS][begin % BLOCK_ROWS:][:end - begin]
        if few:
            for similarities, probe in zip(found, probes):
                np.dot(rows, probe, similarities[begin:end])
        else:
            found[:, begin:end] = (rows @ probes.T).T
    return found


def dots(rows: np.ndarray, probe: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Put the similarities of rows, float32 (r, d), to one probe into `out`, and return that.

    In slices, so that BLAS starts no threads: on busy cores those wait for each other longer than
    all the rest takes.
    """
    for begin in range(0, len(rows), _SLICE):
        np.dot(rows[begin:begin + _SLICE], probe, out[begin:begin + _SLICE])
    return out


def dots_of(blocks: tuple[np.ndarray, ...], rows: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Return the similarities of rows, ascending numbers, to one probe, float32 (r,).

    Through one small buffer: memory for many rows at once would be fresh, and cost more than they.
    """
    found = np.empty(len(rows), np.float32)
    buffer = np.empty((min(len(rows), _SLICE), len(probe)), np.float32)
    ends = np.searchsorted(rows, np.arange(1, len(blocks) + 1) * BLOCK_ROWS).tolist()
    for number, (begin, end) in enumerate(zip([0, *ends], ends)):
        inside = rows[begin:end] - number * BLOCK_ROWS
        for first in range(0, len(inside), _SLICE):
            some = inside[first:first + _SLICE]
            part = buffer[:len(some)]
            np.take(blocks[number], some, axis=0, out=part, mode='clip')    # clip: unbuffered
            np.dot(part, probe, found[begin + first:begin + first + len(some)])
    return found


def exactly(vectors: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """Return the cosines of unit vectors, float32 (r, d), to a float64 probe, float64 (r,).

    Equal vectors have equal cosines, wherever they stand (a matrix product would not do that).
    """
    found = np.empty(len(vectors))
    for begin in range(0, len(vectors), _AT_ONCE):
        part = vectors[begin:begin + _AT_ONCE].astype(np.float64)
        found[begin:begin + _AT_ONCE] = np.einsum('ij,j->i', part, probe)
    return found
