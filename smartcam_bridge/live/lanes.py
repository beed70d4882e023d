"""What one live client has yet to be sent: bounded, newest first where newest is what matters."""
import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Callable

from smartcam_bridge.live.encode import Picture
from smartcam_bridge.live.wire import to_json

REPLIES_MAX = 64
EVENTS_MAX = 256
BOXES_MAX = 4           # per camera
MISSED_PERIOD_S = 1.0   # how often a client hears what it missed


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client asked for. `cameras` None: all; `fps` and `width` None: as they come."""

    topics: frozenset[str] = frozenset()
    cameras: frozenset[str] | None = None
    fps: float | None = None
    width: int | None = None

    def wants(self, topic: str, camera: str) -> bool:
        """Say whether updates of `topic` and `camera` belong to this subscription."""
        return topic in self.topics and (self.cameras is None or camera in self.cameras)


class Update:
    """A message that is written when the first client is really sent it. Web thread only."""

    __slots__ = ('camera', '_write', '_text')

    def __init__(self, camera: str, write: Callable[[], str]) -> None:
        self.camera = camera
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
    """How many updates were left out since the client was last told."""

    boxes: int = 0
    events: int = 0
    frames: int = 0

    def __bool__(self) -> bool:
        return bool(self.boxes or self.events or self.frames)

    def message(self) -> str:
        """Write what is told to the client."""
        return to_json({'type': 'missed', 'boxes': self.boxes, 'events': self.events,
                        'frames': self.frames}).decode()


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

    def put_reply(self, text: str) -> bool:
        """Add an answer; False when the client does not read its answers."""
        if len(self._replies) >= REPLIES_MAX:
            return False
        self._replies.append(text)
        self._wake.set()
        return True

    def put_event(self, update: Update) -> None:
        """Add an event; the oldest goes first."""
        if len(self._events) >= EVENTS_MAX:
            self._events.popleft()
            self.miss(events=1)
        self._events.append(update)
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
                             if subscription.wants('tracks', update.camera))
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
