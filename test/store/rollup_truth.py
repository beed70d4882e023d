"""What the rollups must be, by plain counting of raw rows; slow and obvious."""
from collections import Counter, defaultdict
import sqlite3
from typing import Any, Iterable, Iterator

from smartcam_bridge.store import heat, packing
from smartcam_bridge.store.zone_rollups import BINS_S

WIDTHS_S = (60, 900, 3600, 86400)
NS = 10**9

TABLES = {
    'camera_rollups': 'width_s, start_s, camera_id, label_id',
    'zone_rollups': 'zone_id, label_id, width_s, start_s',
    'dwell_rollups': 'zone_id, label_id, width_s, start_s, bin',
    'tripwire_rollups': 'tripwire_id, label_id, width_s, start_s',
    'heat_rollups': 'camera_id, label_id, width_s, start_s'}


def stored(connection: sqlite3.Connection) -> dict[str, list[tuple]]:
    """Return what is in the rollups; heat maps as lists."""
    found = {name: connection.execute(f'SELECT * FROM {name} ORDER BY {key}').fetchall()
             for name, key in TABLES.items()}
    found['heat_rollups'] = [(*key, heat.unpack(cells).tolist())
                             for *key, cells in found['heat_rollups']]
    return found


def expected(connection: sqlite3.Connection) -> dict[str, list[tuple]]:
    """Return what should be there; heat maps of the observations up to the mark."""
    def rows(sql: str) -> list[tuple]:
        return connection.execute(sql).fetchall()

    observations = [(*rest, packing.unpack(boxes)) for *rest, boxes in rows(
        'SELECT id, camera_id, stamp_ns, moving, boxes FROM observations')]
    tracks = rows('SELECT camera_id, label_id, first_ns FROM tracks')
    visits = rows('SELECT zone_id, camera_id, label_id, entered_ns, exited_ns FROM visits')
    crossings = rows('SELECT tripwire_id, camera_id, label_id, stamp_ns, direction FROM crossings')
    marked = [o for o in observations if o[0] <= heat.read_mark(connection)]
    return {'camera_rollups': sorted(_cameras(observations, tracks)),
            'zone_rollups': sorted(_zones(visits)),
            'dwell_rollups': sorted(_dwell(visits)),
            'tripwire_rollups': sorted(_tripwires(crossings)),
            'heat_rollups': sorted(_heat(marked))}


def _places(stamp_ns: int, widths_s: Iterable[int] = WIDTHS_S) -> Iterator[tuple[int, int]]:
    for width_s in widths_s:
        yield width_s, stamp_ns // NS // width_s * width_s


def _cameras(observations: list[tuple], tracks: list[tuple]) -> Iterator[tuple]:
    found: dict[tuple, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for _, camera_id, stamp_ns, _, boxes in observations:
        labels = Counter(boxes['label'].tolist())
        for place in _places(stamp_ns):
            for label_id, count in ((0, len(boxes)), *labels.items()):
                row = found[(*place, camera_id, label_id)]
                row[0] += label_id == 0
                row[1] += count
                row[3] = max(row[3], count)
    for camera_id, label_id, first_ns in tracks:
        for place in _places(first_ns):
            for label in (0, label_id):
                found[(*place, camera_id, label)][2] += 1
    return ((*key, *row) for key, row in found.items())


def _zones(visits: list[tuple]) -> Iterator[tuple]:
    stays: dict[tuple, list[tuple]] = defaultdict(list)
    for zone_id, camera_id, label_id, *stay in visits:
        for label in (0, label_id):
            stays[zone_id, label, camera_id].append(stay)
    for (zone_id, label_id, camera_id), some in stays.items():
        moments = {moment for stay in some for moment in stay if moment is not None}
        for width_s, start_s in {place for moment in moments for place in _places(moment)}:
            yield (zone_id, label_id, width_s, start_s, camera_id,
                   *step(some, start_s * NS, (start_s + width_s) * NS))


def step(stays: list[Any], begin_ns: int, end_ns: int) -> tuple[int, ...]:
    """Return what (entered, exited) amount to in [begin, end)."""
    def there(moment: int) -> int:
        return sum(came <= moment and (left is None or moment < left) for came, left in stays)

    def within(moment: 'int | None') -> bool:
        return moment is not None and begin_ns <= moment < end_ns

    ended = [left - came for came, left in stays if within(left)]
    moments = [begin_ns, *(m for stay in stays for m in stay if within(m))]
    occupied_ns = sum(max(0, min(end_ns if left is None else left, end_ns) - max(came, begin_ns))
                      for came, left in stays)
    return (sum(within(came) for came, _ in stays), len(ended), there(end_ns - 1),
            max(map(there, moments)), occupied_ns, sum(ended), max(ended, default=0))


def _dwell(visits: list[tuple]) -> Iterator[tuple]:
    found: Counter = Counter()
    for zone_id, camera_id, label_id, entered_ns, exited_ns in visits:
        if exited_ns is not None:
            number = max(i for i, begin_s in enumerate(BINS_S)
                         if begin_s * NS <= exited_ns - entered_ns)
            for place in _places(exited_ns):
                found[(zone_id, label_id, *place, number, camera_id)] += 1
    return ((*key, count) for key, count in found.items())


def _tripwires(crossings: list[tuple]) -> Iterator[tuple]:
    found: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    for tripwire_id, camera_id, label_id, stamp_ns, direction in crossings:
        for place in _places(stamp_ns):
            found[(tripwire_id, label_id, *place, camera_id)][direction == -1] += 1
    return ((*key, *row) for key, row in found.items())


def _heat(observations: list[tuple]) -> Iterator[tuple]:
    found: dict[tuple, list[int]] = defaultdict(lambda: [0] * heat.WIDTH * heat.HEIGHT)
    for _, camera_id, stamp_ns, moving, boxes in observations:
        for box in () if moving else boxes:
            label_id, (x1, _, x2, y2) = int(box['label']), box['corners'].tolist()
            across = min((x1 + x2) * heat.WIDTH // (2 * 65535), heat.WIDTH - 1)
            down = min(y2 * heat.HEIGHT // 65535, heat.HEIGHT - 1)
            for place in _places(stamp_ns, (3600, 86400)):
                found[(camera_id, label_id, *place)][down * heat.WIDTH + across] += 1
    return ((*key, cells) for key, cells in found.items())
