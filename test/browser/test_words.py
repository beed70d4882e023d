"""Values become words that are right, short and safe."""
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(('seconds', 'words'), [
    (0, '0.0 s'), (4.24, '4.2 s'), (12.4, '12 s'), (65, '1 min 05 s'), (3600, '1 h 00 min'),
    (7384, '2 h 03 min'), (90061, '1 d 01 h'), (None, '–')])
def test_duration(run_module: Run, seconds: float | None, words: str) -> None:
    assert run_module('words.js', 'return m.duration(argument)', seconds) == words


@pytest.mark.parametrize(('seconds', 'words'), [
    (None, 'never'), (0.2, 'now'), (3.2, '3 s ago'), (75, '1 min 15 s ago')])
def test_age(run_module: Run, seconds: float | None, words: str) -> None:
    assert run_module('words.js', 'return m.age(argument)', seconds) == words


@pytest.mark.parametrize(('text', 'painted'), [
    ('person', 'person'), ('a\u202eb\x07c', 'a b c'), ('x' * 50, 'x' * 9 + '…'),
    ('\U0001f600' * 11, '\U0001f600' * 9 + '…'), ('<b>', '<b>')])
def test_painted_text_is_printable_and_bounded(run_module: Run, text: str, painted: str) -> None:
    assert run_module('words.js', 'return m.plain(argument, 10)', text) == painted


def test_tally_names_the_most_frequent_first(run_module: Run) -> None:
    labels = ['car', 'person', 'person', '']
    words = run_module('words.js', 'return m.tally(argument)', labels)
    assert words == 'person: 2, no label: 1, car: 1'


@pytest.mark.parametrize(('given', 'kind', 'topic'), [
    ({}, 'detections', '/front/detections'), ({}, 'info', '/front/camera_info'),
    ({'image_topic': '/usb/raw'}, 'image', '/usb/raw'),
    ({}, 'embeddings', '/front/face_embeddings'),
    ({'tracks_topic': 'a/b'}, 'tracks', '/a/b'), ({'tracks_topic': '~/b'}, 'tracks', '~/b')])
def test_topic_is_what_one_types(
        run_module: Run, given: dict[str, str], kind: str, topic: str) -> None:
    camera = {'name': 'front', **given}
    assert run_module('words.js', 'return m.topic(...argument)', [camera, kind]) == topic


def test_stamps_lose_no_milliseconds(run_module: Run) -> None:
    stamp = '2026-01-31T12:00:00.123456789Z'
    assert run_module('words.js', 'return m.stampMs(argument)', stamp) == 1769860800123


@pytest.mark.parametrize(('recorder', 'state', 'said'), [
    ({'state': 'running', 'backlog': 0, 'capacity': 100}, 'good', ''),
    ({'state': 'running', 'backlog': 80, 'capacity': 100}, 'warn', 'being thinned'),
    ({'state': 'degraded', 'problem': 'disk full: make room'}, 'bad', 'disk full: make room'),
    ({'state': 'closed', 'problem': None}, 'bad', 'not running'),
    (None, 'unknown', '')])
def test_recorder_is_said_in_words_with_what_to_do(
        run_module: Run, recorder: dict[str, Any] | None, state: str, said: str) -> None:
    words = run_module('recorder.js', 'return m.recorderWords(argument)', recorder)
    assert words['state'] == state
    assert said in words['notice'] if said else words['notice'] == ''


@pytest.mark.parametrize(('code', 'said'), [
    (1001, 'The bridge is stopping'), (1008, 'no longer allowed'), (1013, 'no longer allowed'),
    (1006, 'No connection')])
def test_a_closed_connection_is_said_in_words(run_module: Run, code: int, said: str) -> None:
    words = run_module('live.js', "return m.closeWords(argument, 'no longer allowed')", code)
    assert said in words


@pytest.mark.parametrize('head', [b'', b'\x01', b'\xff\xff\xff\xff{}', b'\x02\x00\x00\x00{]x'])
def test_bytes_that_are_no_frame_are_refused(run_module: Run, head: bytes) -> None:
    body = 'return m.readFrame(new Uint8Array(argument).buffer)'
    assert run_module('frames.js', body, list(head)) is None
