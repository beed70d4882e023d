"""Which track a box continues: how much they overlap, and who is paired with whom."""
import numpy as np

# Columns of centred boxes.
X, Y, W, H = range(4)


def centred(corners: np.ndarray) -> np.ndarray:
    """Return x y w h, centre and size, float64 (n, 4), of corners x1 y1 x2 y2 (n, 4)."""
    boxes = np.empty((len(corners), 4))
    boxes[:, :W] = (corners[:, :2] + corners[:, 2:]) / 2
    boxes[:, W:] = corners[:, 2:] - corners[:, :2]
    return boxes


def overlaps(tracks: np.ndarray, boxes: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Return intersection over union of each of (n, 4) with each of (m, 4) as (n, m); x y w h.

    margins: (n,), by how much of the track's own size both boxes of a pair are made larger on
    each side, for want of knowing better where the track is; 0 makes it the plain one.
    """
    grown = tracks[:, W:] * (2 * margins[:, None])
    shared, ours, theirs = 1.0, 1.0, 1.0
    for place, size in ((X, W), (Y, H)):
        mine = (tracks[:, size] + grown[:, size - W])[:, None]
        other = boxes[:, size] + grown[:, size - W, None]
        apart = np.abs(tracks[:, place, None] - boxes[:, place])
        along = np.minimum((mine + other) / 2 - apart, np.minimum(mine, other))
        shared = shared * np.maximum(along, 0)
        ours, theirs = ours * mine, theirs * other
    return shared / np.maximum(ours + theirs - shared, 1e-12)


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
