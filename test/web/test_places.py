"""Where the robot was when tracks began, over HTTP."""
from dataclasses import replace
from pathlib import Path
import sys

import pytest

from serving import Served
from smartcam_bridge.domain.model import Pose
from smartcam_bridge.store.tasks import Barrier, RecordLabel, RecordTrack

sys.path.insert(0, str(Path(__file__).parents[1] / 'store'))  # for store_builders

from store_builders import track  # noqa: E402


@pytest.mark.asyncio
async def test_places_are_counted_in_the_frame_of_most_tracks(served: Served, api) -> None:
    async with api.get('/api/v1/analytics/places') as response:
        assert await response.json() == {'frame': None, 'frames': [], 'cell_m': 0.5, 'total': 0,
                                         'cells': []}
    served.recorder.record(RecordLabel(1, 'person'))
    for number, (frame, x) in enumerate([('map', -0.2), ('map', 1.1), ('map', 1.4), ('odom', 9)]):
        pose = Pose(frame, x, 2.0, 0.0, 0.0)
        served.recorder.record(RecordTrack(replace(
            track(number + 1), camera_id=served.cameras[0].id, poses=(('start', pose),))))
    served.submit(Barrier())
    async with api.get('/api/v1/analytics/places', params={'cell_m': '1'}) as response:
        assert await response.json() == {
            'frame': 'map', 'frames': ['map', 'odom'], 'cell_m': 1.0, 'total': 3,
            'cells': [{'x': 1.0, 'y': 2.0, 'tracks': 2}, {'x': -1.0, 'y': 2.0, 'tracks': 1}]}
    async with api.get('/api/v1/analytics/places', params={
            'frame': 'odom', 'label': 'person', 'camera': served.cameras[0].name}) as response:
        assert (await response.json())['total'] == 1
