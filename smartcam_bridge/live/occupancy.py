"""How many are in each zone at this moment."""
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from smartcam_bridge.domain.events import Event


class Occupancy:
    """The latest `occupancy_changed` of every zone. Written by the ingest thread, read by any."""

    def __init__(self) -> None:
        self._now: Mapping[int, int] = MappingProxyType({})

    def see(self, events: Iterable[Event]) -> None:
        """Take over what events say; whoever reads meanwhile sees all of them or none."""
        changed = {event.shape_id: event.detail['occupancy'] for event in events
                   if event.type == 'occupancy_changed'}
        if changed:
            self._now = MappingProxyType({
                zone_id: count for zone_id, count in (self._now | changed).items() if count})

    def now(self) -> Mapping[int, int]:
        """Return how many are in each zone, by its id; a zone that is missing is empty."""
        return self._now
