"""However often the bridge is killed, each track begins and ends once and no number is missing."""
import json
import random
import signal
import sqlite3

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import until  # noqa: E402
from smartcam_bridge.store.event_rows import event_of, STORED  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from talking import NODE  # noqa: E402

CAMERAS = ['front', 'rear']
ALIVE_S = (0.1, 1.5)    # how long a bridge records before it is killed
STARTED_WITHIN_S = 120.0
OPEN = 'SELECT count(*) FROM tracks WHERE end_reason IS NULL'
UNEVEN = """
    SELECT tracks.id, sum(events.type = 'track_started'), sum(events.type = 'track_ended')
    FROM tracks LEFT JOIN events ON events.track_id = tracks.id GROUP BY tracks.id
    HAVING sum(events.type = 'track_started') IS NOT 1 OR sum(events.type = 'track_ended') IS NOT 1
"""
WITHOUT_TRACK = """
    SELECT id FROM {} WHERE track_id IS NOT NULL AND track_id NOT IN (SELECT id FROM tracks)
"""
VISITS = """
    SELECT zone_id, track_id, count(*), count(exited_ns) FROM visits GROUP BY 1, 2 ORDER BY 1, 2
"""
VISITS_TOLD = """
    SELECT shape_id, track_id, sum(type = 'zone_entered'), sum(type = 'zone_exited') FROM events
    WHERE type IN ('zone_entered', 'zone_exited') GROUP BY 1, 2 ORDER BY 1, 2
"""
EMPTIED = """
    SELECT shape_id, json_extract(detail, '$.occupancy') FROM events WHERE id IN (
    SELECT max(id) FROM events WHERE type = 'occupancy_changed' GROUP BY shape_id)
"""


def up(bridge):
    """Return a bridge that records; so many starts meet a busy machine once."""
    run_file = bridge.data_dir / 'run' / 'bridge.json'
    until(lambda: run_file.exists() and str(bridge.process.pid) in run_file.read_text(),
          lambda: bridge.log, deadline_s=STARTED_WITHIN_S)
    until(bridge.ready)
    return bridge


def draw(bridge):
    """Make a zone over the middle and a line through it, for each camera."""
    for camera in CAMERAS:
        for kind, shape in (
                ('zones', {'points': [[0.3, 0], [0.7, 0], [0.7, 1], [0.3, 1]], 'inertia': 1}),
                ('tripwires', {'start': [0.5, 0], 'end': [0.5, 1]})):
            status, made = bridge.request('POST', f'/api/v1/cameras/{camera}/{kind}',
                                          {'name': kind, **shape})
            assert status == 201, made


def rows(bridge, sql):
    """Ask the file while the bridge may be writing."""
    connection = sqlite3.connect(bridge.database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize('rounds', [
    pytest.param(8, marks=pytest.mark.timeout(240)),
    pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_whatever_is_killed_each_track_begins_and_ends_once(start, start_bridge, talker, rounds):
    dice = random.Random(rounds)
    bridge = up(start_bridge(cameras=CAMERAS))
    draw(bridge)
    topic = talker.collect(String, f'{NODE}/events')
    start('demo_scene', cameras=CAMERAS, objects=12)
    left_open = 0
    for _ in range(rounds):
        talker.until(lambda: rows(bridge, OPEN) != [(0,)])
        alive_s = dice.uniform(*ALIVE_S)
        end_ns = talker.node.get_clock().now().nanoseconds + int(alive_s * 1e9)
        talker.until(lambda: talker.node.get_clock().now().nanoseconds > end_ns)
        bridge.stop(signal.SIGKILL)
        left_open += rows(bridge, OPEN)[0][0]
        bridge = up(start_bridge(cameras=CAMERAS))
    talker.until(lambda: rows(bridge, OPEN) != [(0,)])
    bridge.stop()
    assert bridge.process.returncode == 0
    assert left_open >= rounds, 'each kill left tracks open'

    stored = [event_of(row) for row in rows(
        bridge, f'SELECT {", ".join(STORED)}, NULL, NULL FROM events ORDER BY id')]
    assert [event.seq for event in stored] == list(range(1, len(stored) + 1))
    assert rows(bridge, 'SELECT count(*) > 20 FROM tracks') == [(1,)]
    assert rows(bridge, OPEN) == [(0,)]
    assert rows(bridge, UNEVEN) == []
    for table in ('events', 'visits', 'crossings'):
        assert rows(bridge, WITHOUT_TRACK.format(table)) == [], table
    assert rows(bridge, 'SELECT count(*) > 0 FROM visits') == [(1,)]
    visits = rows(bridge, VISITS)
    assert visits == rows(bridge, VISITS_TOLD), 'each was told to begin and to end'
    assert all(begun == ended for _, _, begun, ended in visits)
    assert {occupancy for _, occupancy in rows(bridge, EMPTIED)} == {0}
    states = [event.type for event in stored if event.type.startswith('camera_')
              and event.camera == 'front']
    assert states == ['camera_online', 'camera_offline'] * (rounds + 1)
    known = {event.seq: event.as_json() for event in stored}
    told = [json.loads(message.data) for message in topic]
    assert len(told) > rounds
    assert [event for event in told if known.get(event['seq']) != event] == []
