"""Pages about people: everything once, in order, by what is asked."""
import base64
from pathlib import Path
import random
import sqlite3
from typing import Any, AsyncIterator, Awaitable, Callable

import people_rows as put
import pytest
import pytest_asyncio

from smartcam_bridge.errors import BadCursor, NotFound
from smartcam_bridge.store import people_pages, stranger_pages
from smartcam_bridge.store.cursors import decode_text, encode_text, Page
from smartcam_bridge.store.people_queries import (
    AuditQuery, PersonQuery, SightingQuery, StrangerQuery, TemplateQuery)
from smartcam_bridge.store.queries import Reader, TrackQuery
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, RecordLabel
from store_builders import START_NS, track_fact

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def reader(recorder: Recorder, path: Path) -> AsyncIterator[Reader]:
    """Return a reader of a store with one camera, and tracks 1 to 9 of it."""
    recorder.record(RecordLabel(1, 'person'), *(
        track_fact(number, first_ns=START_NS + number, last_ns=START_NS + 10 * number)
        for number in range(1, 10)))
    recorder.submit(Barrier()).result(60)
    opened = Reader(path)
    yield opened
    await opened.close()


async def everything(ask: Callable[[Any], Awaitable[Page]], kind: type, **values: Any) -> list:
    """Return the items of all pages."""
    page = await ask(kind(**values))
    items = page.items
    while page.next:
        page = await ask(kind(cursor=page.next, **values))
        items += page.items
    return items


@pytest.mark.parametrize('limit', [1, 3, 100])
async def test_people_by_name_whatever_the_case_and_each_once(
        reader: Reader, path: Path, limit: int) -> None:
    names = ['anna', 'Berta', 'Çelik', 'ben', 'Émile', '漢', '10%', 'a_b', 'Zoë', '\\']
    for number, name in enumerate(random.Random(7).sample(names, len(names)), 1):
        put.person(path, number, name)
    found = await everything(reader.people.people, PersonQuery, limit=limit)
    assert [each.person.name for each in found] == sorted(
        names, key=lambda name: ''.join(c.lower() if c.isascii() else c for c in name))


@pytest.mark.parametrize('limit', [1, 2, 100])
async def test_people_by_when_they_were_seen(reader: Reader, path: Path, limit: int) -> None:
    for number, name in enumerate(('never', 'first', 'last', 'too'), 1):
        put.person(path, number, name)
    for track, person in ((3, 2), (9, 3), (5, 3)):
        put.change(path, 'UPDATE tracks SET person_id = ? WHERE id = ?', person, track)
    found = await everything(reader.people.people, PersonQuery, limit=limit, order='seen')
    assert [(each.person.name, each.seen_ns) for each in found] == [
        ('last', START_NS + 90), ('first', START_NS + 30), ('too', None), ('never', None)]


@pytest.mark.parametrize(('values', 'names'), [
    ({'text': 'AN'}, ['Anna', 'Susan']), ({'text': '%'}, ['10%']), ({'text': '_'}, []),
    ({'text': '\\'}, []), ({'consent': 'refused'}, ['Susan']),
    ({'text': 'a', 'consent': 'given'}, ['Anna'])])
async def test_people_are_found(reader: Reader, path: Path, values: dict, names: list) -> None:
    put.person(path, 1, 'Anna')
    put.person(path, 2, 'Susan', consent='refused')
    put.person(path, 3, '10%')
    assert [each.person.name for each in await everything(
        reader.people.people, PersonQuery, **values)] == names


async def test_a_person_has_templates_a_picture_and_was_seen(reader: Reader, path: Path) -> None:
    put.person(path, 7, 'Anna', former_names='["Ann"]')
    put.template(path, 1, 7, quality=0.9)
    put.template(path, 2, 7, quality=0.2, jpeg=b'poor')
    put.template(path, 3, 7, quality=0.8, jpeg=b'good')
    put.template(path, 4, 8, jpeg=b'of another')
    found = await reader.people.person(7)
    assert (found.templates, found.seen_ns, found.picture) == (3, None, 3)
    assert await reader.people.person_picture(7) == b'good'
    assert await reader.people.template_picture(2) == b'poor'
    assert await reader.people.former_names(7) == ['Ann']
    one = await reader.people.template(3)
    assert (one.person_id, one.has_picture, one.dimension, one.face_px) == (7, True, 4, None)
    for missing in (reader.people.person(8), reader.people.template(9),
                    reader.people.template_picture(1), reader.people.person_picture(9),
                    reader.people.former_names(9), reader.people.best_face(1),
                    reader.people.templates(TemplateQuery(person_id=9))):
        with pytest.raises(NotFound):
            await missing


@pytest.mark.parametrize('order', ['newest', 'oldest'])
async def test_templates_sightings_strangers_and_audit_page_by_page(
        reader: Reader, path: Path, order: str) -> None:
    put.person(path, 7, 'Anna')
    for number in range(1, 8):
        put.template(path, number, 7, created_ns=START_NS)     # equal stamps
        put.sighting(path, number, 1, stamp_ns=START_NS + number // 3)
        put.stranger(path, number, last_ns=START_NS)
        put.audit_entry(path, number, 'named', at_ns=START_NS)
    for ask, kind, values in (
            (reader.people.templates, TemplateQuery, {'person_id': 7}),
            (reader.people.sightings, SightingQuery, {}),
            (reader.people.strangers, StrangerQuery, {}), (reader.people.audit, AuditQuery, {})):
        found = [each.id for each in await everything(ask, kind, limit=2, order=order, **values)]
        assert found == sorted(range(1, 8), reverse=order == 'newest'), kind


@pytest.mark.parametrize(('values', 'ids'), [
    ({'person_id': 7}, [2]), ({'stranger_id': 3}, [3]), ({'track_id': 1}, [1, 2]),
    ({'camera': 'camera'}, [1, 2, 3]), ({'from_ns': START_NS + 2}, [2, 3]),
    ({'to_ns': START_NS + 2}, [1]), ({'person_id': 9}, [])])
async def test_sightings_are_filtered(reader: Reader, path: Path, values: dict, ids: list) -> None:
    put.person(path, 7, 'Anna')
    put.sighting(path, 1, 1)
    put.sighting(path, 2, 1, person_id=7)
    put.sighting(path, 3, 2, stranger_id=3)
    put.sighting(path, 4, 2, camera_id=99)      # of a camera that is gone
    found = await everything(reader.people.sightings, SightingQuery, order='oldest', **values)
    assert [each.id for each in found] == ids
    assert all((each.person == 'Anna') == (each.person_id == 7) for each in found)


async def test_sightings_of_no_camera_are_refused(reader: Reader) -> None:
    with pytest.raises(NotFound, match='nowhere'):
        await reader.people.sightings(SightingQuery(camera='nowhere'))


async def test_the_best_face_of_a_track_by_model(reader: Reader, path: Path) -> None:
    put.sighting(path, 1, 1, quality=0.3, numbers=(0, 1))
    put.sighting(path, 2, 1, quality=0.6, numbers=(1, 0), model='arcface')
    put.sighting(path, 3, 2, quality=0.9)
    best = await reader.people.best_face(1)
    assert (best.sighting.id, best.vector.tolist()) == (2, [1, 0])
    assert best.sighting.box == (0.25, 0.25, 0.5, 0.75)
    best = await reader.people.best_face(1, 'sface')
    assert (best.sighting.id, best.vector.tolist()) == (1, [0, 1])
    with pytest.raises(NotFound):
        await reader.people.best_face(2, 'arcface')


async def test_strangers_have_tracks_with_pictures(reader: Reader, path: Path) -> None:
    put.stranger(path, 1)
    put.stranger(path, 2)
    put.change(path, "UPDATE tracks SET stranger_id = 1, shot = '{}' WHERE id != 5")
    put.change(path, 'UPDATE tracks SET stranger_id = 2 WHERE id = 5')
    one, two = await everything(reader.people.strangers, StrangerQuery, order='oldest')
    assert (one.shown, two.shown) == ((9, 8, 7, 6, 4, 3), ())
    found = await reader.people.strangers(StrangerQuery(from_ns=START_NS + 2))
    assert [each.id for each in found.items] == [2]


@pytest.mark.parametrize(('values', 'ids'), [
    ({'person_id': 7}, [1]), ({'action': 'forgot'}, [2]), ({'from_ns': START_NS + 2}, [2]),
    ({'to_ns': START_NS + 2}, [1]), ({'person_id': 7, 'action': 'forgot'}, [])])
async def test_the_audit_is_filtered(reader: Reader, path: Path, values: dict, ids: list) -> None:
    put.person(path, 7, 'Anna')
    put.audit_entry(path, 1, 'named', person_id=7, detail='{"stranger": 3}')
    put.audit_entry(path, 2, 'forgot', person_id=6)
    found = await everything(reader.people.audit, AuditQuery, **values)
    assert [each.id for each in found] == ids
    assert all((each.person, each.detail) == ('Anna', {'stranger': 3})
               for each in found if each.person_id == 7)
    assert all(each.person is None for each in found if each.person_id != 7)


async def test_all_faces_of_a_person_are_told_in_slices(
        reader: Reader, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put.person(path, 7, 'Anna')
    for number in range(1, 405):
        put.template(path, number, 7 if number % 2 else 8, numbers=(number, 1),
                     jpeg=b'%d' % number if number % 3 else None)
    put.sighting(path, 1, 1, person_id=7, numbers=(0.5, 0.25))
    put.sighting(path, 2, 1, person_id=8)
    put.rejection(path, 1, 7)
    put.rejection(path, 2, 8)
    held = [each async for each in reader.people.held_templates(7)]
    assert [each.template.id for each in held] == list(range(1, 405, 2))
    assert all(each.vector.tolist() == [each.template.id, 1] for each in held)
    assert all(each.jpeg == (b'%d' % each.template.id if each.template.id % 3 else None)
               for each in held)
    held, = [each async for each in reader.people.held_sightings(7)]
    assert (held.sighting.id, held.vector.tolist()) == (1, [0.5, 0.25])
    held, = [each async for each in reader.people.held_rejections(7)]
    assert (held.rejection.id, held.vector.tolist()) == (1, [0, 1, 0, 0])


@pytest.mark.parametrize(('values', 'ids'), [
    ({'person': 7}, [1]), ({'stranger': 3}, [2]), ({'verdict': 'ambiguous'}, [3]),
    ({'verdict': 'known', 'person': 8}, []), ({'person': 7, 'camera': 'camera'}, [1])])
async def test_tracks_are_found_by_who_they_are(
        reader: Reader, path: Path, values: dict, ids: list) -> None:
    put.person(path, 7, 'Anna')
    for sql in ("verdict = 'known', person_id = 7, similarity = 0.61234567 WHERE id = 1",
                "verdict = 'unknown', stranger_id = 3, similarity = 0.1 WHERE id = 2",
                "verdict = 'ambiguous', similarity = 0.4 WHERE id = 3"):
        put.change(path, f'UPDATE tracks SET {sql}')
    found = (await reader.tracks(TrackQuery(**values))).items
    assert [each.id for each in found] == ids
    one = await reader.track(1)
    assert one.identity == ('known', 0.6123, None, 7, 'Anna')
    assert (await reader.track(2)).identity == ('unknown', 0.1, 3, None, None)
    assert (await reader.track(4)).identity is None


@pytest.mark.parametrize('cursor', ['', 'x', 'AAAA', 'é', encode_text('a', 1, 'another query')])
async def test_a_bad_cursor_is_refused(reader: Reader, cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_text(cursor, PersonQuery())
    if cursor:
        with pytest.raises(BadCursor):
            await reader.people.people(PersonQuery(cursor=cursor))


async def test_a_text_in_a_cursor_that_is_none_is_refused() -> None:
    data = base64.urlsafe_b64decode(encode_text('aaé', 1, PersonQuery()) + '=')
    half_of_a_character = base64.urlsafe_b64encode(data[:-1]).decode()
    with pytest.raises(BadCursor):
        decode_text(half_of_a_character, PersonQuery())


@pytest.mark.parametrize(('sql', 'index'), [
    (lambda: people_pages.ONE.sql, 'tracks_person'),
    (lambda: TrackQuery(person=7).statement(None)[0], 'tracks_person'),
    (lambda: TrackQuery(stranger=7).statement(None)[0], 'tracks_stranger'),
    (lambda: TrackQuery(verdict='known').statement(None)[0], 'tracks_verdict'),
    (lambda: SightingQuery(person_id=7).statement(None)[0], 'sightings_person'),
    (lambda: AuditQuery(person_id=7).statement(None)[0], 'audit_person'),
    (lambda: AuditQuery().statement(None)[0], 'audit_at'),
    (lambda: TemplateQuery(person_id=7).statement(None)[0], 'templates_person'),
    (lambda: StrangerQuery().statement(None)[0], 'strangers_last'),
    (lambda: stranger_pages.CAMERAS.sql, 'tracks_stranger')])
async def test_an_index_serves(reader: Reader, path: Path, sql: Callable[[], str],
                               index: str) -> None:
    connection = sqlite3.connect(path)
    text = sql()
    names = {word.strip('(),')[1:] for word in text.split() if word.strip('(),').startswith(':')}
    plan = connection.execute(f'EXPLAIN QUERY PLAN {text}', dict.fromkeys(names, 1)).fetchall()
    connection.close()
    assert any(index in row[-1] for row in plan), plan
