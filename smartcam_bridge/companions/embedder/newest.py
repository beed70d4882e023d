"""Hand pictures to one worker: of each camera the newest, not too often; questions first."""
from collections import deque
import threading
import time
from typing import Callable, Generic, TypeVar

Item = TypeVar('Item')


class NewestFirst(Generic[Item]):
    """A place per camera, whose picture a newer one replaces, and a short queue of questions.

    One thread takes, any may give. rate_hz: of each camera. questions_max: further ones are
    refused. Counters: replaced, by camera; refused, of questions.
    """

    def __init__(self, rate_hz: float, questions_max: int,
                 clock_s: Callable[[], float] = time.monotonic) -> None:
        self.replaced: dict[str, int] = {}
        self.refused = 0
        self._period_s = 1 / rate_hz
        self._questions: deque[Item] = deque()
        self._questions_max = questions_max
        self._clock_s = clock_s
        self._places: dict[str, Item] = {}
        self._due_s: dict[str, float] = {}
        self._changed = threading.Condition()
        self._closed = False

    def offer(self, camera: str, item: Item) -> None:
        """Give the newest picture of a camera."""
        with self._changed:
            if camera in self._places:
                self.replaced[camera] = self.replaced.get(camera, 0) + 1
            self._places[camera] = item
            self._changed.notify()

    def ask(self, item: Item) -> bool:
        """Give a picture that must be answered; False: too many wait already."""
        with self._changed:
            if len(self._questions) >= self._questions_max:
                self.refused += 1
                return False
            self._questions.append(item)
            self._changed.notify()
            return True

    def forget(self, camera: str) -> None:
        """Drop the picture of a camera that nobody is interested in any more."""
        with self._changed:
            self._places.pop(camera, None)

    def close(self) -> None:
        """Give no more away; whoever takes is told."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self) -> Item | None:
        """Wait for what is due next and return it; None: closed."""
        with self._changed:
            while not self._closed:
                item, wait_s = self._next(self._clock_s())
                if item is not None:
                    return item
                self._changed.wait(wait_s)
        return None

    def _next(self, now_s: float) -> tuple[Item | None, float | None]:
        """Return what is due, else how long to wait (None: until something comes)."""
        if self._questions:
            return self._questions.popleft(), None
        camera = min(self._places, key=self._when, default=None)
        if camera is None:
            return None, None
        if (wait_s := self._when(camera) - now_s) > 0:
            return None, wait_s
        self._due_s[camera] = now_s + self._period_s
        return self._places.pop(camera), None

    def _when(self, camera: str) -> float:
        return self._due_s.get(camera, 0.0)
