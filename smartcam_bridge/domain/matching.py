"""Which track a box continues: how much they overlap, and who is paired with whom."""
import numpy as np


def centred(corners: np.ndarray) -> np.ndarray:
    """Return x y w h, centre and size, float64 (4, n), of corners x1 y1 x2 y2 (n, 4)."""
    boxes = np.empty((4, len(corners)))
    first, last = corners.T[:2], corners.T[2:]
    np.subtract(last, first, out=boxes[2:])
    np.multiply(boxes[2:], 0.5, out=boxes[:2])
    boxes[:2] += first
    return boxes


def overlaps(tracks: np.ndarray, boxes: np.ndarray,
             margins: np.ndarray | None = None) -> np.ndarray:
    """Return intersection over union of each of (4, n) with each of (4, m) as (n, m); x y w h.

    margins: (n,), by how much of the track's own size both boxes of a pair are made larger on
    each side, for want of knowing better where the track is; None: as they are.
    """
    ours, theirs = tracks[2:, :, None], boxes[2:, None]
    if margins is not None:
        grown = ours * (2 * margins[:, None])
        ours, theirs = ours + grown, theirs + grown
    along = (ours + theirs) * 0.5
    along -= np.abs(tracks[:2, :, None] - boxes[:2, None])
    np.minimum(along, np.minimum(ours, theirs), out=along)
    np.maximum(along, 0, out=along)
    shared = along[0] * along[1]
    return shared / np.maximum(ours[0] * ours[1] + theirs[0] * theirs[1] - shared, 1e-12)


def pairs(likeness: np.ndarray, least: float) -> tuple[list[int], list[int]]:
    """Pair rows with columns greedily, the most alike first; return rows and their columns.

    Nothing below `least` is paired, nothing twice. Of equals the lower row, then column, wins.
    """
    rows, columns = np.nonzero(likeness >= least)
    order = np.argsort(-likeness[rows, columns], kind='stable')
    paired: dict[int, int] = {}
    taken = set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist()):
        if row not in paired and column not in taken:
            paired[row] = column
            taken.add(column)
    return list(paired), list(paired.values())
