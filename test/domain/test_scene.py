"""The scene: visits and crossings become events, and occupancy is always right."""
from scene_builders import ended, kinds, scene_of, sight, START_NS, tripwire, walk, zone

from smartcam_bridge.domain.times import NS

OUT, IN = (0.1, 0.5), (0.55, 0.5)


def test_visit_is_told_from_entry_to_exit():
    told = walk(scene_of(zone(3)), [OUT, IN, IN, OUT])
    assert [event.type for event in told.events] == [
        'zone_entered', 'occupancy_changed', 'zone_exited', 'occupancy_changed']
    entered, one, exited, none = told.events
    assert entered.detail == {'zone': 3, 'zone_name': 'zone 3'}
    assert (entered.shape_id, entered.track_id, entered.label, entered.camera, entered.camera_id
            ) == (3, 7, 'person', 'front', 1)
    assert one.detail == {'zone': 3, 'zone_name': 'zone 3', 'occupancy': 1}
    assert none.detail['occupancy'] == 0 and none.track_id == 0
    opened, closed = told.visits
    assert (opened.entered_ns, opened.exited_ns) == (entered.stamp_ns, None)
    assert (closed.entered_ns, closed.exited_ns) == (entered.stamp_ns, exited.stamp_ns)
    assert exited.detail['dwell_s'] == round((closed.exited_ns - closed.entered_ns) / NS, 3)


def test_scene_without_shapes_is_not_active():
    scene = scene_of()
    assert not scene.active
    scene.change([zone()])
    assert scene.active
    scene.change([zone(), tripwire()])
    scene.change([tripwire()])
    assert scene.active
    scene.change([])
    assert not scene.active


def test_track_that_ends_inside_leaves_at_its_last_observation():
    scene = scene_of(zone())
    walk(scene, [OUT, IN, IN])
    last_ns = START_NS + 2 * NS // 10
    told = scene.end([ended(7, last_ns)])
    assert kinds(told) == ['zone_exited'] and told.visits[0].exited_ns == last_ns
    assert scene.occupancy() == {1: 0}
    assert scene.end([ended(7, last_ns)]).events == []


def test_crossing_is_told():
    told = walk(scene_of(tripwire(4)), [(0.7, 0.5), (0.3, 0.5)])
    assert kinds(told) == ['tripwire_crossed']
    assert told.events[0].detail == {'tripwire': 4, 'tripwire_name': 'line 4', 'direction': 'in'}
    assert told.events[0].stamp_ns == told.crossings[0].stamp_ns


def test_empty_message_changes_nothing():
    scene = scene_of(zone(), tripwire())
    assert scene.observe(sight(START_NS, {})).events == []
