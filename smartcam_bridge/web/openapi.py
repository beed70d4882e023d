"""The OpenAPI 3.1 document, made of the route table."""
import http
import re
from typing import Any

from smartcam_bridge.web.auth import COOKIE
from smartcam_bridge.web.fields import Field
from smartcam_bridge.web.routes import Route, ROUTES
from smartcam_bridge.web.schemas import ref, SCHEMAS

API_VERSION = '1.0.0'
_COMMON = (400, 403, 500)
_DESCRIPTION = ('Cameras, what they see, and what they saw. Times have a zone; boxes are '
                'x1, y1, x2, y2 in [0,1] of the frame; errors are RFC 9457 problems with a '
                'stable code. Roles: viewer < operator < admin.')


def document() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(plain_path(route), {})[route.method.lower()] = _operation(route)
    return {
        'openapi': '3.1.0',
        'info': {'title': 'smartcam_bridge', 'version': API_VERSION,
                 'description': _DESCRIPTION, 'license': {
                     'name': 'Apache-2.0', 'identifier': 'Apache-2.0'}},
        'servers': [{'url': '/'}],
        'paths': paths,
        'components': {
            'schemas': SCHEMAS,
            'responses': {'Problem': {
                'description': 'What is wrong.',
                'content': {'application/problem+json': {'schema': ref('Problem')}}}},
            'securitySchemes': {
                'token': {'type': 'http', 'scheme': 'bearer'},
                'session': {'type': 'apiKey', 'in': 'cookie', 'name': COOKIE}}}}


def plain_path(route: Route) -> str:
    """Return the path as OpenAPI writes it, without the patterns of its parameters."""
    return re.sub(r'{(\w+):[^}]*}', r'{\1}', route.path)


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        'operationId': route.handler.__name__, 'summary': route.summary,
        'tags': [route.handler.__module__.rsplit('.', 1)[-1]],
        'parameters': _path_parameters(route) + [_query_parameter(f) for f in route.query],
        'responses': {str(route.status): _success(route)} | {
            str(status): {'$ref': '#/components/responses/Problem'}
            for status in _failures(route)}}
    if route.role is None:
        operation['security'] = []
    else:
        operation['security'] = [{'token': []}, {'session': []}]
        operation['x-role'] = route.role.word
    if route.body is not None:
        operation['requestBody'] = {'required': True, 'content': {
            'application/json': {'schema': _body(route.body)}}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [{'name': name, 'in': 'path', 'required': True, 'schema': {'type': 'string'}}
            for name in re.findall(r'{(\w+)}', plain_path(route))]


def _query_parameter(field: Field) -> dict[str, Any]:
    schema = field.schema()
    return {'name': field.name, 'in': 'query', 'required': field.required,
            'description': schema.pop('description'), 'schema': schema}


def _body(fields: tuple[Field, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        'type': 'object', 'additionalProperties': False,
        'properties': {field.name: field.schema() for field in fields}}
    required = [field.name for field in fields if field.required]
    return schema | ({'required': required} if required else {})


def _success(route: Route) -> dict[str, Any]:
    response: dict[str, Any] = {'description': http.HTTPStatus(route.status).phrase}
    if '/' in route.answer:
        response['content'] = {route.answer: {}}
    elif route.answer:
        response['content'] = {'application/json': {'schema': ref(route.answer)}}
    return response


def _failures(route: Route) -> list[int]:
    """Return the statuses of the problems that this route can answer with."""
    statuses = set(_COMMON)
    if route.role is not None:
        statuses |= {401, 503}
    if '{' in route.path:
        statuses.add(404)
    if route.path.startswith('/api') or route.query:
        statuses.add(422)
    if route.body is not None:
        statuses |= {413, 415, 503}
    if route.body_max_bytes is not None:
        statuses.add(408)
    return sorted(statuses.union(route.failures))
