"""Who passed which line, and which way."""
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from smartcam_bridge.domain.model import Crossing, Direction
from smartcam_bridge.domain.moves import Moves, widened
from smartcam_bridge.domain.polygons import anchor_weights
from smartcam_bridge.domain.schedules import is_open
from smartcam_bridge.domain.shapes import Tripwire

_UNKNOWN = 0
_WAVERING = 2       # the line was met since the track was last clear of it
_Key = tuple[int, int]      # slot, number of the tripwire


@dataclass(slots=True)
class _Pass:
    """A track on a line: the side it came from, and where meeting the line has brought it."""

    side: int
    net: int = 0            # meetings towards the right less those towards the left
    stamp_ns: int = 0       # of the last meeting


class Tripwires:
    """The crossings of some tripwires of one camera. Ingest thread only.

    A track that is at least `hysteresis` away from a line is clear of it, on one side (1: right,
    -1: left, seen along it). When it gets clear on the other side, and its way led over the line
    itself rather than around an end of it, that is one crossing. So trembling on a line counts
    nothing, and a direction counts again only after the track was clear on the side before it.
    """

    def __init__(self, label_name: Callable[[int], str]) -> None:
        self.tripwires: tuple[Tripwire, ...] = ()
        self._label_name = label_name
        self._sides = np.zeros((0, 1), np.int8)     # where a track was last clear of a line
        self._passes: dict[_Key, _Pass] = {}

    def change(self, tripwires: tuple[Tripwire, ...]) -> None:
        """Take other tripwires; on which side of a redrawn one a track is will show."""
        old, sides = {wire.id: number for number, wire in enumerate(self.tripwires)}, self._sides
        kept = {old[wire.id]: number for number, wire in enumerate(tripwires)
                if wire.id in old and _place(wire) == _place(self.tripwires[old[wire.id]])}
        self._passes = {(slot, kept[number]): met for (slot, number), met
                        in self._passes.items() if number in kept}
        self.tripwires = tripwires
        self._sides = np.zeros((len(tripwires), sides.shape[1]), np.int8)
        self._sides[list(kept.values())] = sides[list(kept)]
        lines = map(np.array, zip(*map(_line, tripwires))) if tripwires else ()
        self._across, self._offset, self._along, self._start = lines or (None,) * 4
        self._clear = np.array([[wire.hysteresis] for wire in tripwires])

    def observe(self, moves: Moves) -> list[Crossing]:
        """Follow one message; return who has crossed."""
        if not self.tripwires:
            return []
        if moves.slots.max() >= self._sides.shape[1]:
            self._sides = widened(self._sides, 2 * int(moves.slots.max()) + 1)
        before = self._across @ moves.before - self._offset
        now = self._across @ moves.now - self._offset
        clear = np.sign(now) * (np.abs(now) >= self._clear)
        met = (before > 0) != (now > 0)
        news = met | (clear != _UNKNOWN) & (clear != self._sides.take(moves.slots, axis=1))
        if moves.jumped is not None:
            news |= moves.jumped
        if not news.any():
            return []
        crossings = []
        for number, row in np.argwhere(news).tolist():
            key, side = (int(moves.slots[row]), number), int(clear[number, row])
            if moves.jumped is not None and moves.jumped[row]:
                self._passes.pop(key, None)
                self._sides[number, key[0]] = side
                continue
            if met[number, row]:
                self._meet(key, row, moves, before[number, row], now[number, row])
            if side != _UNKNOWN:
                crossings += self._get_clear(key, row, moves, side)
        return crossings

    def end(self, slot: int) -> None:
        """Forget a track."""
        for number in range(len(self.tripwires)):
            self._passes.pop((slot, number), None)
        if slot < self._sides.shape[1]:
            self._sides[:, slot] = _UNKNOWN

    def _meet(self, key: _Key, row: int, moves: Moves, before: float, now: float) -> None:
        """Note that a track met the line or what prolongs it; only the line itself counts."""
        slot, number = key
        met = self._passes.setdefault(key, _Pass(int(self._sides[number, slot])))
        self._sides[number, slot] = _WAVERING
        share = before / (before - now)
        corners = moves.before[:, row] + share * (moves.now[:, row] - moves.before[:, row])
        if 0 <= self._along[number] @ corners - self._start[number, 0] <= 1:
            met.net += 1 if now > 0 else -1
            met.stamp_ns = moves.moment(row, share)

    def _get_clear(self, key: _Key, row: int, moves: Moves, side: int) -> list[Crossing]:
        slot, number = key
        met = self._passes.pop(key, None)
        self._sides[number, slot] = side
        if met is None or met.side != -side or met.net * side <= 0:
            return []
        wire, label_id = self.tripwires[number], int(moves.label_ids[row])
        if wire.labels and self._label_name(label_id) not in wire.labels:
            return []
        if not is_open(wire.schedule, wire.timezone, met.stamp_ns):
            return []
        return [Crossing(wire.id, wire.camera_id, int(moves.track_ids[row]), label_id,
                         met.stamp_ns, Direction(side))]


def _line(wire: Tripwire) -> tuple[np.ndarray, ...]:
    """Return weights and offset of the distance to its right, and of the place along it, 0 to 1.

    y grows downwards, so to the right of (dx, dy) is (-dy, dx).
    """
    weights = anchor_weights(wire.anchor)
    start = np.array(wire.start)
    along = np.array(wire.end) - start
    right = np.array([-along[1], along[0]]) / np.hypot(*along)
    along = along / (along @ along)
    return right @ weights, np.array([right @ start]), along @ weights, np.array([along @ start])


def _place(wire: Tripwire) -> Tripwire:
    """Return what decides who crosses; the rest may change meanwhile."""
    return replace(wire, name='', color='')
