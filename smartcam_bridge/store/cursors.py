"""Pages and opaque places in a list: where the next page begins, and of which query."""
import base64
import binascii
from dataclasses import dataclass, replace
import struct
from typing import Any
import zlib

from smartcam_bridge.errors import BadCursor
from sqlalchemy import bindparam, tuple_
from sqlalchemy.sql import ColumnElement, Select

Position = tuple[int, int, int]
"""Stamp (ns), row id, and the place within the row: the first item of the next page."""

ROW_DONE = -1  # the place within a row of which nothing is left
LIMIT_MAX = 1000

_FORM = struct.Struct('>BIqqi')  # version, checksum of the query, position
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What every query of history has, and which page of it. None: any.

    `to_ns` itself is not included.
    """

    camera: str | None = None
    label: str | None = None
    from_ns: int | None = None
    to_ns: int | None = None
    order: str = 'newest'   # or 'oldest'
    limit: int = 100
    cursor: str | None = None

    def __post_init__(self) -> None:
        if self.order not in ('newest', 'oldest'):
            raise ValueError(f"order: {self.order!r} is neither 'newest' nor 'oldest'")
        if not 1 <= self.limit <= LIMIT_MAX:
            raise ValueError(f'limit: {self.limit} is outside 1 to {LIMIT_MAX}')

    @property
    def filters(self) -> 'PageQuery':
        """Return what a cursor belongs to."""
        return replace(self, limit=1, cursor=None)

    def given(self, *names: str) -> dict[str, Any]:
        """Return those of these filters that are not None."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def encode(position: Position, query: object) -> str:
    """Write a position; `query` is whatever must be the same when it comes back."""
    return base64.urlsafe_b64encode(
        _FORM.pack(_VERSION, _checksum(query), *position)).decode('ascii').rstrip('=')


def decode(cursor: str, query: object) -> Position:
    """Read what `encode` wrote for the same query; raise BadCursor."""
    try:
        data = base64.b64decode(cursor + '=' * (-len(cursor) % 4), altchars=b'-_', validate=True)
        version, checksum, *position = _FORM.unpack(data)
    except (binascii.Error, struct.error, ValueError) as error:
        raise BadCursor('the cursor is damaged: begin again without one') from error
    if version != _VERSION or checksum != _checksum(query):
        raise BadCursor('the cursor belongs to another query: begin again without one, '
                        'or ask with the same filters and order')
    return tuple(position)


def paged(statement: Select, order: tuple[ColumnElement, ColumnElement], newest: bool,
          begin: str) -> Select:
    """Order by stamp and id, `:rows` at most, from the position `:stamp_ns, :id` on.

    `begin`: '<=' with what is there, '<' without it, '' from the start.
    """
    if begin:
        here, there = tuple_(*order), tuple_(bindparam('stamp_ns'), bindparam('id'))
        further = {('<', True): here < there, ('<=', True): here <= there,
                   ('<', False): here > there, ('<=', False): here >= there}
        statement = statement.where(further[begin, newest])
    return statement.order_by(*(column.desc() if newest else column for column in order)).limit(
        bindparam('rows'))


def _checksum(query: object) -> int:
    return zlib.crc32(repr(query).encode('utf-8', 'surrogatepass'))
