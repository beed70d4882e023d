"""Pages of history as CSV: one line an item."""
from typing import Any, AsyncIterator, Awaitable, Callable

from smartcam_bridge.exports.csv_text import lines, safe
from smartcam_bridge.store.queries import Page

Row = Callable[[Any], dict[str, Any]]


async def list_csv(page_after: Callable[[str | None], Awaitable[Page]],
                   columns: tuple[str, ...], row: Row) -> AsyncIterator[bytes]:
    """Write all pages; row: an item as a dict, of which `columns` are taken.

    page_after(cursor) returns the page that begins there, None: the first.
    """
    yield lines([columns])
    cursor = None
    while True:
        page = await page_after(cursor)
        if page.items:
            yield lines([[safe(form.get(name)) for name in columns]
                         for form in map(row, page.items)])
        cursor = page.next
        if cursor is None:
            return
