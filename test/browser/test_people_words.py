"""What the page says of people: words, refusals, and pictures that are small enough to send."""
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(('name', 'letters'), [
    ('Ada Lovelace', 'AL'), ('mary', 'M'), ('Žofie  von Ün', 'ŽÜ'), ('  ', '?'), (None, '?'),
    ('\U0001f600 x', '\U0001f600X')])
def test_who_has_no_picture_has_letters(run_module: Run, name: str | None, letters: str) -> None:
    assert run_module('people_words.js', 'return m.initials(argument)', name) == letters


@pytest.mark.parametrize(('consent', 'is_recognised'), [
    ('not_asked', True), ('given', True), ('refused', False), ('withdrawn', False)])
def test_consent_is_said_in_a_word(run_module: Run, consent: str, is_recognised: bool) -> None:
    said, words = run_module(
        'people_words.js',
        'return [m.recognised(argument), m.consentMark(argument).textContent]', consent)
    assert said is is_recognised
    assert words == f'Consent: {consent.replace("_", " ")}'


@pytest.mark.parametrize(('problem', 'words', 'may_override'), [
    ({'status': 422, 'code': 'face_too_small'}, 'nearer to the camera', True),
    ({'status': 422, 'code': 'face_blurred'}, 'sharper', True),
    ({'status': 422, 'code': 'near_duplicate', 'body': {'similarity': 0.987}}, '0.99', True),
    ({'status': 422, 'code': 'consent'}, 'Change the consent', False),
    ({'status': 422, 'code': 'several_faces'}, 'one only', True),
    ({'status': 503, 'code': 'no_embedder'}, 'face_embedder', False),
    ({'status': 422, 'code': 'unheard_of', 'message': 'the reason'}, 'the reason', False)])
def test_refusal_says_what_to_do(
        run_module: Run, problem: dict[str, Any], words: str, may_override: bool) -> None:
    said, overridable = run_module(
        'enroll.js', 'return [m.refusalWords(argument), m.overridable(argument)]', problem)
    assert words in said
    assert overridable is may_override


@pytest.mark.parametrize(('size', 'expected'), [
    ((3000, 2000), 1280), ((400, 300), 400), ((20, 4000), 1280)])
def test_picture_is_made_small_enough_to_send(
        run_module: Run, size: tuple[int, int], expected: int) -> None:
    body = """
      const [width, height] = argument;
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      for (let i = 0; i < 3000; i += 1) {
        context.fillStyle = `rgb(${i * 7 % 256} ${i * 31 % 256} ${i * 77 % 256})`;
        context.fillRect(i * 97 % width, i * 61 % height, 40, 40);
      }
      const blob = await canvas.convertToBlob({ type: 'image/png' });
      const sent = await m.smallJpeg(blob);
      const bytes = Uint8Array.from(atob(sent), c => c.charCodeAt(0));
      const made = await createImageBitmap(new Blob([bytes]));
      return [Math.max(made.width, made.height), bytes.length, bytes[0], bytes[1]];"""
    longer, length, *magic = run_module(
        'picture_file.js', f'return (async () => {{ {body} }})();', list(size))
    assert magic == [0xFF, 0xD8]
    assert length <= 1_000_000
    assert longer <= expected


def test_what_is_no_picture_is_said_so(run_module: Run) -> None:
    said = run_module('picture_file.js', """
      return m.smallJpeg(new Blob(['no picture'])).catch(error => error.message);""")
    assert 'no picture' in said


ADA, BOB = {'id': 1, 'name': 'Ada'}, {'id': 2, 'name': '<b>Bob'}


@pytest.mark.parametrize(('event', 'words'), [
    ({'type': 'person_identified', 'person': ADA}, 'Ada was identified'),
    ({'type': 'person_identified', 'label': 'person'}, 'person was given a wrong name'),
    ({'type': 'person_changed', 'person': BOB, 'was': ADA}, '<b>Bob was identified, not Ada'),
    ({'type': 'person_changed', 'person': BOB, 'was': {'id': 9, 'name': None}},
     '<b>Bob was identified, not Somebody who is forgotten'),
    ({'type': 'stranger_seen', 'stranger': 4, 'label': 'person'}, 'Stranger 4 was seen'),
    ({'type': 'stranger_seen', 'stranger': 4, 'person': ADA},
     'Ada was seen, without a name at that time'),
    ({'type': 'zone_entered', 'person': ADA, 'label': 'person', 'zone_name': 'Desk'},
     'Ada entered Desk')])
def test_events_say_who_it_was(run_module: Run, event: dict[str, Any], words: str) -> None:
    assert run_module('event_words.js', 'return m.eventText(argument)', event) == words


@pytest.mark.parametrize(('action', 'words'), [
    ('rejected', 'the name was wrong: taken away by op'),
    ('named', 'the stranger was named by op'),
    ('forgotten', 'the person was forgotten by op'), ('new_kind', 'new kind by op')])
def test_corrections_say_by_whom(run_module: Run, action: str, words: str) -> None:
    said = run_module('event_words.js', """
      return m.correctionWords(argument).map(part => part.textContent ?? part).join('');""",
                      {'at': '2026-01-31T12:00:00Z', 'by': 'op', 'action': action, 'was': 1})
    assert said.startswith(f'{words}, ')


@pytest.mark.parametrize(('query', 'is_fit'), [
    ({'person': '1'}, True), ({'person': '2'}, True), ({'person': '3'}, False),
    ({'stranger': '4'}, False), ({}, True)])
def test_live_events_fit_the_person_asked_for(
        run_module: Run, query: dict[str, str], is_fit: bool) -> None:
    event = {'type': 'person_changed', 'person': ADA, 'was': BOB, 'severity': 'notice'}
    assert run_module('event_words.js', 'return m.fits(...argument)', [event, query]) is is_fit


@pytest.mark.parametrize(('rate', 'words'), [
    (0, 'none'), (0.0004, 'fewer than one'), (0.0084, 'about 8'), (1, 'about 1,000'),
    (None, 'nobody knows how many')])
def test_rates_are_said_in_people(run_module: Run, rate: float | None, words: str) -> None:
    assert run_module('threshold.js', 'return m.ofThousand(argument)', rate) == words


@pytest.mark.parametrize(('rates', 'words'), [
    ([0, 0.0084], ['up to 84 in 1,000 strangers', 'about 8 would']),
    ([0.0084, 0], ['about 8 would', 'Every face that could reached its own person.'])])
def test_none_among_few_is_not_none_at_all(
        run_module: Run, rates: list[float], words: list[str]) -> None:
    said = run_module('threshold.js', 'return m.meaning(...argument)',
                      [dict(zip(('false_accept', 'false_reject'), rates)), 36])
    assert [part in text for part, text in zip(words, said)] == [True, True]


def test_names_follow_events_and_the_history(run_module: Run) -> None:
    names = run_module('names.js', """
      const names = new m.Names();
      const all = () => [1, 2, 3, 4].map(id => names.get(id) ?? null);
      const ada = { id: 1, name: 'Ada' };
      names.hear({ type: 'person_identified', track: 1, person: ada });
      names.hear({ type: 'person_identified', track: 2, person: ada });
      names.hear({ type: 'person_changed', track: 2, person: { id: 2, name: 'Bob' }, was: ada });
      names.hear({ type: 'zone_entered', track: 3, label: 'person' });
      const heard = all();
      names.hear({ type: 'person_changed', track: 1, was: ada });
      names.hear({ type: 'track_ended', track: 2, person: { id: 2, name: 'Bob' } });
      const ended = all();
      const items = [[1, 'Ada'], [3, 'Eve'], [4, 'Old']].map(([id, name]) => (
        { id, identity: { verdict: 'known', person: { id: 9, name } } }));
      const fetched = window.fetch;
      window.fetch = async () => {
        names.hear({ type: 'person_identified', track: 4, person: ada });
        return new Response(JSON.stringify({ items, next: null }));
      };
      return names.read().finally(() => { window.fetch = fetched; })
        .then(() => [heard, ended, all()]);""")
    assert names == [['Ada', 'Bob', None, None], [None, None, None, None],
                     ['Ada', None, 'Eve', 'Ada']]


@pytest.mark.parametrize(('name', 'painted'), [
    ('Ada', 'Ada'), ('', 'person 0.90 #7'), ('\u202e', 'person 0.90 #7'),
    ('x' * 40, 'x' * 23 + '…')])
def test_name_stands_beside_a_box_in_place_of_its_label(
        run_module: Run, name: str, painted: str) -> None:
    boxes = {'labels': ['person'], 'scores': [0.9], 'ids': ['7'], 'tracks': [3]}
    assert run_module('overlay.js', 'return m.caption(argument[0], 0, true, argument[1])',
                      [boxes, name]) == painted


@pytest.mark.parametrize(('schedule', 'words'), [
    ([], 'always'), ([(['mon', 'tue', 'wed', 'sat'], '08:00', '18:00')],
                     'Mon–Wed, Sat 08:00–18:00 (Europe/Berlin)'),
    ([(['sat', 'sun'], '10:00', '12:00')], 'Sat, Sun 10:00–12:00 (Europe/Berlin)'),
    ([(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], '00:00', '12:00')],
     'daily 00:00–12:00 (Europe/Berlin)')])
def test_hours_are_said_in_words(
        run_module: Run, schedule: list[tuple[list[str], str, str]], words: str) -> None:
    hours = {'timezone': 'Europe/Berlin', 'schedule': [
        dict(zip(('days', 'from', 'to'), window)) for window in schedule]}
    assert run_module('schedule_form.js', 'return m.hoursWords(argument)', hours) == words


@pytest.mark.parametrize(('camera', 'words'), [
    ({'enabled': True, 'recognition': {'enabled': True}}, 'always'),
    ({'enabled': True, 'recognition': {'enabled': False}}, 'no'),
    ({'enabled': False, 'recognition': {'enabled': True}}, 'no: the camera is off')])
def test_recognition_is_said_in_words(
        run_module: Run, camera: dict[str, Any], words: str) -> None:
    assert run_module('privacy.js', 'return m.recognisedWords(argument)', camera) == words


@pytest.mark.parametrize(('lasts', 'words'), [
    (None, 'until it is removed'), ({'value': 72.0, 'unit': 'h'}, '72 hours'),
    ({'value': 1, 'unit': 'days'}, '1 day'), ({'value': 0.5, 'unit': 'days'}, '0.5 days'),
    ({'value': 5, 'unit': 'files'}, 'the newest 5 files'),
    ({'value': 1, 'unit': 'files'}, 'the newest 1 file')])
def test_how_long_is_said_in_words(
        run_module: Run, lasts: dict[str, Any] | None, words: str) -> None:
    assert run_module('privacy.js', 'return m.lastsWords(argument)', lasts) == words
