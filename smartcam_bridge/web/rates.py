"""How often recognition would go wrong in a gallery: measured once for each that is asked for."""
import asyncio
import weakref

from smartcam_bridge.domain.face_rates import FaceRates, measure_rates
from smartcam_bridge.domain.gallery import GallerySnapshot


class Rates:
    """Remembers the rates of the newest gallery of each model. Web thread only.

    Measuring takes seconds where a gallery is large: on a thread, one gallery at a time, and
    whoever asks meanwhile waits for the same. The gallery itself is not kept: it would hold the
    faces of who is forgotten.
    """

    def __init__(self) -> None:
        self._asked: dict[str, tuple[weakref.ref[GallerySnapshot], asyncio.Task[FaceRates]]] = {}
        self._one = asyncio.Lock()

    async def of(self, gallery: GallerySnapshot) -> FaceRates:
        """Return the rates of a gallery."""
        known, task = self._asked.get(gallery.model, (None, None))
        if task is None or known() is not gallery or _failed(task):
            task = asyncio.ensure_future(self._measure(gallery))
            self._asked[gallery.model] = weakref.ref(gallery), task
        return await asyncio.shield(task)   # who leaves does not take it from the others

    async def _measure(self, gallery: GallerySnapshot) -> FaceRates:
        async with self._one:
            return await asyncio.to_thread(measure_rates, gallery)


def _failed(task: 'asyncio.Task[FaceRates]') -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
