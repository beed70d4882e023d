"""The events that a camera's tracks, and the camera itself, give rise to."""
from typing import Any

from smartcam_bridge.domain.events import Event
from smartcam_bridge.domain.labels import LabelBook
from smartcam_bridge.domain.ledger import Turn
from smartcam_bridge.domain.model import Camera, TrackState
from smartcam_bridge.domain.times import NS


class Teller:
    """Makes the events of one camera."""

    def __init__(self, camera: Camera, labels: LabelBook) -> None:
        self.camera = camera
        self._labels = labels

    def camera_online(self, stamp_ns: int) -> Event:
        """Tell of the first sign of life."""
        return self._camera_event('camera_online', stamp_ns, 'live')

    def camera_offline(self, stamp_ns: int, state: str) -> Event:
        """Tell that the camera fell silent, or is not listened to any more."""
        return self._camera_event('camera_offline', stamp_ns, state)

    def started(self, track: TrackState) -> Event:
        """Tell of a track that is believed."""
        return self._track_event('track_started', track, track.first_ns)

    def updated(self, turn: Turn, track: TrackState) -> Event:
        """Tell what a track did."""
        detail = {'change': turn.change}
        if turn.change == 'label':
            detail['from'] = self._labels.name_of(turn.label_before)
            detail['to'] = self._labels.name_of(track.label_id)
        return self._track_event('track_updated', track, track.last_ns, **detail)

    def ended(self, track: TrackState) -> Event:
        """Tell of a track's end."""
        return self._track_event(
            'track_ended', track, track.last_ns, end_reason=track.end_reason.value,
            duration_s=round((track.last_ns - track.first_ns) / NS, 3))

    def _camera_event(self, kind: str, stamp_ns: int, state: str) -> Event:
        return Event(kind, self.camera.name, stamp_ns, {'state': state},
                     camera_id=self.camera.id)

    def _track_event(self, kind: str, track: TrackState, stamp_ns: int, **detail: Any) -> Event:
        return Event(kind, self.camera.name, stamp_ns,
                     {'tracker_id': track.tracker_id, **detail}, camera_id=self.camera.id,
                     track_id=track.id, label=self._labels.name_of(track.label_id))
