"""Rows of zones, tripwires and masks. Inside a transaction of the caller's, on its thread."""
import json
import logging
import sqlite3

from smartcam_bridge.domain.shapes import definition_of, parse_shape, Shape
from smartcam_bridge.errors import Conflict, NotFound, ShapeError
from smartcam_bridge.store.schema import cameras, shapes
from smartcam_bridge.store.sql import compiled, positional
from smartcam_bridge.store.tasks import ChangeShape, CreateShape, DeleteShape
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

SHAPES_MAX = 64     # per camera

_COLUMNS = ('id', 'camera_id', 'kind', 'name', 'enabled', 'definition')
_ALL = compiled(select(*(shapes.c[name] for name in _COLUMNS)).where(
    select(cameras.c.id).where(cameras.c.id == shapes.c.camera_id).exists()).order_by(
    shapes.c.camera_id, shapes.c.kind, shapes.c.name))
_CAMERA = compiled(select(cameras.c.id).where(cameras.c.name == bindparam('name')))
_INSERT = positional(insert(shapes), _COLUMNS)
_RESTORE = positional(insert(shapes).on_conflict_do_nothing(), _COLUMNS)
_UPDATE = compiled(update(shapes).where(shapes.c.id == bindparam('key')).values(
    {name: bindparam(name) for name in _COLUMNS[3:]}))
_DELETE = compiled(delete(shapes).where(shapes.c.id == bindparam('key')))
_log = logging.getLogger(__name__)


def list_shapes(connection: sqlite3.Connection) -> tuple[Shape, ...]:
    """Return the shapes of all cameras, by name; one that cannot be read is left out, and said."""
    found = []
    for id_, camera_id, kind, name, enabled, definition in connection.execute(_ALL.sql):
        try:
            found.append(parse_shape(kind, json.loads(definition), id=id_, camera_id=camera_id,
                                     name=name, enabled=bool(enabled)))
        except (ShapeError, KeyError, ValueError, TypeError) as error:
            _log.error('%s %r (%d) cannot be read and does not count: %s', kind, name, id_, error)
    return tuple(found)


def create_shape(connection: sqlite3.Connection, command: CreateShape) -> Shape:
    """Add a shape; raise NotFound (camera), ShapeError, Conflict (name taken, too many)."""
    row = connection.execute(_CAMERA.sql, {'name': command.camera}).fetchone()
    if row is None:
        raise NotFound(f'there is no camera {command.camera!r}')
    shape = parse_shape(command.kind, command.definition, camera_id=row[0], name=command.name,
                        enabled=command.enabled)
    if sum(other.camera_id == shape.camera_id for other in list_shapes(connection)) >= SHAPES_MAX:
        raise Conflict(f'{command.camera} has {SHAPES_MAX} zones, tripwires and masks already; '
                       'that is the most')
    try:
        cursor = connection.execute(_INSERT, (None, *_row(shape)[1:]))
    except sqlite3.IntegrityError as error:
        raise _taken(shape) from error
    return _shape(connection, cursor.lastrowid)


def change_shape(connection: sqlite3.Connection, command: ChangeShape) -> Shape:
    """Change what is given; raise NotFound, ShapeError, Conflict where the name is taken."""
    before = _shape(connection, command.id)
    shape = parse_shape(
        before.KIND, definition_of(before) | command.definition, id=before.id,
        camera_id=before.camera_id,
        name=before.name if command.name is None else command.name,
        enabled=before.enabled if command.enabled is None else command.enabled)
    try:
        connection.execute(_UPDATE.sql, _UPDATE.bound(
            key=shape.id, **dict(zip(_COLUMNS[3:], _row(shape)[3:]))))
    except sqlite3.IntegrityError as error:
        raise _taken(shape) from error
    return shape


def delete_shape(connection: sqlite3.Connection, command: DeleteShape) -> None:
    """Remove a shape; what happened in it stays. Raises NotFound."""
    if not connection.execute(_DELETE.sql, {'key': command.id}).rowcount:
        raise NotFound(f'there is no zone, tripwire or mask {command.id}')


def restore_shape(connection: sqlite3.Connection, shape: Shape) -> None:
    """Put back a shape under its id, unless that id or name is there."""
    connection.execute(_RESTORE, _row(shape))


def _row(shape: Shape) -> tuple:
    return (shape.id, shape.camera_id, shape.KIND, shape.name, shape.enabled,
            json.dumps(definition_of(shape), ensure_ascii=False))


def _shape(connection: sqlite3.Connection, id_: int) -> Shape:
    for shape in list_shapes(connection):
        if shape.id == id_:
            return shape
    raise NotFound(f'there is no zone, tripwire or mask {id_}')


def _taken(shape: Shape) -> Conflict:
    return Conflict(f'there is a {shape.KIND} {shape.name!r} already')
