"""The route table: everything but the door needs a login, and each role is enforced."""
import re

import jsonschema
import pytest

from smartcam_bridge.web.app import make_app
from smartcam_bridge.web.auth import Role
from smartcam_bridge.web.openapi import document, plain_path
from smartcam_bridge.web.routes import ROUTES

OPEN = {('GET', '/'), ('GET', '/login'), ('GET', '/docs'), ('GET', '/static/{path:.+}'),
        ('GET', '/health'), ('POST', '/api/v1/session')}
ids = [f'{route.method} {route.path}' for route in ROUTES]


def address(route):
    return re.sub(r'{\w+(:[^}]*)?}', 'x', route.path)


def test_only_the_door_is_open_to_all():
    assert {(route.method, route.path) for route in ROUTES if route.role is None} == OPEN


def test_every_route_of_the_application_is_in_the_table(served):
    app = make_app(served.server._services)
    known = {(route.method, re.sub(r':[^}]*', '', route.path)) for route in ROUTES}
    assert {(route.method, route.resource.canonical) for route in app.router.routes()} == known


async def test_each_role_is_enforced_on_every_route(served, nobody):
    secrets = {role: served.secret(role.word) for role in Role}
    for route in ROUTES:
        if route.role is None:
            continue
        answer = await nobody.request(route.method, address(route))
        body = await answer.json(content_type=None)
        assert (answer.status, body['code']) == (401, 'unauthenticated'), route.path
        assert answer.headers['WWW-Authenticate'].startswith('Bearer')
        for role, secret in secrets.items():
            answer = await nobody.request(route.method, address(route), headers={
                'Authorization': f'Bearer {secret}'})
            refused = answer.status == 403
            assert refused == (role < route.role), (role, route.method, route.path)
            assert answer.status not in (401, 500)


@pytest.mark.parametrize('route', ROUTES, ids=ids)
def test_route_says_what_it_does(route):
    assert route.summary.endswith('.') and len(route.summary) < 100


def test_document_and_routes_are_the_same():
    paths = document()['paths']
    documented = {(method.upper(), path) for path, operations in paths.items()
                  for method in operations}
    assert documented == {(route.method, plain_path(route)) for route in ROUTES}


def test_schemas_of_the_document_are_schemas_and_references_lead_somewhere():
    whole = document()
    for schema in whole['components']['schemas'].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = [operation['operationId'] for operations in whole['paths'].values()
             for operation in operations.values()]
    assert len(set(names)) == len(names)
    for reference in re.findall(r"'\$ref': '([^']*)'", repr(whole)):
        place = whole
        for part in reference.removeprefix('#/').split('/'):
            place = place[part]


async def test_answers_match_their_schemas(served, api):
    await api.post('/api/v1/tokens', json={'name': 'robot'})
    whole = document()
    for path in ('/health', '/ready', '/api/v1/system/stats', '/api/v1/session', '/api/v1/tokens',
                 '/api/v1/cameras', '/api/v1/cameras/front', '/api/v1/cameras/front/status',
                 '/api/v1/detections', '/api/v1/tracks', '/api/v1/cameras/nope'):
        answer = await api.get(path)
        template = re.sub('/(front|nope)', '/{name}', path)
        response = whole['paths'][template]['get']['responses'][str(answer.status)]
        if '$ref' in response:
            response = whole['components']['responses']['Problem']
        schema = response['content'][answer.content_type]['schema']
        jsonschema.validate(await answer.json(content_type=None), {
            **schema, 'components': whole['components']})
