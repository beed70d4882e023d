"""Pages of history as CSV: one line an item."""
from typing import Any, AsyncIterator, Awaitable, Callable

from smartcam_bridge.exports.csv_text import lines, safe
from smartcam_bridge.store.queries import Page

PageAfter = Callable[[str | None], Awaitable[Page]]
"""Returns the page that begins at a cursor, None: the first."""
Form = Callable[[Any], dict[str, Any]]
"""Returns an item as JSON has it."""


async def list_csv(page_after: PageAfter, columns: tuple[str, ...],
                   form: Form) -> AsyncIterator[bytes]:
    """Write all pages; `columns` are taken of the flat form."""
    yield lines([columns])
    cursor = None
    while True:
        page = await page_after(cursor)
        if page.items:
            yield page_lines(page, columns, form)
        cursor = page.next
        if cursor is None:
            return


def page_lines(page: Page, columns: tuple[str, ...], form: Form) -> bytes:
    """Write the items of one page."""
    return lines([[safe(row.get(name)) for name in columns]
                  for row in map(flat, map(form, page.items))])


def flat(form: dict[str, Any]) -> dict[str, Any]:
    """Return an object whose inner objects are taken apart, as `outer_inner`."""
    row: dict[str, Any] = {}
    for name, value in form.items():
        if isinstance(value, dict):
            row |= {f'{name}_{inner}': each for inner, each in flat(value).items()}
        elif isinstance(value, list):
            row[name] = ' '.join(map(str, value))
        else:
            row[name] = value
    return row
