"""Who needs a camera's images: viewers, best shots."""
from collections.abc import Callable
import threading


class Demand:
    """Join the wishes of several parts into one: images come while anybody wants them.

    Any thread. `on_demand(camera, wanted)` is called for the first wish and after the last, one
    call at a time and in this order; it must not wait.
    """

    def __init__(self, on_demand: Callable[[str, bool], None]) -> None:
        self._on_demand = on_demand
        self._wishes: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def want(self, who: str, camera: str, wanted: bool) -> None:
        """Let `who` want a camera's images, or no longer; saying so again changes nothing."""
        with self._lock:
            wishes = self._wishes.setdefault(camera, set())
            before = bool(wishes)
            (wishes.add if wanted else wishes.discard)(who)
            if not wishes:
                del self._wishes[camera]
            if bool(wishes) != before:
                self._on_demand(camera, wanted)
