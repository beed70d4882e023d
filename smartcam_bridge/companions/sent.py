"""Keep an exact account of what a companion published: the truth that others are held to."""
import dataclasses
from dataclasses import dataclass, field
import json
from typing import Mapping, Sequence

import numpy as np

from smartcam_bridge.errors import SmartcamError


@dataclass(slots=True)
class SentTrack:
    """One tracker id and every box that was sent with it, in pixels."""

    label: str
    stamps_ns: list[int] = field(default_factory=list)
    corners: list[list[float]] = field(default_factory=list)
    object: str = ''    # who it is, where there is a world; an object may have several tracks
    spots: list[list[float]] = field(default_factory=list)  # where it is in that world, in metres
    person: str = ''    # whose face it has, whether or not that was ever seen


@dataclass(frozen=True, slots=True)
class SentFace:
    """One face that was sent with its embedding."""

    stamp_ns: int
    track: str      # the id of the track it belongs to
    id: str         # noqa: A003 - what was told of that: the same, or ''
    person: str     # whose it is
    corners: list[float]    # x1 y1 x2 y2 in pixels
    quality: list[float]    # size, sharpness, pose


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
    faces: list[SentFace] = field(default_factory=list)

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

    def note_people(self, people: Mapping[str, str]) -> None:
        """Account for who the tracks are, by id; of those whose boxes were noted."""
        for track_id, name in people.items():
            self.tracks[track_id].person = name

    def note_faces(self, stamp_ns: int, corners: np.ndarray, quality: np.ndarray,
                   ids: Sequence[str], tracks: Sequence[str], people: Sequence[str]) -> None:
        """Account for the faces of one instant. corners: (n, 4) in pixels; quality: (n, 3)."""
        self.faces += [SentFace(stamp_ns, *face) for face in zip(
            tracks, ids, people, corners.round(2).tolist(), quality.round(4).tolist())]

    def note_spots(self, ids: Sequence[str], objects: Sequence[str], spots: np.ndarray) -> None:
        """Account for who and where the boxes just noted are. spots: (n, 2), in metres."""
        for track_id, name, spot in zip(ids, objects, spots.round(4).tolist()):
            self.tracks[track_id].object = name
            self.tracks[track_id].spots.append(spot)


@dataclass(slots=True)
class SentRobot:
    """Where a robot was whenever boxes were published."""

    frame: str
    stamps_ns: list[int] = field(default_factory=list)
    poses: list[list[float]] = field(default_factory=list)      # x, y in metres, yaw in radians


def write_account(path: str, cameras: dict[str, SentCamera],
                  robot: SentRobot | None = None) -> None:
    """Write the account as JSON, in the form of docs/parameters.md; raise SmartcamError."""
    account = {'cameras': {name: {
        'width': sent.width, 'height': sent.height, 'frames': sent.frames,
        'messages': sent.messages, 'boxes': sent.boxes, 'detected': sent.detected,
        'tracks': [{
            'id': track_id, 'label': track.label, 'observations': len(track.stamps_ns),
            'first_ns': track.stamps_ns[0], 'last_ns': track.stamps_ns[-1],
            'stamps_ns': track.stamps_ns, 'corners_px': track.corners,
            **({'object': track.object, 'spots_m': track.spots} if track.spots else {}),
            **({'person': track.person} if track.person else {}),
        } for track_id, track in sent.tracks.items()],
        **({'faces': [dataclasses.asdict(face) for face in sent.faces]} if sent.faces else {}),
    } for name, sent in cameras.items()}}
    if robot:
        account['robot'] = dataclasses.asdict(robot)
    try:
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(account, file)
    except OSError as error:
        raise SmartcamError(f'what was sent cannot be written to {path}: {error}') from error
