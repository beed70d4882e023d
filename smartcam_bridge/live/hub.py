"""The live present: what the ingest thread publishes reaches every client that asked for it."""
import asyncio
from collections import deque
from functools import partial
from typing import Callable, Iterator, TypeVar

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.model import Observation
from smartcam_bridge.live.lanes import Lanes, Update
from smartcam_bridge.live.status import BridgeStatus
from smartcam_bridge.live.wire import boxes_message, event_message, status_message

PENDING_MAX = 2048      # of boxes and of events each; 17 s of 4 cameras at 30 Hz
WAKE_PERIOD_S = 0.05    # the loop wakes at most this often, however much is published
_Item = TypeVar('_Item', Observation, Event)


class LiveHub:
    """Hand updates from the ingest thread to the clients' lanes on the web thread.

    `publish_*` belong to the ingest thread (one at a time) and cost one attribute test while
    nobody listens; everything else belongs to the web thread.
    """

    def __init__(self) -> None:
        self.overflowed = 0     # updates lost because the web thread did not come round
        self.published = 0      # updates handed over
        self._boxes_wanted = False
        self._events_wanted = False
        self._status_wanted = False
        self._pending_boxes: deque[Observation] = deque()
        self._pending_events: deque[Event] = deque()
        self._pending_status: BridgeStatus | None = None
        self._boxes_lost = 0            # by the ingest thread only, like the next
        self._events_lost = (0, 0)      # how many, and the number of the last
        self._lost_told = (0, 0)        # boxes and events, by the web thread only
        self._handed_seq = 0            # of the last event that was handed over
        self._waking = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: set[Lanes] = set()
        self._seq = 0
        self._drained_at = 0.0

    def publish_boxes(self, observation: Observation) -> None:
        """Show an observation to whoever asked for boxes. Ingest thread only."""
        if self._boxes_wanted:
            self._boxes_lost += self._hand_over(self._pending_boxes, observation) is not None

    def publish_event(self, event: Event) -> None:
        """Show an event to whoever asked for events. Ingest thread only."""
        if self._events_wanted and (lost := self._hand_over(self._pending_events, event)):
            self._events_lost = self._events_lost[0] + 1, lost.seq

    def publish_status(self, status: BridgeStatus) -> None:
        """Show the status to whoever asked for it; the newest counts. Ingest thread only."""
        if self._status_wanted:
            self._pending_status = status
            self._ask_to_wake()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to hand over on `loop`, the web thread's."""
        self._loop = loop
        self._waking = False

    def unbind(self) -> None:
        """Hand nothing over any more; what is published from now on is not kept."""
        self._boxes_wanted = self._events_wanted = self._status_wanted = False
        self._loop = None
        self._clients.clear()
        self._pending_boxes.clear()
        self._pending_events.clear()
        self._pending_status = None

    def join(self, client: Lanes) -> None:
        """Add a client, or take notice of its changed subscription."""
        self._clients.add(client)
        self._look_who_listens()

    def leave(self, client: Lanes) -> None:
        """Remove a client."""
        self._clients.discard(client)
        self._look_who_listens()

    async def finish(self, within_s: float) -> None:
        """Hand over what was published, and let clients be sent their events, for a while."""
        self._drain()
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + within_s
        while any(client.events_wait for client in self._clients) and loop.time() < give_up_s:
            await asyncio.sleep(0.005)

    @property
    def clients(self) -> list[Lanes]:
        """Return the clients of this moment."""
        return list(self._clients)

    def _look_who_listens(self) -> None:
        topics = frozenset().union(*(client.subscription.topics for client in self._clients))
        self._boxes_wanted = 'boxes' in topics
        self._events_wanted = bool({'tracks', 'events'} & topics)
        self._status_wanted = 'status' in topics

    def _hand_over(self, pending: deque, item: _Item) -> _Item | None:
        """Add an item; return the one that had to go for it."""
        lost = None
        if len(pending) >= PENDING_MAX:
            lost = pending.popleft()
            self.overflowed += 1
        pending.append(item)
        self._ask_to_wake()
        return lost

    def _ask_to_wake(self) -> None:
        loop = self._loop
        if not self._waking and loop is not None:
            self._waking = True
            try:
                loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # The loop was closed a moment ago: nobody listens any more.
                self._waking = False

    def _wake(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time(), self._drained_at + WAKE_PERIOD_S), self._drain)

    def _drain(self) -> None:
        self._drained_at = asyncio.get_running_loop().time()
        self._waking = False    # before the queues are read: what comes later wakes again
        self._tell_lost()
        for event in _taken(self._pending_events):
            update = self.event_update(event)
            self._handed_seq = event.seq
            for client in self._clients:
                if client.subscription.wants_event(event):
                    client.put_event(update)
        for observation in _taken(self._pending_boxes):
            name = observation.camera.name
            update = self._update(name, boxes_message, observation)
            for client in self._asking('boxes', name):
                client.put_boxes(update)
        status, self._pending_status = self._pending_status, None
        if status is not None:
            self._hand_out(status)

    def _tell_lost(self) -> None:
        boxes, (events, last) = self._boxes_lost, self._events_lost
        boxes_told, events_told = self._lost_told
        self._lost_told = boxes, events
        for client in self._clients:
            client.miss(boxes=boxes - boxes_told)
            if events > events_told:
                client.lose_events(events - events_told, self._handed_seq + 1, last)

    def event_update(self, event: Event) -> Update:
        """Return the message that an event is."""
        self._seq += 1
        self.published += 1
        return Update(event.camera, partial(event_message, self._seq, event), event)

    def _hand_out(self, status: BridgeStatus) -> None:
        """Give every client the status of its cameras, written once for each choice of them."""
        updates: dict[frozenset[str] | None, Update] = {}
        for client in self._clients:
            cameras = client.subscription.cameras
            if 'status' not in client.subscription.topics:
                continue
            if cameras not in updates:
                updates[cameras] = self._update('', status_message, status, cameras)
            client.put_status(updates[cameras])

    def _asking(self, topic: str, camera: str) -> Iterator[Lanes]:
        return (client for client in self._clients if client.subscription.wants(topic, camera))

    def _update(self, camera: str, write: Callable[..., str], *what: object) -> Update:
        self._seq += 1
        self.published += 1
        return Update(camera, partial(write, self._seq, *what))


def _taken(pending: deque) -> list:
    """Take what is there now, and not what is added meanwhile."""
    return [pending.popleft() for _ in range(len(pending))]
