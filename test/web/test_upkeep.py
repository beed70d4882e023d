"""Tracks are pinned; a reconciliation only looks unless told to, and asks before half goes."""
import os

import numpy as np
import pytest

from smartcam_bridge.domain.model import PATH_POINT, TrackState
from smartcam_bridge.store.tasks import Barrier, RecordLabel, RecordTrack

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


async def test_a_track_is_pinned_by_an_operator_and_unpinned(served, api):
    path = '/api/v1/tracks/7'
    served.recorder.record(RecordLabel(1, 'car'), RecordTrack(TrackState(
        7, served.cameras[0].id, 't7', 1, 1, 2, 9, 0.9, 0.8, 0.7, np.empty(0, PATH_POINT))))
    served.submit(Barrier())
    for pinned in True, False:
        answer = await api.patch(path, json={'pinned': pinned})
        assert (answer.status, (await answer.json())['pinned']) == (200, pinned)
        assert (await (await api.get(path)).json())['pinned'] is pinned
    viewer = {'Authorization': f'Bearer {served.secret("viewer")}'}
    assert (await api.patch(path, json={'pinned': True}, headers=viewer)).status == 403
    assert (await api.patch('/api/v1/tracks/8', json={'pinned': True})).status == 404
    assert (await api.patch(path, json={})).status == 422
    assert (await (await api.get(path)).json())['pinned'] is False
