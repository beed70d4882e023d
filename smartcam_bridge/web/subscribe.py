"""What a live client may say."""
from dataclasses import dataclass
from typing import Any

from smartcam_bridge.live.lanes import Subscription
from smartcam_bridge.web.call import parse_json
from smartcam_bridge.web.fields import check_body, Number, Text
from smartcam_bridge.web.problems import Problem

TOPICS = ('boxes', 'tracks', 'events', 'status', 'frames')
CAMERAS_MAX = 256
_ID_MAX = 64
_REST = (Number('fps', '', 0.1, 120), Number('width', '', 16, 7680, whole=True),
         Number('resume_from', '', 0, 2 ** 63 - 1, whole=True))
_CAMERA = Text('cameras', '', longest=64)
_TOPIC = Text('topics', '', choices=TOPICS)

Id = int | str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """One understood message; `subscription` None: a ping."""

    id: Id
    subscription: Subscription | None


class NotUnderstood(Exception):
    """A message that is answered with an error and otherwise ignored."""

    def __init__(self, id: Id, code: str, detail: str) -> None:
        super().__init__(detail)
        self.id = id
        self.code = code
        self.detail = detail


def understand(text: str) -> Ask:
    """Read a client's message; raise NotUnderstood."""
    try:
        message = parse_json(text)
    except ValueError as error:
        raise NotUnderstood(None, 'bad_json', f'this is not JSON: {error}') from error
    if not isinstance(message, dict):
        raise NotUnderstood(None, 'bad_json', 'a message is a JSON object')
    id = _id(message.pop('id', None))
    op = message.pop('op', None)
    if op == 'ping' and not message:
        return Ask(id, None)
    if op != 'subscribe':
        raise NotUnderstood(id, 'unknown_op', "op is 'subscribe' or 'ping'")
    try:
        return Ask(id, _subscription(message))
    except Problem as problem:
        raise NotUnderstood(id, 'invalid', problem.detail) from problem


def _id(value: Any) -> Id:
    ok = value is None or (isinstance(value, int) and abs(value) < 2**53) or (
        isinstance(value, str) and len(value) <= _ID_MAX)
    if not ok:
        raise NotUnderstood(None, 'invalid', f'id is a whole number or up to {_ID_MAX} characters')
    return value


def _subscription(message: dict[str, Any]) -> Subscription:
    topics = _texts(message, _TOPIC, len(TOPICS))
    cameras = _texts(message, _CAMERA, CAMERAS_MAX)
    if topics is None:
        raise Problem(422, 'invalid', 'topics is missing')
    rest = check_body(_REST, message)
    if 'resume_from' in rest and not topics & {'events', 'tracks'}:
        raise Problem(422, 'invalid', 'resume_from needs the topic events or tracks')
    return Subscription(topics, cameras, rest.get('fps'), rest.get('width'),
                        rest.get('resume_from'))


def _texts(message: dict[str, Any], field: Text, most: int) -> frozenset[str] | None:
    values = message.pop(field.name, None)
    if values is None:
        return None
    if not isinstance(values, list) or len(values) > most:
        raise Problem(422, 'invalid', f'{field.name} is a list of at most {most} texts')
    try:
        return frozenset(map(field.check, values))
    except ValueError as error:
        raise Problem(422, 'invalid', f'{field.name}: one {error}') from error
