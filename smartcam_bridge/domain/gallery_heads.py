"""What a plan keeps of a gallery's rows beside them: where they point along a few directions."""
import numpy as np

STRIP_ROWS = 2048       # so that numpy's BLAS has no threads wait for each other over a strip
STRIPS = 8
BLOCK_ROWS = STRIP_ROWS * STRIPS    # 32 MB at 512 numbers, of which only what is written is taken
HEAD_SHARE = 0.375      # of the dimension, at most: the directions
_TAIL_ERROR = 2e-6      # of the square of a length in float32; makes tails too long, not too short


class Heads:
    """Of every row what it is along a few directions, and how long the rest of it is.

    basis: float32 (p, d), orthonormal. blocks: float32 (STRIPS, p, STRIP_ROWS) each, a column for
    a row. tails: float32 (capacity,). Written as the rows are: never where a snapshot reads.
    """

    def __init__(self, basis: np.ndarray, count: int) -> None:
        self.basis = basis
        self.blocks: tuple[np.ndarray, ...] = ()
        self.tails = np.zeros(count, np.float32)

    def turn(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the heads of vectors, float32 (r, p), and the lengths of the rest, (r,)."""
        turned = vectors @ self.basis.T
        left = np.einsum('ij,ij->i', vectors, vectors) - np.einsum('ij,ij->i', turned, turned)
        return turned, np.sqrt(np.maximum(left, 0) + _TAIL_ERROR)

    def write(self, row: int, vectors: np.ndarray) -> None:
        """Note vectors of the rows from `row` on, all of one strip."""
        number, at = divmod(row, BLOCK_ROWS)
        strip, at = divmod(at, STRIP_ROWS)
        while number >= len(self.blocks):
            self.blocks += (np.empty((STRIPS, len(self.basis), STRIP_ROWS), np.float32),)
        if row + len(vectors) > len(self.tails):
            self.tails = longer(self.tails, 2 * (row + len(vectors)))
        turned, tails = self.turn(vectors)
        self.blocks[number][strip, :, at:at + len(vectors)] = turned.T
        self.tails[row:row + len(vectors)] = tails

    def scan(self, turned: np.ndarray, count: int) -> np.ndarray:
        """Return the products of the first rows with heads of probes, float32 (m, count)."""
        found = np.empty((len(turned), count), np.float32)
        for begin in range(0, count, STRIP_ROWS):
            end = min(begin + STRIP_ROWS, count)
            strip = self.blocks[begin // BLOCK_ROWS][begin % BLOCK_ROWS // STRIP_ROWS]
            np.matmul(turned, strip[:, :end - begin], out=found[:, begin:end])
        return found


def longer(values: np.ndarray, size: int) -> np.ndarray:
    """Return values with zeros behind them."""
    found = np.zeros(size, values.dtype)
    found[:len(values)] = values
    return found
