"""What one live client has yet to be sent: bounded, newest first where newest is what matters."""
import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Callable

from smartcam_bridge.domain.events import Event
from smartcam_bridge.live.encode import Picture
from smartcam_bridge.live.wire import to_json

REPLIES_MAX = 64
EVENTS_MAX = 256
BOXES_MAX = 4           # per camera
_TRACKS = ('track_', 'camera_')     # how the events of topic `tracks` begin
MISSED_PERIOD_S = 1.0   # how often a client hears what it missed


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client asked for. `cameras` None: all; `fps` and `width` None: as they come.

    resume_from: the number of the last event that it knows; None: it wants no older ones.
    """

    topics: frozenset[str] = frozenset()
    cameras: frozenset[str] | None = None
    fps: float | None = None
    width: int | None = None
    resume_from: int | None = None

    def wants(self, topic: str, camera: str) -> bool:
        """Say whether updates of `topic` and `camera` belong to this subscription."""
        return topic in self.topics and (self.cameras is None or camera in self.cameras)

    def wants_event(self, event: Event) -> bool:
        """Say whether an event belongs to it; topic `tracks` has those of tracks and cameras."""
        return self.wants('events', event.camera) or (
            event.type.startswith(_TRACKS) and self.wants('tracks', event.camera))


class Update:
    """A message that is written when the first client is really sent it. Web thread only."""

    __slots__ = ('camera', 'event', '_write', '_text')

    def __init__(self, camera: str, write: Callable[[], str], event: Event | None = None) -> None:
        self.camera = camera
        self.event = event
        self._write = write
        self._text: str | None = None

    @property
    def text(self) -> str:
        """Return the message, the same object for every client."""
        if self._text is None:
            self._text = self._write()
        return self._text


@dataclass(slots=True)
class Missed:
    """How many updates were left out since the client was last told.

    The events among them have numbers from `first` to `last`.
    """

    boxes: int = 0
    events: int = 0
    frames: int = 0
    first: int = 0
    last: int = 0

    def __bool__(self) -> bool:
        return bool(self.boxes or self.events or self.frames)

    def message(self) -> str:
        """Write what is told to the client."""
        numbers = {'first': self.first, 'last': self.last} if self.events else {}
        return to_json({'type': 'missed', 'boxes': self.boxes, 'events': self.events,
                        'frames': self.frames, **numbers}).decode()


@dataclass(eq=False, slots=True)
class Lanes:
    """The queues of one client. Owner: the web thread."""

    subscription: Subscription = Subscription()
    missed: Missed = field(default_factory=Missed)
    missed_total: int = 0
    _replies: deque[str] = field(default_factory=deque)
    _events: deque[Update] = field(default_factory=deque)
    _boxes: dict[str, deque[Update]] = field(default_factory=dict)
    _status: Update | None = None
    _frames: dict[str, Picture] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _frames_taken: asyncio.Event = field(default_factory=asyncio.Event)
    _told_at: float = 0.0
    _held: int | None = None    # the newest event that is held back by a replay; None: no replay
    _known: int = 0             # events up to this number were replayed
    _events_taken: asyncio.Event = field(default_factory=asyncio.Event)

    def put_reply(self, text: str) -> bool:
        """Add an answer; False when the client does not read its answers."""
        if len(self._replies) >= REPLIES_MAX:
            return False
        self._replies.append(text)
        self._wake.set()
        return True

    def put_event(self, update: Update) -> None:
        """Add an event, unless it comes by replay; the oldest goes first."""
        seq = update.event.seq
        if self._held is not None:
            self._held = max(self._held, seq)
        elif seq > self._known or not seq:
            if len(self._events) >= EVENTS_MAX:
                lost = self._events.popleft().event.seq
                self.lose_events(1, lost, lost)
            self._events.append(update)
            self._wake.set()

    async def put_replayed(self, update: Update) -> None:
        """Add an event of the past as soon as there is room."""
        while len(self._events) >= EVENTS_MAX // 2:
            self._events_taken.clear()
            await self._events_taken.wait()
        self._events.append(update)
        self._wake.set()

    def end_replay(self, seq: int) -> bool:
        """Go on live after the event `seq`; False where newer ones were held back meanwhile."""
        if self._held is None or self._held > seq:
            return self._held is None
        self._held, self._known = None, seq
        return True

    def lose_events(self, count: int, first: int, last: int) -> None:
        """Count events that are lost to this client, with numbers from `first` to `last`."""
        if self._held is not None and last > self._held:
            self._held = last   # the replay will find them
            return
        self.miss_past(first, last, count)

    def miss_past(self, first: int, last: int, count: int = 0) -> None:
        """Have events told as missed; count 0: as many as there are numbers."""
        missed = self.missed
        missed.first = min(first, missed.first) if missed.events else first
        missed.last = max(last, missed.last) if missed.events else last
        self.miss(events=count or last - first + 1)
        self._wake.set()

    @property
    def events_wait(self) -> bool:
        """Say whether an event was not yet taken."""
        return bool(self._events)

    def put_boxes(self, update: Update) -> None:
        """Add an observation; the newest few of each camera are kept."""
        lane = self._boxes.get(update.camera)
        if lane is None:
            lane = self._boxes[update.camera] = deque()
        if len(lane) >= BOXES_MAX:
            lane.popleft()
            self.miss(boxes=1)
        lane.append(update)
        self._wake.set()

    def put_status(self, update: Update) -> None:
        """Replace the status that waits."""
        self._status = update
        self._wake.set()

    def put_frame(self, picture: Picture) -> None:
        """Replace the camera's frame that waits."""
        if self._frames.pop(picture.camera, None) is not None:
            self.miss(frames=1)
        self._frames[picture.camera] = picture
        self._wake.set()

    async def frame_taken(self, camera: str) -> None:
        """Wait until no frame of `camera` waits: what nobody takes is not encoded."""
        while camera in self._frames:
            self._frames_taken.clear()
            await self._frames_taken.wait()

    def miss(self, boxes: int = 0, events: int = 0, frames: int = 0) -> None:
        """Count what was left out."""
        self.missed.boxes += boxes
        self.missed.events += events
        self.missed.frames += frames
        self.missed_total += boxes + events + frames

    def take(self, now_s: float) -> str | Picture | None:
        """Return what is to be sent next, or None when nothing waits. `now_s` is monotonic."""
        if self._replies:
            return self._replies.popleft()
        if self.missed and now_s - self._told_at >= MISSED_PERIOD_S:
            self._told_at, told, self.missed = now_s, self.missed, Missed()
            return told.message()
        if self._events:
            self._events_taken.set()
            return self._events.popleft().text
        for camera, lane in self._boxes.items():
            if lane:
                self._boxes[camera] = self._boxes.pop(camera)  # each camera in its turn
                return lane.popleft().text
        if self._status is not None:
            status, self._status = self._status, None
            return status.text
        for camera in self._frames:
            self._frames_taken.set()
            return self._frames.pop(camera)
        return None

    async def wait(self) -> None:
        """Wait until something is put in, or there may be something missed to tell."""
        self._wake.clear()
        await set_or_late(self._wake, MISSED_PERIOD_S if self.missed else None)

    def drop_frames(self) -> None:
        """Forget frames that grew old behind a slow send."""
        self.miss(frames=len(self._frames))
        self._frames.clear()
        self._frames_taken.set()

    def change(self, subscription: Subscription) -> None:
        """Replace the subscription; what only the former one wanted is forgotten."""
        self.subscription = subscription
        self._boxes = {camera: lane for camera, lane in self._boxes.items()
                       if subscription.wants('boxes', camera)}
        self._events = deque(update for update in self._events
                             if subscription.wants_event(update.event)
                             and subscription.resume_from is None)
        self._held, self._known = None if subscription.resume_from is None else 0, 0
        self._status = None
        self._frames.clear()
        self._frames_taken.set()

    def waiting(self) -> int:
        """Return how many messages wait."""
        return (len(self._replies) + len(self._events) + len(self._frames)
                + sum(map(len, self._boxes.values())) + (self._status is not None))


async def set_or_late(event: asyncio.Event, timeout_s: float | None) -> None:
    """Wait for `event`, which is set when the time is up.

    asyncio.wait_for swallows a cancellation that meets the event (before Python 3.12).
    """
    timer = timeout_s and asyncio.get_running_loop().call_later(timeout_s, event.set)
    try:
        await event.wait()
    finally:
        if timer:
            timer.cancel()


def counts(lanes: list[Lanes]) -> dict[str, Any]:
    """Sum up clients for the statistics."""
    return {'clients': len(lanes), 'waiting': sum(lane.waiting() for lane in lanes),
            'missed': sum(lane.missed_total for lane in lanes)}
