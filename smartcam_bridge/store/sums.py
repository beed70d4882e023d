"""Tables of rollups that are plain sums: what happened in a minute is added at every width."""
import sqlite3
from typing import Mapping, Sequence

from smartcam_bridge.domain.times import NS
from smartcam_bridge.store.rollup_tables import camera_rollups, dwell_rollups, tripwire_rollups
from smartcam_bridge.store.spans import WIDTHS_S
from smartcam_bridge.store.sql import positional
from sqlalchemy import func, Table
from sqlalchemy.dialects.sqlite import insert

MINUTE_NS = 60 * NS

Minutes = dict[tuple[int, ...], list[int]]
"""Counts by (start of a minute in seconds, rest of the key); `SumTable` tells which and what."""

Marks = Mapping[int, int]
"""By camera: rollups that begin after this stamp only; those before stay as they are."""


class SumTable:
    """A table of rollups. rest: the key without its time; of `peak` the highest is kept."""

    def __init__(self, table: Table, rest: Sequence[str], counts: Sequence[str]) -> None:
        self._counts = counts
        self._camera = 1 + rest.index('camera_id')
        given = ['width_s', 'start_s', *rest, *counts]
        columns = [column.name for column in table.columns]
        primary = [column.name for column in table.primary_key]
        put = insert(table)
        added = {name: func.max(table.c[name], put.excluded[name]) if name == 'peak' else
                 table.c[name] + put.excluded[name] for name in counts}
        self._put = positional(
            put.on_conflict_do_update(index_elements=primary, set_=added), columns)
        self._put_order = [given.index(name) for name in columns]
        self._sweep = (f'DELETE FROM {table.name} WHERE '
                       + ' AND '.join([f'{name} = ?' for name in primary]
                                      + [f'{name} = 0' for name in counts]))
        self._sweep_order = [given.index(name) for name in primary]

    def merge(self, into: Minutes, key: tuple[int, ...], counts: Sequence[int]) -> None:
        """Add counts to those of a key."""
        there = into.get(key)
        if there is None:
            into[key] = list(counts)
            return
        for place, (name, count) in enumerate(zip(self._counts, counts)):
            there[place] = max(there[place], count) if name == 'peak' else there[place] + count

    def add(self, connection: sqlite3.Connection, minutes: Minutes, marks: Marks = {}) -> None:
        """Add counts inside the caller's transaction; a row of which nothing is left goes."""
        rows: list[tuple[int, ...]] = []
        level = minutes
        for width_s in reversed(WIDTHS_S):
            level, finer = ({}, level) if width_s > 60 else (level, {})
            for (start_s, *rest), counts in finer.items():
                self.merge(level, (start_s - start_s % width_s, *rest), counts)
            rows += [(width_s, *key, *counts) for key, counts in level.items()
                     if any(counts) and is_after(key[0], marks, key[self._camera])]
        connection.executemany(
            self._put, [tuple([row[i] for i in self._put_order]) for row in rows])
        if any(min(counts) < 0 for counts in minutes.values()):
            connection.executemany(
                self._sweep, [tuple([row[i] for i in self._sweep_order]) for row in rows])


CAMERA = SumTable(camera_rollups, ('camera_id', 'label_id'),
                  ('messages', 'boxes', 'tracks', 'peak'))
TRIPWIRE = SumTable(tripwire_rollups, ('tripwire_id', 'label_id', 'camera_id'),
                    ('inward', 'outward'))
DWELL = SumTable(dwell_rollups, ('zone_id', 'label_id', 'bin', 'camera_id'), ('visits',))


def is_after(start_s: int, marks: Marks, camera_id: int) -> bool:
    """Say whether a rollup begins after the mark of its camera."""
    return not marks or start_s * NS > marks.get(camera_id, -1)


def minute_of(stamp_ns: int) -> int:
    """Return the start of a stamp's minute, in seconds."""
    return stamp_ns // MINUTE_NS * 60
