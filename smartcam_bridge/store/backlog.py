"""What waits for the recorder: bounded, thinned from 80 % on, counted."""
from concurrent.futures import Future
import math
import threading
import time
from typing import Any, Callable

from smartcam_bridge.domain.model import Observation
from smartcam_bridge.errors import QueueFull, StoreError
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.batch import Batch, Fact
from smartcam_bridge.store.tasks import RecordEvent, RecordLabel, RecordObservation

_THINNING = ((0.95, 10), (0.9, 4), (0.8, 2))  # from this share of the bound on, one of so many
_COMMANDS_MAX = 1000
_BOXES_MAX = 500_000    # in one commit: 8 MB, since the log grows by a whole commit at once


class Backlog:
    """The recorder's queue. Any thread puts, only the recorder's takes.

    Observations are thinned per camera from 80 % of `queue_max` on and dropped at 100 %. What
    lasts (tracks, visits, crossings, events) has as many places of its own, whatever
    observations take; commands have a bound of their own too.
    """

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self.capacity = settings().queue_max
        self.thinned = 0
        self.dropped = 0               # facts that found no place
        self.events_lost = 0           # of these, events
        self.closed = False
        self._changed = threading.Condition(threading.Lock())
        self._batch = Batch()
        self._in_flight = 0            # rows that were taken and are not yet committed
        self._lasting_in_flight = 0    # of these, those that are never thinned
        self._first_s = 0.0            # monotonic, when the batch's first fact came
        self._event_s = 0.0            # monotonic, when the batch's first event came
        self._not_before_s = 0.0       # monotonic, after a failure
        self._kept: dict[int, int] = {}  # camera id -> observations offered while thinning

    def __len__(self) -> int:
        return self._batch.rows + self._in_flight

    def put(self, *facts: Fact) -> bool:
        """Add facts that belong together; return whether all were taken.

        One commit stores what lasts of them, so that a kill leaves all or none. Never waits, wakes
        the recorder seldom.
        """
        with self._changed:
            if self.closed:
                return False
            rows, events = self._batch.rows, len(self._batch.events)
            taken = self._add(facts)
            self._notice(rows, events)
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

        Where it has very many boxes the later ones are left to the next. Once closed the batch is
        due at once, and an empty one says that nothing is left.
        """
        give_up_s = time.monotonic() + patience_s
        with self._changed:
            while True:
                now_s = time.monotonic()
                due_s = self._due_s()
                if due_s <= now_s:
                    batch, self._batch = self._batch, self._batch.cut(_BOXES_MAX)
                    self._in_flight, self._lasting_in_flight = batch.rows, batch.lasting
                    return batch
                if give_up_s <= now_s:
                    return None
                self._changed.wait(min(due_s, give_up_s) - now_s)

    def done(self) -> None:
        """Say that the batch last taken is committed (or lost, and counted elsewhere)."""
        with self._changed:
            self._in_flight = self._lasting_in_flight = 0

    def give_back(self, batch: Batch, pause_s: float) -> None:
        """Put the facts of the batch last taken in front again, not due for `pause_s`."""
        with self._changed:
            self._batch = batch.put_before(self._batch)
            self._in_flight = self._lasting_in_flight = 0
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
        due_s = self._first_s + settings.commit_period_s
        if batch.events:    # they are told after the commit
            due_s = min(due_s, self._event_s + settings.event_period_s)
        if self.closed or batch.rows >= settings.commit_rows:
            due_s = self._first_s
        return max(self._not_before_s, due_s)

    def _notice(self, rows: int, events: int) -> None:
        """Wake the recorder where it is due earlier than before there were more facts."""
        batch = self._batch
        if rows == 0 < batch.rows:
            self._first_s = time.monotonic()
        if events == 0 < len(batch.events):
            self._event_s = time.monotonic()
        if (rows == 0 < batch.rows or events == 0 < len(batch.events)
                or rows < self._settings().commit_rows <= batch.rows):
            self._changed.notify()

    def _add(self, facts: tuple[Fact, ...]) -> bool:
        """Add observations one by one, and of what lasts all or nothing."""
        taken, lasting = True, []
        for fact in facts:
            if not isinstance(fact, RecordObservation):
                lasting.append(fact)
            elif (held := len(self)) < 0.8 * self.capacity or self._admits(fact.observation, held):
                self._batch.add(fact)
            else:
                taken = False
        places = sum(map(self._batch.needs_place, lasting))
        if places and self._batch.lasting + self._lasting_in_flight + places > self.capacity:
            self.events_lost += sum(isinstance(fact, RecordEvent) for fact in lasting)
            labels = [fact for fact in lasting if isinstance(fact, RecordLabel)]
            self.dropped += len(lasting) - len(labels)
            taken, lasting = False, labels
        for fact in lasting:
            self._batch.add(fact)
        return taken

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
