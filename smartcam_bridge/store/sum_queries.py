"""What questions to the rollups share: spans of time, ids with their labels, and names."""
from dataclasses import dataclass
import json
from typing import Any, Iterable, Sequence

import numpy as np
from smartcam_bridge.errors import NotFound
from smartcam_bridge.store.cursors import Fetch
from smartcam_bridge.store.schema import cameras, labels, shapes
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, exists, func, select, Table
from sqlalchemy.sql import ColumnElement, FromClause, Select

Pair = tuple[int, int]
"""A camera, zone or tripwire, and a label; 0: all labels."""

_CAMERAS = compiled(select(cameras.c.id, cameras.c.name).order_by(cameras.c.name))
_LABELS = compiled(select(labels.c.id, labels.c.name).order_by(labels.c.name))
_SHAPES = compiled(select(shapes.c.id, shapes.c.kind, shapes.c.camera_id, shapes.c.name)
                   .order_by(shapes.c.name))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked about; None: all."""

    camera: str | None = None
    label: str | None = None
    zone: int | None = None
    tripwire: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What there is, by id."""

    cameras: dict[int, str]
    labels: dict[int, str]
    shapes: dict[int, tuple[str, int, str]]     # kind, camera, name

    def camera_ids(self, scope: Scope) -> list[int]:
        """Return the cameras that are asked about; raise NotFound."""
        found = [id_ for id_, name in self.cameras.items() if scope.camera in (None, name)]
        if scope.camera is not None and not found:
            raise NotFound(f'there is no camera {scope.camera!r}')
        return found

    def shape_ids(self, kind: str, scope: Scope) -> list[int]:
        """Return the zones or tripwires that are asked about; raise NotFound."""
        wanted = scope.zone if kind == 'zone' else scope.tripwire
        of_cameras = self.camera_ids(scope)
        found = [id_ for id_, (its_kind, camera_id, _) in self.shapes.items()
                 if its_kind == kind and camera_id in of_cameras and wanted in (None, id_)]
        if wanted is not None and not found:
            raise NotFound(f'there is no {kind} {wanted}')
        return found

    def label_id(self, scope: Scope) -> int:
        """Return the label's id; 0: all, -1: nothing ever had this label."""
        if scope.label is None:
            return 0
        return next((id_ for id_, name in self.labels.items() if name == scope.label), -1)

    def shape(self, id_: int) -> dict[str, int | str]:
        """Return what tells a zone or tripwire from others."""
        kind, camera_id, name = self.shapes[id_]
        return {kind: id_, f'{kind}_name': name, 'camera': self.cameras[camera_id]}


async def read_names(fetch: Fetch) -> Names:
    """Return the names of this moment."""
    found = [await fetch(each.sql, each.params) for each in (_CAMERAS, _LABELS, _SHAPES)]
    return Names(dict(found[0]), dict(found[1]), {id_: tuple(rest) for id_, *rest in found[2]})


def rows_of(name: str, columns: Sequence[str]) -> FromClause:
    """Return a table of the parameter `name`: JSON, a list of lists of numbers."""
    each = func.json_each(bindparam(name)).table_valued('value')
    # The limit has SQLite make the table first, instead of reading JSON again for every rollup.
    return select(*(func.json_extract(each.c.value, f'$[{i}]').label(column)
                    for i, column in enumerate(columns))).limit(2**40).subquery(name)


PAIRS = rows_of('pairs', ('id', 'label'))
SPANS = rows_of('spans', ('bucket', 'width', 'first', 'last', 'length'))
# In one table, so that the planner cannot look at all rollups of a pair before at the spans.
PAIRED = select(*PAIRS.c, *SPANS.c).limit(2**40).subquery('paired')


def within(table: Table, spans: FromClause = SPANS) -> tuple[ColumnElement, ...]:
    """Return the conditions of a rollup's being in one of the spans."""
    # A sum cannot be looked up: it is always the rollups that are searched for the spans.
    return (table.c.width_s == spans.c.width + 0, table.c.start_s >= spans.c.first + 0,
            table.c.start_s < spans.c.last + 0)


def bucket_of(table: Table) -> ColumnElement:
    """Return the bucket of a rollup within SPANS."""
    # As an operator: what `/` is to SQLAlchemy depends on its version.
    return SPANS.c.bucket + (table.c.start_s - SPANS.c.first).op('/', 8)(SPANS.c.length)


def of_pairs(table: Table) -> tuple[ColumnElement, ...]:
    """Return the conditions of a rollup's being of a pair, and in a span; its key begins so."""
    first, label, *_ = table.primary_key
    return (first == PAIRED.c.id + 0, label == PAIRED.c.label + 0, *within(table, PAIRED))


def packed(rows: Select) -> Statement:
    """Return a statement for rows of integers, none of them NULL, that `columns` fetches."""
    return compiled(select(*(func.group_concat(column) for column in rows.subquery().c)))


async def columns(fetch: Fetch, statement: Statement, **values: Any) -> list[np.ndarray]:
    """Return the columns of a `packed` statement, int64.

    A row that Python sees costs more than to find it, so it sees one text a column.
    """
    texts, = await fetch(statement.sql, statement.bound(**values))
    return [np.fromstring(text, np.int64, sep=',') if text else np.zeros(0, np.int64)
            for text in texts]


def labelled(table: Table) -> Statement:
    """Return a statement for the pairs of `ids` and all labels of which there are rollups."""
    ids = rows_of('ids', ('id',))
    first, label, *_ = table.primary_key
    return compiled(select(ids.c.id, labels.c.id).where(exists(
        select(table.c.width_s).where(first == ids.c.id, label == labels.c.id)
        .correlate_except(table))))


async def pairs_of(fetch: Fetch, statement: Statement, ids: Iterable[int], label_id: int,
                   ) -> list[Pair]:
    """Return pairs of ids with the label, or with every label that they have rollups of."""
    if label_id:
        return [(id_, label_id) for id_ in ids]
    rows = await fetch(statement.sql, statement.bound(ids=json.dumps([[id_] for id_ in ids])))
    return [tuple(row) for row in rows]
