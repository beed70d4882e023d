"""Cameras: list, create, read, change, delete, status."""
import json
from typing import Any, Mapping

from aiohttp import web

from smartcam_bridge.domain.face_rules import parse_recognition
from smartcam_bridge.domain.filters import parse_label_rules, RULES as LABEL_RULES
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.retention import parse_retention, RULES
from smartcam_bridge.live.status import CameraStatus
from smartcam_bridge.setting_rules import camera_name_problem, MODEL_NAME
from smartcam_bridge.store.tasks import ChangeCamera, CreateCamera, DeleteCamera
from smartcam_bridge.web.call import answer, Call
from smartcam_bridge.web.fields import Field, Flag, Form, Number, Text
from smartcam_bridge.web.handlers.shapes import WINDOW
from smartcam_bridge.web.problems import Problem

_TOPIC = r'(~?/)?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*|'


def _topic(name: str, default: str) -> Text:
    return Text(name, f'A ROS topic; empty: {default}.', longest=255, pattern=_TOPIC)


_KEEP: dict[str, Any] = {name: {'type': 'number', 'minimum': 0} for name in RULES.values()}
_ASK: dict[str, Any] = {name: {'type': 'number', 'minimum': 0, 'maximum': most}
                        for name, most in LABEL_RULES.items()}
CHANGE: tuple[Field, ...] = (
    Flag('enabled', 'Whether the bridge listens to it.'),
    Number('width', 'Width of its frames in px where nothing else tells; 0: unknown.',
           0, 65535, whole=True),
    Number('height', 'Height of its frames in px; 0: unknown.', 0, 65535, whole=True),
    _topic('image_topic', '<name>/image'), _topic('info_topic', '<name>/camera_info'),
    _topic('detections_topic', '<name>/detections'), _topic('tracks_topic', '<name>/tracks'),
    _topic('faces_topic', '<name>/faces'),
    _topic('embeddings_topic', '<name>/face_embeddings'),
    Text('face_model', 'Who makes the embeddings of its faces; empty: the setting face_model.',
         longest=64, pattern=f'{MODEL_NAME}|'),
    Form('recognition', 'Whether and when its faces are recognised; no schedule: always, as a '
         "zone's.", parse_recognition, {
             'enabled': {'type': 'boolean'}, 'timezone': {'type': 'string', 'maxLength': 64},
             'schedule': {'type': 'array', 'items': WINDOW}}),
    Flag('count_while_moving', 'Whether zones, tripwires, rest and heat maps count while the '
         'robot moves: it does not move with the robot.'),
    Form('retention', 'How long what it saw is kept where that differs from the settings of the '
         'same name; `labels`: the same by label, without observations_keep_h. 0: for ever.',
         parse_retention, _KEEP | {'labels': {
             'type': 'object', 'additionalProperties': {'type': 'object', 'properties': {
                 name: rule for name, rule in _KEEP.items() if name != RULES['observations']},
                 'additionalProperties': False}}}),
    Form('label_rules', 'What boxes must be by label (`*`: any other) where that differs from the '
         'settings of the same name. Areas in frames, aspect: width by height.',
         parse_label_rules, {}, values={'type': 'object', 'additionalProperties': False,
                                        'properties': _ASK}))
CREATE: tuple[Field, ...] = (
    Text('name', 'Letters, digits and single underscores; the prefix of its topics.',
         longest=64, shortest=1, required=True), *CHANGE)


async def list_cameras(call: Call) -> web.Response:
    """List the cameras with their status."""
    cameras = call.services.status().cameras
    return answer({'items': [_described(camera, cameras) for camera in call.services.cameras()],
                   'next': None})


async def create_camera(call: Call) -> web.Response:
    """Add a camera."""
    fields = _columns(call.body)
    name = fields.pop('name')
    if problem := camera_name_problem(name):
        raise Problem(422, 'invalid_body', problem, errors=(('name', problem),))
    _check_size(fields.get('width', 0), fields.get('height', 0))
    camera = await call.submit(CreateCamera(name, fields))
    return answer(_described(camera, call.services.status().cameras), status=201,
                  headers={'Location': f'/api/v1/cameras/{name}'})


async def read_camera(call: Call) -> web.Response:
    """Return one camera with its status."""
    return answer(_described(call.camera(), call.services.status().cameras))


async def change_camera(call: Call) -> web.Response:
    """Change what is given and leave the rest."""
    camera = call.camera()
    if not call.body:
        raise Problem(422, 'invalid_body', 'There is nothing to change in the body.')
    _check_size(call.body.get('width', camera.width), call.body.get('height', camera.height))
    camera = await call.submit(ChangeCamera(camera.name, _columns(call.body)))
    return answer(_described(camera, call.services.status().cameras))


async def delete_camera(call: Call) -> web.Response:
    """Remove a camera with its history."""
    await call.submit(DeleteCamera(call.camera().name))
    return web.Response(status=204)


async def camera_status(call: Call) -> web.Response:
    """Return how one camera is now."""
    camera = call.camera()
    return answer(_status(camera, call.services.status().cameras).as_json())


def _described(camera: Camera, statuses: Mapping[str, CameraStatus]) -> dict[str, Any]:
    return {'name': camera.name, 'enabled': camera.enabled, 'width': camera.width,
            'height': camera.height, 'image_topic': camera.image_topic,
            'info_topic': camera.info_topic, 'detections_topic': camera.detections_topic,
            'tracks_topic': camera.tracks_topic, 'retention': json.loads(camera.retention),
            'label_rules': json.loads(camera.label_rules),
            'faces_topic': camera.faces_topic, 'embeddings_topic': camera.embeddings_topic,
            'face_model': camera.face_model, 'recognition': json.loads(camera.recognition),
            'count_while_moving': camera.count_while_moving,
            'status': _status(camera, statuses).as_json()}


def _columns(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body as the columns of its row."""
    return {name: json.dumps(value) if isinstance(value, dict) else value
            for name, value in body.items()}


def _status(camera: Camera, statuses: Mapping[str, CameraStatus]) -> CameraStatus:
    """Return its status; a camera made this very moment has said nothing yet."""
    silent = CameraStatus('silent' if camera.enabled else 'disabled')
    return statuses.get(camera.name, silent)


def _check_size(width: int, height: int) -> None:
    if (width == 0) != (height == 0):
        raise Problem(422, 'invalid_body', f'width and height: give both or neither, '
                      f'not {width} x {height}', errors=(('width', 'goes with height'),))
