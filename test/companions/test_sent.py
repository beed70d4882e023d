import json

import numpy as np
import pytest

from smartcam_bridge.companions.sent import SentCamera, SentRobot, write_account
from smartcam_bridge.errors import SmartcamError


def test_account_tells_messages_boxes_and_tracks(tmp_path):
    sent = SentCamera(width=64, height=48)
    sent.note_boxes(10, np.array([[1, 2, 3, 4.126], [5, 6, 7, 8.0]]), ('car', 'dog'), ('1', '2'),
                    detected=3)
    sent.note_boxes(20, np.empty((0, 4)), (), ())
    sent.note_boxes(30, np.array([[2, 2, 4, 4.0]]), ('car',), ('1',))
    sent.frames = 2
    write_account(tmp_path / 'truth.json', {'front': sent})
    account = json.loads((tmp_path / 'truth.json').read_text())
    assert account == {'cameras': {'front': {
        'width': 64, 'height': 48, 'frames': 2, 'messages': 3, 'boxes': 3,
        'detected': 4, 'tracks': [
            {'id': '1', 'label': 'car', 'observations': 2, 'first_ns': 10, 'last_ns': 30,
             'stamps_ns': [10, 30], 'corners_px': [[1, 2, 3, 4.13], [2, 2, 4, 4]]},
            {'id': '2', 'label': 'dog', 'observations': 1, 'first_ns': 10, 'last_ns': 10,
             'stamps_ns': [10], 'corners_px': [[5, 6, 7, 8]]}]}}}


def test_account_tells_where_robot_and_objects_were(tmp_path):
    sent, robot = SentCamera(width=64, height=48), SentRobot('odom', [10], [[1.0, 2.0, 0.5]])
    sent.note_boxes(10, np.array([[1, 2, 3, 4.0]]), ('car',), ('1',))
    sent.note_spots(('1',), ('17',), np.array([[3.25, -4.5]]))
    write_account(tmp_path / 'truth.json', {'front': sent}, robot)
    account = json.loads((tmp_path / 'truth.json').read_text())
    assert account['robot'] == {'frame': 'odom', 'stamps_ns': [10], 'poses': [[1, 2, 0.5]]}
    track, = account['cameras']['front']['tracks']
    assert (track['object'], track['spots_m']) == ('17', [[3.25, -4.5]])


def test_an_account_that_cannot_be_written_says_where(tmp_path):
    with pytest.raises(SmartcamError, match=str(tmp_path / 'none')):
        write_account(tmp_path / 'none' / 'truth.json', {})


def test_account_tells_who_people_are_and_each_face(tmp_path):
    sent = SentCamera(width=64, height=48)
    sent.note_boxes(10, np.array([[1, 2, 3, 4.0], [5, 6, 7, 8.0]]), ('person', 'dog'), ('1', '2'))
    sent.note_people({'1': 'Ada Ahrens'})
    sent.note_faces(10, np.array([[1, 2, 2, 3.126]]), np.array([[0.5, 0.75, 1.0]]), ('',), ('1',),
                    ('Ada Ahrens',))
    sent.note_faces(20, np.empty((0, 4)), np.empty((0, 3)), (), (), ())
    write_account(tmp_path / 'truth.json', {'front': sent})
    account = json.loads((tmp_path / 'truth.json').read_text())['cameras']['front']
    assert [track.get('person') for track in account['tracks']] == ['Ada Ahrens', None]
    assert account['faces'] == [{
        'stamp_ns': 10, 'track': '1', 'id': '', 'person': 'Ada Ahrens',
        'corners': [1, 2, 2, 3.13], 'quality': [0.5, 0.75, 1]}]
