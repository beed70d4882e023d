"""Events of which nothing but a correction says that they were thought to be somebody."""
import json
from typing import AsyncIterator, Collection

from smartcam_bridge.store.cursors import Fetch
from smartcam_bridge.store.schema import events
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, func, select

_NUMBERS = 20_000   # of events that one read looks at: bounds its time and its answer
_ENDS = compiled(select(func.min(events.c.id), func.max(events.c.id)))
_CORRECTED = compiled(select(events.c.id, events.c.corrections).where(
    events.c.id >= bindparam('first'), events.c.id < bindparam('beyond'),
    events.c.corrections.is_not(None)).order_by(events.c.id))


async def corrected_events(fetch: Fetch, people: Collection[int]) -> AsyncIterator[int]:
    """Yield the numbers of the events that were one of these people before a correction."""
    (oldest, newest), = await fetch(_ENDS.sql, _ENDS.bound())
    for first in range(oldest, newest + 1, _NUMBERS) if newest else ():
        for seq, history in await fetch(_CORRECTED.sql, _CORRECTED.bound(
                first=first, beyond=first + _NUMBERS)):
            if any(note['was'] in people for note in json.loads(history)):
                yield seq
