"""Pages and opaque places in a list: where the next page begins, and of which query."""
import base64
import binascii
from dataclasses import dataclass, replace
import struct
from typing import Any, Awaitable, Callable, Mapping, Protocol
import zlib

from smartcam_bridge.errors import BadCursor
from sqlalchemy import bindparam, tuple_
from sqlalchemy.sql import ColumnElement, Select

Position = tuple[int, int, int]
"""Stamp (ns), row id, and the place within the row: the first item of the next page."""

Fetch = Callable[[str, Mapping[str, Any]], Awaitable[list[tuple]]]
"""Returns all rows of SQL with these values; raises StoreUnavailable."""

ROW_DONE = -1  # the place within a row of which nothing is left
LIMIT_MAX = 1000

_FORM = struct.Struct('>BIqqi')  # version, checksum of the query, position
_TEXT_FORM = struct.Struct('>BIq')  # version, checksum, row id; the text follows
_VERSION = 1
_DAMAGED = 'the cursor is damaged: begin again without one'


@dataclass(frozen=True, slots=True)
class Page:
    """Some items, and the cursor of those that follow; None: there are none.

    A page may hold fewer items than asked for, even none, and still have a cursor: each request
    looks at a bounded part of the history only.
    """

    items: list[Any]    # of what was asked for: Detection, Track, StoredEvent, ...
    next: str | None    # noqa: A003


class Query(Protocol):
    """What `read_page` needs of a query. `filters`: what a cursor belongs to."""

    limit: int
    cursor: str | None

    @property
    def filters(self) -> object:
        """Return what a cursor belongs to."""

    def statement(self, position: Position | None) -> tuple[str, Mapping[str, Any]]:
        """Return SQL and values for the page from `position` on, and one row more."""


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


async def read_page(fetch: Fetch, query: Query, make: Callable[[tuple], Any]) -> Page:
    """Return a page of rows that begin with their stamp and id; raise BadCursor."""
    position = decode(query.cursor, query.filters) if query.cursor else None
    rows = await fetch(*query.statement(position))
    following = None
    if len(rows) > query.limit:
        following = encode((*rows[query.limit][:2], 0), query.filters)
    return Page([make(row) for row in rows[:query.limit]], following)


def encode(position: Position, query: object) -> str:
    """Write a position; `query` is whatever must be the same when it comes back."""
    return _written(_FORM.pack(_VERSION, _checksum(query), *position))


def decode(cursor: str, query: object) -> Position:
    """Read what `encode` wrote for the same query; raise BadCursor."""
    position, rest = _read(_FORM, cursor, query)
    if rest:
        raise BadCursor(_DAMAGED)
    return position


def encode_text(text: str, row_id: int, query: object) -> str:
    """Write the position of a row in a list by text."""
    return _written(_TEXT_FORM.pack(_VERSION, _checksum(query), row_id) + text.encode())


def decode_text(cursor: str, query: object) -> tuple[str, int]:
    """Read what `encode_text` wrote for the same query; raise BadCursor."""
    (row_id,), text = _read(_TEXT_FORM, cursor, query)
    try:
        return text.decode(), row_id
    except UnicodeDecodeError as error:
        raise BadCursor(_DAMAGED) from error


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode('ascii').rstrip('=')


def _read(form: struct.Struct, cursor: str, query: object) -> tuple[tuple[int, ...], bytes]:
    """Return what is left of a form without version and checksum, and what follows it."""
    try:
        data = base64.b64decode(cursor + '=' * (-len(cursor) % 4), altchars=b'-_', validate=True)
        version, checksum, *values = form.unpack_from(data)
    except (binascii.Error, struct.error, ValueError) as error:
        raise BadCursor(_DAMAGED) from error
    if version != _VERSION or checksum != _checksum(query):
        raise BadCursor('the cursor belongs to another query: begin again without one, '
                        'or ask with the same filters and order')
    return tuple(values), data[form.size:]


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
