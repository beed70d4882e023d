"""Let go of what is too old or too much, in slices between which recording goes on.

First what belongs to nobody any more, then by age, then by size, at last the space itself. What
is pinned, and what has not ended yet, stays whatever happens, but for what a deleted camera saw.
"""
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
import sqlite3

from smartcam_bridge.domain.retention import Rules
from smartcam_bridge.domain.times import NS
from smartcam_bridge.settings import Settings
from smartcam_bridge.store import old_rollups
from smartcam_bridge.store.belongings import KeyedRows, remove_gone, remove_rows, ROLLUPS
from smartcam_bridge.store.cameras import list_cameras
from smartcam_bridge.store.engine import transaction
from smartcam_bridge.store.erasure import erase, give_back
from smartcam_bridge.store.faces.ageing import remove_old_strangers
from smartcam_bridge.store.kinds import (
    AGEING, EVENTS, Kind, MEDIA, OBSERVATIONS, Row, STRAYS, TRACKS)
from smartcam_bridge.store.media import MediaFolder, remove_doomed
from smartcam_bridge.store.pace import Pace
from smartcam_bridge.store.schema import events, media, tokens, tracks
from smartcam_bridge.store.sql import compiled
from smartcam_bridge.store.write_ahead import sync_log
from sqlalchemy import bindparam, delete, func, not_, select

SIMULATED_BEFORE_NS = 946_684_800 * NS
"""Stamps before the year 2000 are a simulation's: it knows no wall clock."""

MB = 1_000_000
_DAY_NS = 86400 * NS
_FOREVER_NS = 2 ** 63 - 1
_FREE_SHARE = 0.25         # of the file; below it the free pages serve the next hour's rows
_FREE_PAGES = 500          # 2 MB: not worth the while
_EVICTED = 200             # rows at once, until there is room: not many more than must go
_ROOM = 0.95               # of database_max_mb is left over, else each look would find a little

_NEWEST_SIMULATED = tuple(
    compiled(select(func.max(column)).where(column < SIMULATED_BEFORE_NS))
    for column in (tracks.c.last_ns, events.c.stamp_ns))
_EXPIRED = compiled(delete(tokens).where(tokens.c.expires_ns > 0,
                                         tokens.c.expires_ns < bindparam('now_ns')))
_MEDIA_BYTES = compiled(select(func.coalesce(func.sum(media.c.bytes), 0))
                        .where(not_(media.c.doomed)))


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge removed; `complete` is False where it was cut short (a stop).

    evicted: how many of them were not too old, but too much. others: shapes and the like of
    cameras that are gone.
    """

    observations: int = 0
    tracks: int = 0
    visits: int = 0
    crossings: int = 0
    events: int = 0
    media: int = 0
    sightings: int = 0
    strangers: int = 0
    rollups: int = 0
    tokens: int = 0
    others: int = 0
    evicted: int = 0
    complete: bool = False


def purge(connection: sqlite3.Connection, now_ns: int, settings: Settings, folder: MediaFolder,
          *, wanted_bytes: int = 0) -> Iterator[PurgeReport]:
    """Purge; yield what was removed so far after every slice, at last with `complete`.

    Recorder thread only. Age counts from the receipt, or for what has a stamp of its own from
    that: of a simulation as seen from its newest. wanted_bytes: so much must become free on the
    disk, however young the oldest is.
    """
    run = _Purge(connection, now_ns, settings, folder)
    for _ in run.slices(wanted_bytes):
        yield run.report()
    yield run.report(complete=True)


def media_bytes(connection: sqlite3.Connection) -> int:
    """Return how much the pictures take."""
    return connection.execute(_MEDIA_BYTES.sql, _MEDIA_BYTES.bound()).fetchone()[0]


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return how much the database holds; its file may be larger, with free pages."""
    total, free, size = _pages(connection)
    return (total - free) * size


def _pages(connection: sqlite3.Connection) -> tuple[int, int, int]:
    return tuple(connection.execute(f'PRAGMA {name}').fetchone()[0]
                 for name in ('page_count', 'freelist_count', 'page_size'))


class _Purge:
    """One purge under way."""

    def __init__(self, connection: sqlite3.Connection, now_ns: int, settings: Settings,
                 folder: MediaFolder) -> None:
        self._connection = connection
        self._now_ns = now_ns
        self._settings = settings
        self._folder = folder
        self._rules = Rules(settings, list_cameras(connection))
        self._removed: Counter = Counter()

    def report(self, *, complete: bool = False) -> PurgeReport:
        """Return what was removed so far."""
        names = {field.name for field in fields(PurgeReport)} - {'others', 'complete'}
        rollups = {table.name for table in ROLLUPS}
        counts = Counter({name: self._removed[name] for name in names})
        for name in self._removed.keys() - names:
            counts['rollups' if name in rollups else 'others'] += self._removed[name]
        return PurgeReport(**counts, complete=complete)

    def slices(self, wanted_bytes: int) -> Iterator[None]:
        """Do all of it, a slice at a time."""
        yield from erase(self._connection, self._folder)
        self._forget_expired()
        yield
        yield from remove_gone(self._connection, self._removed)
        for kind in AGEING:
            yield from self._aged(kind)
        yield from self._aged_strangers()
        yield from self._aged_rollups()
        before = sum(self._removed.values())
        yield from self._fit_media(wanted_bytes)
        yield from self._unlink()
        yield from self._fit_database(wanted_bytes)
        self._removed['evicted'] = sum(self._removed.values()) - before
        yield from self._unlink()
        yield from self._shrink(wholly=wanted_bytes > 0)

    def _forget_expired(self) -> None:
        with transaction(self._connection):
            self._removed['tokens'] += self._connection.execute(
                _EXPIRED.sql, _EXPIRED.bound(now_ns=self._now_ns)).rowcount

    def _aged(self, kind: Kind) -> Iterator[None]:
        shortest_ns = self._rules.shortest_ns(kind.rule)
        if shortest_ns is None:
            return
        for from_ns, to_ns, now_ns in self._times(kind):
            before_ns = min(now_ns - shortest_ns, to_ns)

            def goes(row: Row, now_ns: int = now_ns) -> bool:
                keep_ns = self._rules.keep_ns(kind.rule, row.camera_id, row.label)
                return keep_ns is not None and row.at_ns < now_ns - keep_ns

            def young(rows: Iterable[Row], before_ns: int = before_ns) -> bool:
                # Rows from the future (a clock was wrong) say nothing about those behind them.
                return all(before_ns <= row.at_ns <= self._now_ns for row in rows)

            if before_ns > from_ns:
                yield from self._walk(kind, goes, from_ns, before_ns, until=young)

    def _times(self, kind: Kind) -> tuple[tuple[int, int, int], ...]:
        """Return the stretches of time that have a present of their own: from, to, present."""
        if kind.received:
            return ((0, _FOREVER_NS, self._now_ns),)
        newest_ns = max(self._connection.execute(query.sql, query.bound()).fetchone()[0] or 0
                        for query in _NEWEST_SIMULATED)
        return ((0, SIMULATED_BEFORE_NS, newest_ns),
                (SIMULATED_BEFORE_NS, _FOREVER_NS, self._now_ns))

    def _aged_strangers(self) -> Iterator[None]:
        keep_ns = round(self._settings.strangers_keep_days * _DAY_NS)
        for from_ns, to_ns, now_ns in self._times(TRACKS) if keep_ns else ():
            yield from remove_old_strangers(
                self._connection, from_ns, min(now_ns - keep_ns, to_ns), self._removed)

    def _aged_rollups(self) -> Iterator[None]:
        shortest_ns = self._rules.shortest_ns('rollups')
        if shortest_ns is None:
            return
        for from_ns, to_ns, now_ns in self._times(TRACKS):
            from_s, to_s = from_ns // NS, to_ns // NS
            oldest_s = old_rollups.oldest_s(self._connection, from_s, to_s)
            if oldest_s is not None and oldest_s * NS < now_ns - shortest_ns:
                older = old_rollups.older_than_rules(
                    self._connection, self._rules, from_s, to_s, now_ns)
                for rows in map(KeyedRows, ROLLUPS):
                    yield from remove_rows(self._connection, rows, older(rows.columns),
                                           self._removed)

    def _evict_rollups(self, enough: Callable[[], bool]) -> Iterator[None]:
        """Remove them a month at a time, but for today's."""
        today_s = self._now_ns // NS - 86400
        while not enough():
            oldest_s = old_rollups.oldest_s(self._connection, 0, today_s)
            if oldest_s is None:
                return
            limit_s = min(oldest_s + old_rollups.EVICTED_S, today_s + 60)
            for rows in map(KeyedRows, ROLLUPS):
                yield from remove_rows(self._connection, rows, old_rollups.over_before(
                    rows.columns, limit_s), self._removed)

    def _walk(self, kind: Kind, goes: Callable[[Row], bool], from_ns: int, to_ns: int, *,
              until: Callable[[Iterable[Row]], bool], most: int = 5000) -> Iterator[None]:
        """Go through a kind, oldest first, and remove what `goes` and is not kept."""
        pace, at_ns, id_ = Pace(most=most), from_ns, 0
        while rows := kind.window(self._connection, at_ns, id_, to_ns, pace.rows):
            going = [row for row in rows if not row.kept and goes(row)]
            if going:
                with pace.slice(self._connection):
                    self._removed += kind.remove(self._connection, going)
            yield
            if until(rows):
                return
            at_ns, id_ = rows[-1][:2]

    def _fit_media(self, wanted_bytes: int) -> Iterator[None]:
        limit_bytes = self._settings.media_max_mb * MB
        excess_bytes = wanted_bytes
        if limit_bytes:
            excess_bytes = max(excess_bytes, media_bytes(self._connection) - limit_bytes)
        freed_bytes = 0

        def goes(row: Row) -> bool:     # asked oldest first
            nonlocal freed_bytes
            wanted = freed_bytes < excess_bytes
            freed_bytes += row.size_bytes if wanted else 0
            return wanted

        if excess_bytes > 0:
            yield from self._walk(MEDIA, goes, 0, _FOREVER_NS,
                                  until=lambda rows: freed_bytes >= excess_bytes)
        self._freed_bytes = freed_bytes

    def _fit_database(self, wanted_bytes: int) -> Iterator[None]:
        """Remove boxes first: they are nearly all of it, and kept for the shortest time anyway."""
        used, limit_bytes = used_bytes(self._connection), self._settings.database_max_mb * MB
        target_bytes = used - max(wanted_bytes - self._freed_bytes, 0)
        if limit_bytes and used > limit_bytes:
            target_bytes = min(target_bytes, int(_ROOM * limit_bytes))

        def enough(rows: Iterable[Row] = ()) -> bool:
            return used_bytes(self._connection) <= target_bytes

        for kind in (OBSERVATIONS, TRACKS, *STRAYS, EVENTS):
            if enough():
                return
            yield from self._walk(kind, lambda row: True, 0, _FOREVER_NS, until=enough,
                                  most=_EVICTED)
        yield from self._evict_rollups(enough)

    def _unlink(self) -> Iterator[None]:
        """Remove the files that are forgotten; that they are must outlive a power cut first."""
        sync_log(self._connection)
        for _ in remove_doomed(self._connection, self._folder):
            yield

    def _shrink(self, *, wholly: bool) -> Iterator[None]:
        """Give free pages back to the disk: a large share of the file, or all it may have."""
        limit_bytes = self._settings.database_max_mb * MB
        size = _pages(self._connection)[2]

        def least(total: int) -> int:
            if wholly or (limit_bytes and total * size > limit_bytes):
                return 0
            return max(int(total * _FREE_SHARE), _FREE_PAGES)

        yield from give_back(self._connection, least)
