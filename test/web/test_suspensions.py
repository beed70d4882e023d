"""When the robot moved is listed."""
import pytest

from serving import Served
from smartcam_bridge.domain.robot import Suspension
from smartcam_bridge.store.tasks import Barrier, RecordSuspension

NS = 1_000_000_000
START_NS = 1_800_000_000 * NS


@pytest.mark.asyncio
async def test_suspensions_are_listed_by_camera_and_time(served: Served, api) -> None:
    served.submit(Barrier())
    front, back = (camera.id for camera in sorted(served.cameras, key=lambda c: c.name != 'front'))
    for number in range(3):
        begin_ns = START_NS + number * 100 * NS
        served.recorder.record(RecordSuspension(
            front, Suspension(begin_ns, 'driving', begin_ns + 10 * NS if number < 2 else None)))
    served.recorder.record(RecordSuspension(back, Suspension(START_NS, 'turning', START_NS + NS)))
    served.submit(Barrier())

    async def begins(**query: str) -> list[str]:
        async with api.get('/api/v1/suspensions', params=query) as response:
            assert response.status == 200
            return [item['begin'][14:19] for item in (await response.json())['items']]

    assert await begins(camera='front') == ['03:20', '01:40', '00:00']
    assert await begins(**{'camera': 'front', 'from': '2027-01-15T08:01:45Z'}) == [
        '03:20', '01:40']
    assert await begins(to='2027-01-15T08:01:00Z', order='oldest') == ['00:00', '00:00']
    async with api.get('/api/v1/suspensions',
                       params={'camera': 'front', 'limit': '1'}) as response:
        page = await response.json()
    assert page['items'] == [{'camera': 'front', 'begin': '2027-01-15T08:03:20.000000000Z',
                              'end': None, 'reason': 'driving'}]
    async with api.get('/api/v1/suspensions', params={
            'camera': 'front', 'limit': '1', 'cursor': page['next']}) as response:
        assert (await response.json())['items'][0]['end'] == '2027-01-15T08:01:50.000000000Z'
