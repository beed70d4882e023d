"""Rollups of zones: how many were there is a step function, kept as its steps.

A row tells what changed within its minute (quarter, hour, day), and how many are there
afterwards; where nothing changed there is no row. So a stay costs the two minutes in which it
begins and ends, however long it is. Who has not left is there until he does, or for ever.

A change in the past shifts the rows after it by the same number, for they tell how many are there:
a few rows, since visits are told when they happen.
"""
from collections import defaultdict
import json
import sqlite3
from typing import Iterable, Sequence

import numpy as np
from smartcam_bridge.domain.times import NS
from smartcam_bridge.store.rollup_tables import zone_rollups
from smartcam_bridge.store.schema import visits
from smartcam_bridge.store.spans import WIDTHS_S
from smartcam_bridge.store.sql import compiled, positional
from smartcam_bridge.store.sums import DWELL, is_after, Marks, minute_of, Minutes
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

BINS_S = (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1200,
          1800, 2700, 3600, 5400, 7200, 10800, 14400, 21600, 28800, 43200, 64800, 86400, 172800,
          604800)
"""Where the bins of dwell begin, in seconds; the last one has no end. Stored by number: append
only."""

ERA_S = 946_684_800     # 2000: stamps before are a simulation's, who is there then is not here now

Key = tuple[int, int, int]
Stay = tuple[int, int, int, 'int | None']   # camera, label, entered, exited

_BINS_NS = np.array(BINS_S, np.int64) * NS
_STEPS = zone_rollups.c
_COUNTED = ('entered', 'exited', 'after', 'peak', 'occupied_ns', 'dwell_ns', 'longest_ns')
_OF_TRACKS = compiled(
    select(visits.c.zone_id, visits.c.track_id, visits.c.entered_ns, visits.c.camera_id,
           visits.c.label_id, visits.c.exited_ns)
    .where(visits.c.track_id.in_(select(
        func.json_each(bindparam('ids')).table_valued('value').c.value))))
_OF_ZONE = select(visits.c.entered_ns, visits.c.exited_ns).where(
    visits.c.zone_id == bindparam('zone'))
_OF_LABEL = _OF_ZONE.where(visits.c.label_id == bindparam('label'))
_WITHIN = {(column, bool(label)): compiled(statement.where(
    visits.c[column] >= bindparam('begin'), visits.c[column] < bindparam('end')))
    for column in ('entered_ns', 'exited_ns')
    for label, statement in enumerate((_OF_ZONE, _OF_LABEL))}
_THIS = (_STEPS.zone_id == bindparam('zone'), _STEPS.label_id == bindparam('label'),
         _STEPS.width_s == bindparam('width'))
_LEVEL_BEFORE = compiled(
    select(_STEPS.after).where(*_THIS, _STEPS.start_s < bindparam('start'),
                               _STEPS.start_s >= bindparam('era'))
    .order_by(_STEPS.start_s.desc()).limit(1))
_FINER = compiled(
    select(_STEPS.start_s, *(_STEPS[name] for name in _COUNTED))
    .where(*_THIS, _STEPS.start_s >= bindparam('start'), _STEPS.start_s < bindparam('end'))
    .order_by(_STEPS.start_s))
_PUT_STEP = insert(zone_rollups)
_PUT = positional(_PUT_STEP.on_conflict_do_update(
    index_elements=[column.name for column in zone_rollups.primary_key],
    set_={name: _PUT_STEP.excluded[name] for name in _COUNTED}),
    [column.name for column in zone_rollups.columns])
_DELETE = compiled(delete(zone_rollups).where(*_THIS, _STEPS.start_s == bindparam('start')))
_SHIFT = compiled(update(zone_rollups).where(
    *_THIS, _STEPS.start_s > bindparam('start'), _STEPS.start_s < bindparam('end')).values(
    after=_STEPS.after + bindparam('by'), peak=_STEPS.peak + bindparam('by'),
    occupied_ns=_STEPS.occupied_ns + bindparam('by') * bindparam('width') * NS))
_FOREVER_S = 2**62


def visits_of(connection: sqlite3.Connection, track_ids: Iterable[int]) -> dict[Key, Stay]:
    """Return all visits of some tracks."""
    if not track_ids:
        return {}
    return {tuple(row[:3]): (row[3], row[4], row[2], row[5]) for row in connection.execute(
        _OF_TRACKS.sql, _OF_TRACKS.bound(ids=json.dumps(list(track_ids))))}


def follow_visits(connection: sqlite3.Connection, before: dict[Key, Stay],
                  after: dict[Key, Stay], marks: Marks = {}) -> None:
    """Bring the rollups in line with visits that were changed, in the caller's transaction."""
    minutes: dict[tuple[int, int, int], set[int]] = defaultdict(set)
    dwell: Minutes = {}
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        for stay, count in ((was, -1), (now, 1)):
            if stay is not None:
                _note(key[0], stay, count, minutes, dwell)
    DWELL.add(connection, dwell, marks)
    for (camera_id, zone_id, label_id), starts_s in minutes.items():
        Steps(connection, camera_id, zone_id, label_id, marks).renew(sorted(starts_s))


def _note(zone_id: int, stay: Stay, count: int, minutes: dict[tuple[int, int, int], set[int]],
          dwell: Minutes) -> None:
    camera_id, label_id, entered_ns, exited_ns = stay
    for label in (0, label_id):
        touched = minutes[camera_id, zone_id, label]
        touched.add(minute_of(entered_ns))
        if exited_ns is not None:
            touched.add(minute_of(exited_ns))
    if exited_ns is not None:
        DWELL.merge(dwell, (minute_of(exited_ns), zone_id, label_id,
                            bin_of(exited_ns - entered_ns), camera_id), (count,))


def bin_of(dwell_ns: int) -> int:
    """Return the number of the bin of BINS_S that a stay belongs to."""
    return max(int(np.searchsorted(_BINS_NS, dwell_ns, 'right')) - 1, 0)


class Steps:
    """The steps of one zone and label; label 0: of all."""

    def __init__(self, connection: sqlite3.Connection, camera_id: int, zone_id: int,
                 label_id: int, marks: Marks) -> None:
        self._connection = connection
        self._camera_id = camera_id
        self._marks = marks
        self._which = {'zone': zone_id, 'label': label_id}

    def renew(self, minutes_s: Sequence[int]) -> None:
        """Make the rows of these minutes (ascending) again, from visits, and what follows."""
        minutes_s = [start_s for start_s in minutes_s if self._may(start_s)]
        for start_s in minutes_s:
            self._renew_minute(start_s)
        finer_s = WIDTHS_S[-1]
        for width_s in WIDTHS_S[-2::-1]:
            for start_s in sorted({start - start % width_s for start in minutes_s}):
                if self._may(start_s):
                    self._renew_wide(width_s, start_s, finer_s)
            finer_s = width_s

    def _may(self, start_s: int) -> bool:
        return is_after(start_s, self._marks, self._camera_id)

    def _renew_minute(self, start_s: int) -> None:
        level = self._level_before(start_s)
        old = self._rows(60, start_s, start_s + 60)
        level_after_old = old[0][3] if old else level
        entered, exited = (self._visits(column, start_s) for column in ('entered_ns', 'exited_ns'))
        level_after = level + len(entered) - len(exited)
        if entered or exited:
            dwells = [left - came for came, left in exited]
            peak, occupied_ns = _sweep(level, start_s * NS, (start_s + 60) * NS,
                                       [came for came, _ in entered],
                                       [left for _, left in exited])
            self._put(60, start_s, (len(entered), len(exited), level_after, peak, occupied_ns,
                                    sum(dwells), max(dwells, default=0)))
        elif old:
            self._delete(60, start_s)
        self._shift(start_s, level_after - level_after_old)

    def _renew_wide(self, width_s: int, start_s: int, finer_s: int) -> None:
        rows = self._rows(finer_s, start_s, start_s + width_s)
        if not rows:
            self._delete(width_s, start_s)
            return
        first = rows[0]
        level, until_s = first[3] - first[1] + first[2], start_s
        peak = occupied_ns = 0
        for row_s, _, _, after, row_peak, row_occupied_ns, _, _ in (
                *rows, (start_s + width_s, 0, 0, 0, 0, 0, 0, 0)):
            if row_s > until_s:
                peak = max(peak, level)
            peak = max(peak, row_peak)
            occupied_ns += level * (row_s - until_s) * NS + row_occupied_ns
            level, until_s = after, row_s + finer_s
        entered, exited, dwell_ns = (sum(row[i] for row in rows) for i in (1, 2, 6))
        self._put(width_s, start_s, (entered, exited, rows[-1][3], peak, occupied_ns, dwell_ns,
                                     max(row[7] for row in rows)))

    def _visits(self, column: str, start_s: int) -> list[tuple[int, int | None]]:
        """Return (entered, exited) of the visits that begin or end within a minute."""
        statement = _WITHIN[column, bool(self._which['label'])]
        values = statement.bound(begin=start_s * NS, end=(start_s + 60) * NS, **self._which)
        return self._connection.execute(statement.sql, values).fetchall()

    def _level_before(self, start_s: int) -> int:
        row = self._connection.execute(_LEVEL_BEFORE.sql, _LEVEL_BEFORE.bound(
            width=60, start=start_s, era=ERA_S if start_s >= ERA_S else 0,
            **self._which)).fetchone()
        return row[0] if row else 0

    def _rows(self, width_s: int, start_s: int, end_s: int) -> list[tuple]:
        return self._connection.execute(_FINER.sql, _FINER.bound(
            width=width_s, start=start_s, end=end_s, **self._which)).fetchall()

    def _put(self, width_s: int, start_s: int, counted: tuple[int, ...]) -> None:
        which = self._which
        self._connection.execute(_PUT, (which['zone'], which['label'], width_s, start_s,
                                        self._camera_id, *counted))

    def _delete(self, width_s: int, start_s: int) -> None:
        self._connection.execute(
            _DELETE.sql, _DELETE.bound(width=width_s, start=start_s, **self._which))

    def _shift(self, start_s: int, by: int) -> None:
        """Let `by` more be there after a minute that was renewed."""
        if by:
            end_s = ERA_S if start_s < ERA_S else _FOREVER_S
            for width_s in WIDTHS_S:
                self._connection.execute(_SHIFT.sql, _SHIFT.bound(
                    width=width_s, start=start_s, end=end_s, by=by, **self._which))


def _sweep(level: int, begin_ns: int, end_ns: int, entered: Sequence[int],
           exited: Sequence[int]) -> tuple[int, int]:
    """Return how many were there at most at once, and the sum of their times."""
    steps: dict[int, int] = defaultdict(int)
    for stamp_ns in entered:
        steps[stamp_ns] += 1
    for stamp_ns in exited:
        steps[stamp_ns] -= 1
    level += steps.pop(begin_ns, 0)
    peak, occupied_ns, since_ns = level, 0, begin_ns
    for stamp_ns in sorted(steps):
        occupied_ns += level * (stamp_ns - since_ns)
        level, since_ns = level + steps[stamp_ns], stamp_ns
        peak = max(peak, level)
    return peak, occupied_ns + level * (end_ns - since_ns)
