"""Rows of cameras. Inside a transaction of the caller's, on its thread."""
from dataclasses import fields
import sqlite3
from typing import Mapping

from smartcam_bridge.domain.model import Camera
from smartcam_bridge.errors import Conflict, NotFound, StoreError
from smartcam_bridge.setting_rules import camera_name_problem
from smartcam_bridge.store.belongings import note_deleted
from smartcam_bridge.store.cursors import Fetch
from smartcam_bridge.store.schema import cameras
from smartcam_bridge.store.sql import compiled, positional
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

COLUMNS = tuple(field.name for field in fields(Camera))
SELECT = compiled(select(*(cameras.c[name] for name in COLUMNS)).order_by(cameras.c.name))

_NAMED = compiled(select(cameras.c.id).where(cameras.c.name == bindparam('name')))
_INSERT = positional(insert(cameras), COLUMNS)
_RESTORE = positional(insert(cameras).on_conflict_do_nothing(), COLUMNS)
_UPDATE = compiled(update(cameras).where(cameras.c.id == bindparam('key'))
                   .values({name: bindparam(name) for name in COLUMNS[2:]}))
_DELETE = compiled(delete(cameras).where(cameras.c.name == bindparam('name')))


def camera_of(row: tuple) -> Camera:
    """Make a Camera of a row of `SELECT`."""
    values = dict(zip(COLUMNS, row))
    for name in ('enabled', 'count_while_moving'):
        values[name] = bool(values[name])
    return Camera(**values)


async def require_camera(fetch: Fetch, name: str | None) -> None:
    """Tell a camera that saw nothing from a name that is none: raise NotFound."""
    if name is not None and not await fetch(_NAMED.sql, {'name': name}):
        raise NotFound(f'there is no camera {name!r}')


def list_cameras(connection: sqlite3.Connection) -> tuple[Camera, ...]:
    """Return all cameras by name."""
    return tuple(camera_of(row) for row in connection.execute(SELECT.sql))


def create_camera(connection: sqlite3.Connection, name: str,
                  values: Mapping[str, str | int | bool]) -> Camera:
    """Add a camera; raise Conflict where the name is taken, StoreError where it is none."""
    if problem := camera_name_problem(name):
        raise StoreError(problem)
    _require_columns(values)
    wanted = Camera(0, name, **values)
    row = (None, *(getattr(wanted, column) for column in COLUMNS[1:]))
    try:
        connection.execute(_INSERT, row)
    except sqlite3.IntegrityError as error:
        raise Conflict(f'there is a camera {name!r} already') from error
    return _camera(connection, name)


def change_camera(connection: sqlite3.Connection, name: str,
                  values: Mapping[str, str | int | bool]) -> Camera:
    """Change fields of a camera; raise NotFound."""
    _require_columns(values)
    camera = _camera(connection, name)
    row = {column: getattr(camera, column) for column in COLUMNS[2:]} | dict(values)
    connection.execute(_UPDATE.sql, _UPDATE.bound(key=camera.id, **row))
    return _camera(connection, name)


def delete_camera(connection: sqlite3.Connection, name: str) -> None:
    """Remove a camera's row; a purge removes what it saw. Raises NotFound."""
    note_deleted(connection, _camera(connection, name).id)
    connection.execute(_DELETE.sql, {'name': name})


def restore_camera(connection: sqlite3.Connection, camera: Camera) -> None:
    """Put back a camera under its id, unless that id or name is there."""
    row = tuple(getattr(camera, column) for column in COLUMNS)
    connection.execute(_RESTORE, row)


def _camera(connection: sqlite3.Connection, name: str) -> Camera:
    for camera in list_cameras(connection):
        if camera.name == name:
            return camera
    raise NotFound(f'there is no camera {name!r}')


def _require_columns(values: Mapping[str, str | int | bool]) -> None:
    if unknown := set(values) - set(COLUMNS[2:]):
        raise StoreError(f'a camera has no {", ".join(sorted(unknown))}')
