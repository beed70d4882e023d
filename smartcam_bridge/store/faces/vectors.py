"""Embeddings as they are stored: little-endian float32, as many as the row's dimension says."""
import numpy as np
from smartcam_bridge.errors import StoreError

STORED = np.dtype('<f4')


def size_of(dimension: int) -> int:
    """Return how many bytes a vector takes."""
    return STORED.itemsize * dimension


def packed(vector: np.ndarray) -> bytes:
    """Return the bytes of float32 (d,)."""
    return np.ascontiguousarray(vector, STORED).tobytes()


def unpacked(blob: bytes, dimension: int) -> np.ndarray:
    """Return float32 (d,); raise StoreError where the bytes are not that many numbers."""
    if len(blob) != size_of(dimension):
        raise StoreError(f'{len(blob)} bytes are not {dimension} numbers')
    return np.frombuffer(blob, STORED).astype(np.float32)
