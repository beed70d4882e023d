"""The galleries of all face models in memory, as the rows say; the rows are the truth."""
import logging
import sqlite3
from types import MappingProxyType
from typing import Callable, Iterable, Mapping

import numpy as np
from smartcam_bridge.domain.gallery import bytes_for, Gallery, GallerySnapshot
from smartcam_bridge.errors import StoreError
from smartcam_bridge.store.face_tables import rejections, templates
from smartcam_bridge.store.faces.people_rows import allowed_ids
from smartcam_bridge.store.faces.planner import Planner
from smartcam_bridge.store.faces.vectors import size_of, STORED, unpacked
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, func, select

MB = 1_000_000
_ROWS = 256     # read at once: 0.5 MB of 512 numbers each, which a processor's cache holds

_COUNTS = compiled(select(templates.c.model, func.count()).group_by(templates.c.model))
_DIMENSION = compiled(select(templates.c.dimension).where(
    templates.c.model == bindparam('its_model')).limit(1))
_OF_MODEL = compiled(select(templates.c.id, templates.c.person_id, templates.c.vector).where(
    templates.c.model == bindparam('its_model')))
_OF_PERSON = compiled(select(
    templates.c.model, templates.c.dimension, templates.c.id, templates.c.person_id,
    templates.c.vector).where(templates.c.person_id == bindparam('person'))
    .order_by(templates.c.id))
_REJECTIONS = compiled(select(
    rejections.c.id, rejections.c.person_id, rejections.c.model, rejections.c.dimension,
    rejections.c.vector))
_Key = tuple[str, bool]     # model, withheld
_log = logging.getLogger(__name__)


class Galleries:
    """Recorder's thread only. Templates of those who may not be recognised are apart: withheld.

    What a command changes here follows the rows at once, inside its transaction: nobody sees it
    before `snapshots` is asked after the commit. Where a transaction fails it is `stale`: it is
    read again before it is needed.
    """

    def __init__(self, limit_bytes: Callable[[], int]) -> None:
        self._limit_bytes = limit_bytes
        self._galleries: dict[_Key, Gallery] = {}
        self._snapshots: dict[_Key, GallerySnapshot] = {}
        self._touched: set[_Key] = set()
        self._planner = Planner()
        self.problem: str | None = None
        self.stale = False
        self.changes = 0

    def load(self, connection: sqlite3.Connection) -> None:
        """Read all rows. Where they need more memory than they may take, nobody is recognised.

        Some of them would not do: who is left out would be taken for whoever is like them.
        """
        self._touched |= self._galleries.keys()
        self._galleries, self.stale, self.problem = {}, False, None
        needed = self.needed_bytes(connection)
        if needed > self._limit_bytes():
            self.problem = (f'the gallery of faces needs {-(-needed // MB)} MB of memory and may '
                            f'take {self._limit_bytes() // MB}: nobody is recognised; raise '
                            'gallery_max_mb and start again, or remove templates')
            _log.error('%s', self.problem)
            return
        allowed = allowed_ids(connection)
        for model, _ in self._counts(connection):
            self._load_model(connection, model, allowed)
        for id_, person_id, model, dimension, blob in connection.execute(
                _REJECTIONS.sql, _REJECTIONS.params):
            try:
                self.reject(id_, person_id, model, unpacked(blob, dimension))
            except StoreError as error:
                _log.error('rejection %d is damaged and left out: %s', id_, error)

    def needed_bytes(self, connection: sqlite3.Connection) -> int:
        """Return how much memory all templates there are would take."""
        return sum(bytes_for(count, _dimension(connection, model))
                   for model, count in self._counts(connection))

    def dimension(self, connection: sqlite3.Connection, model: str) -> int:
        """Return how many numbers the templates of a model have here, 0 where there are none."""
        return _dimension(connection, model)

    def view(self, model: str) -> GallerySnapshot | None:
        """Return what is there now, committed or not, for whoever changes it; None: nothing."""
        gallery = self._galleries.get((model, False))
        snapshot = gallery.snapshot() if gallery is not None else ()
        return snapshot if len(snapshot) else None

    def snapshots(self, *, withheld: bool = False) -> Mapping[str, GallerySnapshot]:
        """Return what there is, for everybody. After the commit."""
        for key in self._touched:
            gallery = self._galleries.get(key)
            snapshot = gallery.snapshot() if gallery is not None else ()
            if not len(snapshot):       # nor does it say of what dimension faces must be
                self._snapshots.pop(key, None)
                continue
            self._snapshots[key] = snapshot
            if not key[1]:
                self._planner.consider(gallery, snapshot)
        self._touched.clear()
        return MappingProxyType({model: snapshot for (model, apart), snapshot
                                 in self._snapshots.items() if apart == withheld})

    def adopt_plan(self) -> bool:
        """Take a plan that was learned meanwhile; return whether `snapshots` are better now."""
        if self.stale or (learned := self._planner.take()) is None:
            return False
        gallery, plan = learned
        if plan is None or self._galleries.get((gallery.model, False)) is not gallery:
            return False    # it failed, or all was read again since
        gallery.adopt(plan)
        self._touched.add((gallery.model, False))
        return True

    def add(self, template_id: int, person_id: int, model: str, vector: np.ndarray) -> None:
        """Add a template whose row is there."""
        if gallery := self._changing(model, len(vector)):
            gallery.add(template_id, person_id, vector)

    def add_person(self, connection: sqlite3.Connection, person_id: int, *,
                   withheld: bool) -> None:
        """Add all templates of somebody whose consent changed, and who is not in here now."""
        rows = connection.execute(_OF_PERSON.sql, {'person': person_id}).fetchall()
        for model, dimension in sorted({row[:2] for row in rows}):
            if gallery := self._changing(model, dimension, withheld):
                _load(gallery, [row[2:] for row in rows if row[:2] == (model, dimension)])

    def remove(self, template_ids: Iterable[int]) -> None:
        """Remove templates; those that are not here do not matter."""
        gone = list(template_ids)
        for gallery in self._all() if gone else ():
            gallery.remove(gone)

    def give(self, person_id: int, to_id: int) -> None:
        """Let templates and rejections of somebody be another's."""
        for gallery in self._all():
            gallery.give(person_id, to_id)

    def reject(self, rejection_id: int, person_id: int, model: str, vector: np.ndarray) -> None:
        """Learn that a face is not a person's."""
        for withheld in (False, True):
            if gallery := self._changing(model, len(vector), withheld):
                gallery.reject(rejection_id, person_id, vector)

    def withdraw(self, rejection_ids: Iterable[int]) -> None:
        """Take rejections back; those that are not here do not matter."""
        gone = list(rejection_ids)
        for gallery in self._all() if gone else ():
            gallery.withdraw(gone)

    def _all(self) -> list[Gallery]:
        self._note_change()
        if self.stale:
            return []
        self._touched |= self._galleries.keys()
        return list(self._galleries.values())

    def _changing(self, model: str, dimension: int, withheld: bool = False) -> Gallery | None:
        """Return a gallery that is about to change; None while all of them wait to be read."""
        self._note_change()
        if self.stale:
            return None
        key = model, withheld
        self._touched.add(key)
        gallery = self._galleries.get(key)
        if gallery is None or gallery.dimension != dimension and not len(gallery.snapshot()):
            gallery = self._galleries[key] = Gallery(model, dimension)
        return gallery if gallery.dimension == dimension else None

    def _note_change(self) -> None:
        self.changes += 1
        self.stale |= self.problem is not None     # all of it may fit now

    def _counts(self, connection: sqlite3.Connection) -> list[tuple[str, int]]:
        return connection.execute(_COUNTS.sql, _COUNTS.params).fetchall()

    def _load_model(self, connection: sqlite3.Connection, model: str, allowed: set[int]) -> None:
        """Read a model's templates once, for both galleries."""
        dimension = _dimension(connection, model)
        for key in ((model, False), (model, True)):
            self._galleries[key] = Gallery(model, dimension)
            self._touched.add(key)
        cursor = connection.execute(_OF_MODEL.sql, _OF_MODEL.bound(its_model=model))
        while rows := cursor.fetchmany(_ROWS):
            if withheld := [row for row in rows if row[1] not in allowed]:
                _load(self._galleries[model, True], withheld)
                rows = [row for row in rows if row[1] in allowed]
            _load(self._galleries[model, False], rows)


def _load(gallery: Gallery, rows: list[tuple[int, int, bytes]]) -> None:
    """Add those of templates (id, person, vector) that are whole."""
    size_bytes = size_of(gallery.dimension)
    if damaged := [row[0] for row in rows if len(row[2]) != size_bytes]:
        rows = [row for row in rows if len(row[2]) == size_bytes]
    if rows:
        ids, people, blobs = zip(*rows)
        matrix = np.frombuffer(b''.join(blobs), STORED).reshape(-1, gallery.dimension)
        damaged += gallery.load(np.array(ids), np.array(people), matrix)
    if damaged:
        _log.error('templates %s are damaged and left out of the gallery', sorted(damaged))


def _dimension(connection: sqlite3.Connection, model: str) -> int:
    row = connection.execute(_DIMENSION.sql, _DIMENSION.bound(its_model=model)).fetchone()
    return row[0] if row else 0
