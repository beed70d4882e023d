"""A face as somebody gives it: of a track, in a picture, or as the embedding alone."""
import asyncio
import base64
import binascii
from dataclasses import dataclass
import math
from typing import Awaitable, Callable

import numpy as np

from smartcam_bridge.domain.face_check import face_corners, with_area
from smartcam_bridge.domain.face_quality import face_quality
from smartcam_bridge.domain.faces import Embedded
from smartcam_bridge.domain.gallery import unit
from smartcam_bridge.errors import EmbedderUnavailable, FrameError, NotFound
from smartcam_bridge.live.face_pictures import face_jpeg, kept_face_jpeg, open_sent, to_embed
from smartcam_bridge.setting_rules import MODEL_NAME
from smartcam_bridge.store.people_queries import HeldSighting
from smartcam_bridge.web.auth import Role
from smartcam_bridge.web.call import Call
from smartcam_bridge.web.fields import Field, Number, Text, Vector
from smartcam_bridge.web.problems import Problem

PICTURE_MAX_BYTES = 8 * 1024 * 1024     # decoded
_TEXT_MAX = 4 * math.ceil(PICTURE_MAX_BYTES / 3)
BODY_MAX_BYTES = _TEXT_MAX + 128 * 1024     # and a vector of 4096 numbers in full
_EMBED_WAIT_S = 15.0    # who embeds gives up sooner
_WAYS = ('track', 'picture', 'vector')
FIELDS: tuple[Field, ...] = (
    Number('track', 'The best face that is held of this track.', 1, 2 ** 63 - 1, whole=True),
    Text('picture', f'A JPEG or PNG in base64, {PICTURE_MAX_BYTES >> 20} MB at most; its largest '
         'face.', longest=_TEXT_MAX, shortest=1),
    Vector('vector', 'An embedding, of any length but zero. Needs operator.', 4096),
    Text('model', 'Who made the vector, or of which model the face of the track shall be; left '
         'out: the setting face_model, or any.', longest=64, pattern=MODEL_NAME))
PORTRAIT = Text('portrait', 'Beside a vector: a JPEG or PNG in base64, as large as a picture, to '
                'be shown as the face; nobody looks for one in it.', longest=_TEXT_MAX, shortest=1)


@dataclass(frozen=True, slots=True, eq=False)
class GivenFace:
    """A face. vector: float32 (d,), of unit length. faces: how many there were beside it, and it.

    None: not known. picture: makes a small JPEG of it, empty where there are no pixels.
    """

    source: str     # track, picture, vector
    model: str
    vector: np.ndarray
    picture: Callable[[], Awaitable[bytes]]
    faces: int = 1
    track_id: int = 0
    stamp_ns: int | None = None
    face_px: float | None = None
    sharpness: float | None = None
    pose: float | None = None
    quality: float | None = None


async def given_face(call: Call) -> GivenFace:
    """Return the face that a body with FIELDS gives, and PORTRAIT if it has that.

    Raises Problem, NotFound, GalleryError.
    """
    ways = [name for name in _WAYS if name in call.body]
    if len(ways) != 1:
        raise _refused('Give one of track, picture and vector.', *(ways or _WAYS))
    model, portrait = call.body.get('model'), call.body.get('portrait')
    if portrait is not None and ways != ['vector']:
        raise _refused('The face of a track or in a picture is its own portrait.', 'portrait')
    if ways == ['track']:
        return await _of_track(call, call.body['track'], model)
    if ways == ['picture']:
        if model is not None:
            raise _refused('The embedder of pictures has its own model.', 'model')
        return await _in_picture(call, call.body['picture'])
    if call.who.role < Role.OPERATOR:   # whoever chooses the numbers can work a template out
        raise Problem(403, 'forbidden', f'A vector needs the role {Role.OPERATOR.word}; '
                      f'{call.who.name!r} is {call.who.role.word}.')
    return GivenFace('vector', model or call.services.settings().face_model,
                     unit(np.array(call.body['vector'], np.float64)),
                     lambda: _portrait(call, portrait))


async def _of_track(call: Call, track_id: int, model: str | None) -> GivenFace:
    await call.reader.track(track_id)
    try:
        held = await call.reader.people.best_face(track_id, model)
    except NotFound as error:
        raise Problem(422, 'no_face', f'No face of track {track_id} is held.') from error
    seen = held.sighting

    async def picture() -> bytes:
        return await _track_picture(call, held)
    return GivenFace('track', seen.model, unit(held.vector), picture, 1, track_id, seen.stamp_ns,
                     seen.face_px, seen.sharpness, seen.pose, seen.quality)


async def _track_picture(call: Call, held: HeldSighting) -> bytes:
    """Return the face in the frame where that is kept, else the track's thumbnail, else none."""
    seen = held.sighting
    for kind, box in (('frame', seen.box), ('crop', None)):
        try:
            path, stamp_ns = await call.reader.picture(seen.track_id, kind)
            if kind == 'frame' and stamp_ns != seen.stamp_ns:
                continue
            file = call.services.find_picture(path)
            return await call.encoder.run(lambda: kept_face_jpeg(file.read_bytes(), box))
        except (NotFound, FrameError, OSError):
            continue    # the face is enrolled without a picture rather than not at all
    return b''


async def _in_picture(call: Call, text: str) -> GivenFace:
    bgr = await _opened(call, text)
    try:
        faces, embeddings, size = await _embedded(call, await call.encoder.run(to_embed, bgr))
    except FrameError as error:
        raise Problem(422, 'bad_picture', str(error)) from error
    corners = face_corners(faces.boxes, size)
    found = with_area(corners)
    if not len(found):
        raise Problem(422, 'no_face', 'There is no face in the picture.')
    sides = ((corners[:, 2:] - corners[:, :2]) * size).min(axis=1)
    best = int(found[np.argmax(sides[found])])
    box = tuple(corners[best].tolist())

    async def picture() -> bytes:
        return await call.encoder.run(face_jpeg, bgr, box)
    told = faces.quality[best]
    worth = face_quality(sides[best:best + 1], told[None], faces.boxes['score'][best:best + 1])
    return GivenFace(
        'picture', call.services.settings().face_model, unit(embeddings.vectors[best]), picture,
        len(found), face_px=float(sides[best]), sharpness=_known(told[1]),
        pose=_known(told[2]), quality=float(worth[0]))


async def _portrait(call: Call, text: str | None) -> bytes:
    if text is None:
        return b''
    return await call.encoder.run(face_jpeg, await _opened(call, text), None)


async def _opened(call: Call, text: str) -> np.ndarray:
    try:
        return await call.encoder.run(lambda: open_sent(_bytes_of(text)))
    except FrameError as error:
        raise Problem(422, 'bad_picture', str(error)) from error


async def _embedded(call: Call, jpeg: bytes) -> Embedded:
    answer = asyncio.wrap_future(call.services.embed_picture(jpeg))
    try:
        return await asyncio.wait_for(answer, _EMBED_WAIT_S)
    except asyncio.TimeoutError as error:
        raise EmbedderUnavailable('the embedder does not answer') from error


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FrameError('it is not base64') from error


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _refused(detail: str, *names: str) -> Problem:
    return Problem(422, 'invalid_body', detail,
                   errors=tuple((name, 'one of them is needed' if len(names) > 1
                                 else 'goes without it') for name in names))
