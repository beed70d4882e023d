"""Keep an exact account of what a companion published: the truth that others are held to."""
from dataclasses import dataclass, field
import json
from typing import Sequence

import numpy as np

from smartcam_bridge.errors import SmartcamError


@dataclass(slots=True)
class SentTrack:
    """One tracker id and every box that was sent with it, in pixels."""

    label: str
    stamps_ns: list[int] = field(default_factory=list)
    corners: list[list[float]] = field(default_factory=list)


@dataclass(slots=True)
class SentCamera:
    """What was published for one camera. Its own thread only."""

    width: int
    height: int
    frames: int = 0     # instants of which a picture was published, raw or compressed
    messages: int = 0   # instants of which boxes were published (also when there was none)
    boxes: int = 0
    detected: int = 0   # boxes that were sent as detections
    tracks: dict[str, SentTrack] = field(default_factory=dict)

    def note_boxes(self, stamp_ns: int, corners: np.ndarray, labels: Sequence[str],
                   ids: Sequence[str], *, detected: int | None = None) -> None:
        """Account for the boxes of one instant. corners: (n, 4), x1 y1 x2 y2 in pixels.

        detected: how many boxes were sent as detections; None: these.
        """
        self.messages += 1
        self.boxes += len(ids)
        self.detected += len(ids) if detected is None else detected
        for track_id, label, box in zip(ids, labels, corners.round(2).tolist()):
            track = self.tracks.setdefault(track_id, SentTrack(label))
            track.stamps_ns.append(stamp_ns)
            track.corners.append(box)


def write_account(path: str, cameras: dict[str, SentCamera]) -> None:
    """Write the account as JSON, in the form of docs/parameters.md; raise SmartcamError."""
    account = {'cameras': {name: {
        'width': sent.width, 'height': sent.height, 'frames': sent.frames,
        'messages': sent.messages, 'boxes': sent.boxes, 'detected': sent.detected,
        'tracks': [{
            'id': track_id, 'label': track.label, 'observations': len(track.stamps_ns),
            'first_ns': track.stamps_ns[0], 'last_ns': track.stamps_ns[-1],
            'stamps_ns': track.stamps_ns, 'corners_px': track.corners,
        } for track_id, track in sent.tracks.items()]} for name, sent in cameras.items()}}
    try:
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(account, file)
    except OSError as error:
        raise SmartcamError(f'what was sent cannot be written to {path}: {error}') from error
