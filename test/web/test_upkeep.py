"""Reconciling over REST: looks unless told to mend, and asks before more than half goes."""
import os

import pytest

PATH = '/api/v1/system/reconcile'


@pytest.fixture
def stray(served):
    """Return a picture that no row knows."""
    file = served.recorder._session.path.parent / 'media' / 'day' / '7-crop.jpg'
    file.parent.mkdir(parents=True)
    file.write_bytes(b'x')
    os.utime(file, (1, 1))
    return file


async def test_a_look_changes_nothing(api, stray):
    for body in {}, {'dry_run': True, 'confirm': True}:
        answer = await (await api.post(PATH, json=body)).json()
        assert answer['found']['files_without_row'] == 1 == sum(answer['found'].values())
        assert (answer['more_than_half'], answer['mended']) == (['files_without_row'], False)
        assert stray.exists()


async def test_more_than_half_goes_when_that_is_confirmed(api, stray):
    refused = await api.post(PATH, json={'dry_run': False})
    problem = await refused.json()
    assert (refused.status, problem['code']) == (409, 'conflict')
    assert '1 picture files that no row knows. Nothing was changed' in problem['detail']
    assert stray.exists()
    answer = await (await api.post(PATH, json={'dry_run': False, 'confirm': True})).json()
    assert answer['mended'] and not stray.exists()
    answer = await (await api.post(PATH, json={'dry_run': False})).json()
    assert answer['mended'] and not any(answer['found'].values())


async def test_the_state_of_disk_and_pictures_is_in_the_stats(api):
    recorder = (await (await api.get('/api/v1/system/stats')).json())['recorder']
    assert recorder['disk'] in ('ok', 'low', 'critical', 'full')
    assert recorder['media_bytes'] == recorder['purged_media'] == 0
    assert recorder['database_bytes'] >= recorder['log_bytes'] >= 0
