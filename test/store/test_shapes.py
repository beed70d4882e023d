"""Shapes in the store: drawn, changed, deleted, kept over restarts and a lost file."""
import sqlite3

import pytest

from smartcam_bridge.domain.shapes import Tripwire, Zone
from smartcam_bridge.errors import Conflict, NotFound, ShapeError
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.shapes import SHAPES_MAX
from smartcam_bridge.store.tasks import ChangeShape, CreateShape, DeleteCamera, DeleteShape

POINTS = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]
ZONE = CreateShape('front', 'zone', 'door', True, {'points': POINTS, 'labels': ['person']})
LINE = CreateShape('front', 'tripwire', 'door', True, {'start': [0.1, 0.5], 'end': [0.9, 0.5]})


class Opened:
    """A recorder and what it told of shapes."""

    def __init__(self, folder):
        self.path = folder / 'smartcam.sqlite3'
        self.told = []
        self.recorder = Recorder(
            self.path, lambda: Settings.from_values({'cameras': ('front', 'back')}),
            on_shapes=self.told.append)
        self.stored = self.recorder.start()

    def submit(self, command):
        return self.recorder.submit(command).result(60)


@pytest.fixture
def opened(tmp_path):
    made = Opened(tmp_path)
    yield made
    made.recorder.close()


def test_shape_is_drawn_changed_and_deleted(opened):
    zone = opened.submit(ZONE)
    assert isinstance(zone, Zone) and zone.id and zone.points[1] == (0.9, 0.1)
    line = opened.submit(LINE)
    assert isinstance(line, Tripwire) and line.id != zone.id
    assert set(opened.told[-1]) == {line, zone}
    changed = opened.submit(ChangeShape(zone.id, 'gate', None, {'loiter_s': 30}))
    assert (changed.name, changed.loiter_s, changed.labels, changed.enabled) == (
        'gate', 30.0, ('person',), True)
    assert set(opened.told[-1]) == {line, changed}
    assert opened.submit(ChangeShape(zone.id, None, False, {})).enabled is False
    opened.submit(DeleteShape(zone.id))
    assert opened.told[-1] == (line,)
    with pytest.raises(NotFound):
        opened.submit(DeleteShape(zone.id))
    assert opened.submit(ZONE).id > line.id     # an id is never used again: history points to it


def test_refused_change_leaves_what_was_there(opened):
    zone = opened.submit(ZONE)
    other = opened.submit(CreateShape('front', 'zone', 'gate', True, {'points': POINTS}))
    told = len(opened.told)
    for command, error in [
            (ZONE, Conflict), (ChangeShape(zone.id, 'gate', None, {}), Conflict),
            (CreateShape('nope', 'zone', 'x', True, {'points': POINTS}), NotFound),
            (CreateShape('front', 'zone', 'x', True, {'points': POINTS[:2]}), ShapeError),
            (ChangeShape(zone.id, 'x', None, {'points': POINTS[:2]}), ShapeError),
            (ChangeShape(zone.id, None, None, {'start': [0, 0]}), ShapeError),
            (ChangeShape(99, 'x', None, {}), NotFound)]:
        with pytest.raises(error):
            opened.submit(command)
    assert len(opened.told) == told
    assert opened.submit(ChangeShape(zone.id, None, None, {})) == zone
    assert opened.submit(ChangeShape(other.id, None, None, {})) == other


def test_camera_has_so_many_shapes_and_no_more(opened):
    for number in range(SHAPES_MAX):
        opened.submit(CreateShape('front', 'mask', str(number), True, {'points': POINTS}))
    with pytest.raises(Conflict, match=str(SHAPES_MAX)):
        opened.submit(ZONE)
    opened.submit(CreateShape('back', 'zone', 'door', True, {'points': POINTS}))


def test_shapes_are_there_after_a_restart(opened, tmp_path):
    drawn = {opened.submit(ZONE), opened.submit(LINE)}
    opened.recorder.close()
    again = Opened(tmp_path)
    assert set(again.stored.shapes) == drawn
    again.recorder.close()


def test_shapes_go_with_their_camera(opened):
    opened.submit(ZONE)
    kept = opened.submit(CreateShape('back', 'zone', 'door', True, {'points': POINTS}))
    opened.submit(DeleteCamera('front'))
    assert opened.told[-1] == (kept,)


def test_shapes_outlive_a_file_that_is_lost(opened):
    drawn = {opened.submit(ZONE), opened.submit(LINE)}
    for end in ('', '-wal', '-shm'):
        opened.path.with_name(opened.path.name + end).unlink(missing_ok=True)
    drawn.add(opened.submit(CreateShape('back', 'zone', 'door', True, {'points': POINTS})))
    assert set(opened.told[-1]) == drawn


def test_shape_that_cannot_be_read_is_left_out(opened, tmp_path):
    kept = opened.submit(LINE)
    zone = opened.submit(ZONE)
    opened.recorder.close()
    for definition in ('{', '[]', '{"points": 3}', '{"from": "the future"}'):
        with sqlite3.connect(opened.path) as connection:
            connection.execute('UPDATE shapes SET definition = ? WHERE id = ?',
                               (definition, zone.id))
        connection.close()
        again = Opened(tmp_path)
        assert again.stored.shapes == (kept,)
        again.recorder.close()
