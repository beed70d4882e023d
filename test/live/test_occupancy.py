"""Occupancy: the latest counts."""
from smartcam_bridge.domain.events import Event
from smartcam_bridge.live.occupancy import Occupancy


def changed(zone_id, count):
    return Event('occupancy_changed', 'front', 1, {'zone': zone_id, 'occupancy': count},
                 shape_id=zone_id)


def test_latest_count_of_each_zone_holds():
    occupancy = Occupancy()
    assert occupancy.now() == {}
    occupancy.see([changed(1, 1), changed(2, 3), changed(1, 2)])
    before = occupancy.now()
    assert before == {1: 2, 2: 3}
    occupancy.see([Event('track_started', 'front', 1, {}), changed(2, 0)])
    assert occupancy.now() == {1: 2} and before == {1: 2, 2: 3}


def test_empty_zones_leave_nothing_behind():
    occupancy = Occupancy()
    for zone_id in range(1, 1000):
        occupancy.see([changed(zone_id, 1)])
        occupancy.see([changed(zone_id, 0)])
    assert occupancy.now() == {}
