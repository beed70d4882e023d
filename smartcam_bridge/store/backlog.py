"""What waits for the recorder: bounded, thinned from 80 % on, counted."""
from concurrent.futures import Future
from dataclasses import dataclass, field
import math
import threading
import time
from typing import Any, Callable

from smartcam_bridge.domain.model import Observation, TrackState
from smartcam_bridge.errors import QueueFull, StoreError
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.tasks import RecordLabel, RecordObservation, RecordTrack

Fact = RecordObservation | RecordTrack | RecordLabel

_THINNING = ((0.95, 10), (0.9, 4), (0.8, 2))  # from this share of the bound on, one of so many
_COMMANDS_MAX = 1000


@dataclass(slots=True)
class Batch:
    """What one commit takes. Of a track only its last state matters, so it has one place."""

    labels: dict[int, str] = field(default_factory=dict)
    tracks: dict[int, TrackState] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    commands: list[tuple[Any, Future]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Count the facts."""
        return len(self.observations) + len(self.tracks) + len(self.labels)

    def __bool__(self) -> bool:
        return bool(self.rows or self.commands)


class Backlog:
    """The recorder's queue. Any thread puts, only the recorder's takes.

    Observations are thinned per camera from 80 % of `queue_max` on and dropped at 100 %. Tracks
    and labels have another tenth, commands a bound of their own, so that they still get through.
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self.capacity = settings().queue_max
        self.thinned = 0
        self.dropped = 0
        self.closed = False
        self._changed = threading.Condition(threading.Lock())
        self._batch = Batch()
        self._in_flight = 0            # rows that were taken and are not yet committed
        self._first_s = 0.0            # monotonic, when the batch's first fact came
        self._not_before_s = 0.0       # monotonic, after a failure
        self._kept: dict[int, int] = {}  # camera id -> observations offered while thinning

    def __len__(self) -> int:
        return self._batch.rows + self._in_flight

    def put(self, fact: Fact) -> bool:
        """Add a fact; return whether it was taken. Never waits, wakes the recorder seldom."""
        with self._changed:
            if self.closed:
                return False
            before = self._batch.rows
            taken = self._add(fact, before + self._in_flight)
            after = self._batch.rows
            if before == 0 < after:
                self._first_s = time.monotonic()
                self._changed.notify()
            elif before < self._settings().commit_rows <= after:
                self._changed.notify()
            return taken

    def submit(self, command: Any) -> Future:
        """Add a command; it is due at once. Raises QueueFull, StoreError once closed."""
        future: Future = Future()
        with self._changed:
            if self.closed:
                raise StoreError('the recorder is closed')
            if len(self._batch.commands) >= _COMMANDS_MAX:
                raise QueueFull(f'{_COMMANDS_MAX} commands wait for the recorder; try again later')
            self._batch.commands.append((command, future))
            self._changed.notify()
        return future

    def take(self, patience_s: float) -> Batch | None:
        """Wait for a batch that is due, `patience_s` at most; None: there is none yet.

        Once closed the batch is due at once, and an empty one says that nothing is left.
        """
        give_up_s = time.monotonic() + patience_s
        with self._changed:
            while True:
                now_s = time.monotonic()
                due_s = self._due_s()
                if due_s <= now_s:
                    batch, self._batch = self._batch, Batch()
                    self._in_flight = batch.rows
                    return batch
                if give_up_s <= now_s:
                    return None
                self._changed.wait(min(due_s, give_up_s) - now_s)

    def done(self) -> None:
        """Say that the batch last taken is committed (or lost, and counted elsewhere)."""
        with self._changed:
            self._in_flight = 0

    def give_back(self, batch: Batch, pause_s: float) -> None:
        """Put the facts of the batch last taken in front again, not due for `pause_s`."""
        with self._changed:
            self._batch = Batch(batch.labels | self._batch.labels,
                                batch.tracks | self._batch.tracks,
                                batch.observations + self._batch.observations,
                                self._batch.commands)
            self._in_flight = 0
            self._not_before_s = time.monotonic() + pause_s

    def close(self) -> None:
        """Take nothing any more, and let the recorder take what is left."""
        with self._changed:
            self.closed = True
            self._changed.notify()

    def _due_s(self) -> float:
        batch = self._batch
        if batch.commands or (self.closed and not batch):
            return 0.0
        if not batch:
            return math.inf
        settings = self._settings()
        full = self.closed or batch.rows >= settings.commit_rows
        return max(self._not_before_s, self._first_s + (0 if full else settings.commit_period_s))

    def _add(self, fact: Fact, held: int) -> bool:
        batch = self._batch
        if isinstance(fact, RecordObservation):
            if held >= 0.8 * self.capacity and not self._admits(fact.observation, held):
                return False
            batch.observations.append(fact.observation)
            return True
        known = isinstance(fact, RecordTrack) and fact.track.id in batch.tracks
        if held >= self.capacity + self.capacity // 10 and not known:
            self.dropped += 1
            return False
        if isinstance(fact, RecordTrack):
            batch.tracks[fact.track.id] = fact.track
        else:
            batch.labels[fact.id] = fact.name
        return True

    def _admits(self, observation: Observation, held: int) -> bool:
        if held >= self.capacity:
            self.dropped += 1
            return False
        every = next(every for share, every in _THINNING if held >= share * self.capacity)
        offered = self._kept.get(observation.camera.id, 0)
        self._kept[observation.camera.id] = offered + 1
        if offered % every:
            self.thinned += 1
            return False
        return True
