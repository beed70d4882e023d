"""Find out beside everything else how to match faster in galleries that are large."""
import logging
import threading

from smartcam_bridge.domain.gallery import Gallery, GallerySnapshot
from smartcam_bridge.domain.gallery_plan import Plan

_log = logging.getLogger(__name__)


class Planner:
    """Learns one plan at a time, which takes seconds, on a thread of its own. One owner's."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._gallery: Gallery | None = None
        self._plan: Plan | None = None      # written by the thread, read when it has ended

    def consider(self, gallery: Gallery, snapshot: GallerySnapshot) -> None:
        """Begin to learn where a plan is due, unless one is being learned."""
        if self._thread is not None or not snapshot.is_plan_due:
            return
        self._gallery, self._plan = gallery, None
        self._thread = threading.Thread(
            target=self._learn, args=(snapshot,), name='gallery-plan', daemon=True)
        self._thread.start()

    def take(self) -> tuple[Gallery, Plan | None] | None:
        """Return a gallery with its plan as soon as that is learned; plan None: that failed."""
        if self._thread is None or self._thread.is_alive():
            return None
        self._thread.join()
        learned = self._gallery, self._plan
        self._thread = self._gallery = self._plan = None    # a gallery may be gone by then
        return learned

    def _learn(self, snapshot: GallerySnapshot) -> None:
        try:
            self._plan = snapshot.learn()
        except Exception:   # the outermost handler of this thread: matching goes on as it does
            _log.exception('no faster way through the gallery of %r was found', snapshot.model)
