"""Tell those who want to know what a commit changed."""
from typing import Any, Callable

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.people import People
from smartcam_bridge.domain.shapes import Shape
from smartcam_bridge.store.session import Session

OnCameras = Callable[[tuple[Camera, ...]], None]
OnShapes = Callable[[tuple[Shape, ...]], None]
OnEvents = Callable[[list[Event]], None]
OnPeople = Callable[[People, tuple[Correction, ...]], None]


class News:
    """Knows what was told last. Recorder's thread only. None: nobody wants to know that."""

    def __init__(self, session: Session, *, on_cameras: OnCameras | None,
                 on_shapes: OnShapes | None, on_events: OnEvents | None,
                 on_people: OnPeople | None) -> None:
        self._session = session
        self._on_events = on_events
        self._on_people = on_people
        self._values: dict[str, Callable[[Any], None] | None] = {
            'cameras': on_cameras, 'shapes': on_shapes}
        self._told: dict[str, Any] = {}

    def begin(self) -> None:
        """Take what there is now for known."""
        self._told = {name: getattr(self._session, name) for name in (*self._values, 'people')}

    def tell(self, events: list[Event]) -> None:
        """Tell of events, and of what is not as it was told last."""
        if events and self._on_events is not None:
            self._on_events(events)
        for name, listener in self._values.items():
            value = getattr(self._session, name)
            if value != self._told[name]:
                self._told[name] = value
                if listener is not None:
                    listener(value)
        people, corrections = self._session.people, self._session.take_corrections()
        if people is not self._told['people'] or corrections:
            self._told['people'] = people
            if self._on_people is not None:
                self._on_people(people, corrections)
