"""Pages of history: everything once, in order, whatever the stamps are."""
import asyncio
import base64
from pathlib import Path
import sqlite3
import threading
from typing import Any, AsyncIterator, Callable

from hypothesis import given, HealthCheck, settings, strategies as st
import numpy as np
import pytest
import pytest_asyncio

from smartcam_bridge.domain.model import Camera, EndReason, Source
from smartcam_bridge.errors import BadCursor, NotFound, StoreError, StoreUnavailable
from smartcam_bridge.store import lanes
from smartcam_bridge.store.batch import Batch
from smartcam_bridge.store.cameras import create_camera
from smartcam_bridge.store.engine import connect, open_store, transaction
from smartcam_bridge.store.faces.hindsight import Hindsight
from smartcam_bridge.store.queries import Detection, DetectionQuery, Page, Reader, TrackQuery
from smartcam_bridge.store.recorder import Recorder
from smartcam_bridge.store.tasks import Barrier, CreateCamera, RecordLabel, SaveToken
from smartcam_bridge.store.writer import write_facts
from store_builders import fact, observation, SECOND, START_NS, track_fact

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture(params=['aiosqlite', 'threads'])
async def reader(request: pytest.FixtureRequest, path: Path, monkeypatch: pytest.MonkeyPatch,
                 ) -> AsyncIterator[Reader]:
    """Return a reader, of either kind."""
    if request.param == 'threads':
        monkeypatch.setattr(lanes, 'aiosqlite', None)
    elif lanes.aiosqlite is None:
        pytest.skip('aiosqlite is not installed')
    opened = Reader(path)
    yield opened
    await opened.close()


@pytest.fixture
def store(recorder: Recorder) -> Callable[..., None]:
    """Return what stores facts, with two labels and a second camera `side` (id 2)."""
    recorder.record(RecordLabel(1, 'person'))
    recorder.record(RecordLabel(2, 'dog'))
    recorder.submit(CreateCamera('side', {})).result(60)

    def put(*facts: Any) -> None:
        for one in facts:
            assert recorder.record(one)
        recorder.submit(Barrier()).result(60)
    return put


SIDE = Camera(2, 'side')


async def walk(ask: Callable[[Any], Any], query: type, **fields: Any) -> list[Any]:
    """Follow the cursors to the end; return all items."""
    items, cursor = [], None
    for _ in range(10_000):
        page: Page = await ask(query(cursor=cursor, **fields))
        assert len(page.items) <= fields.get('limit', 100)
        items += page.items
        cursor = page.next
        if cursor is None:
            return items
    raise AssertionError('the cursors never end')


async def test_a_detection_is_read_as_it_was_stored(reader: Reader, store: Any) -> None:
    store(fact(START_NS, tracks=[7], scores=[0.9], labels=[2], received_ns=START_NS + 3,
               source=Source.DETECTIONS))
    page = await reader.detections(DetectionQuery())
    assert page == Page([Detection('camera', START_NS, START_NS + 3, Source.DETECTIONS, 'dog',
                                   0.9, page.items[0].box, 7)], None)
    assert page.items[0].box == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=1e-5)
    assert all(round(value, 6) == value for value in page.items[0].box)


async def test_a_box_without_track_has_none(reader: Reader, store: Any) -> None:
    store(fact(tracks=[0]))
    assert (await reader.detections(DetectionQuery())).items[0].track is None


@pytest.mark.parametrize('filters, stamps', [
    ({}, [0, 1, 2, 3]), ({'camera': 'camera'}, [0, 1, 3]), ({'camera': 'side'}, [2]),
    ({'label': 'dog'}, [1, 3]), ({'label': 'cat'}, []), ({'source': Source.DETECTIONS}, [3]),
    ({'min_score': 0.5}, [1, 2]), ({'min_score': 0.9}, [2]), ({'min_score': 0.91}, []),
    ({'from_ns': START_NS + 1}, [1, 2, 3]), ({'to_ns': START_NS + 2}, [0, 1]),
    ({'from_ns': START_NS + 2, 'to_ns': START_NS + 2}, []),
    ({'track': 5}, [1, 3]), ({'track': 6}, []),
    ({'camera': 'camera', 'label': 'dog', 'from_ns': START_NS + 2}, [3])])
async def test_filters(reader: Reader, store: Any, filters: dict, stamps: list[int]) -> None:
    store(fact(START_NS, labels=[1], scores=[0.25]),
          fact(START_NS + 1, labels=[2], scores=[0.5], tracks=[5]),
          fact(START_NS + 2, labels=[1], scores=[0.9], camera=SIDE),
          fact(START_NS + 3, labels=[2], scores=[0.4], tracks=[5], source=Source.DETECTIONS),
          track_fact(5, first_ns=START_NS + 1, last_ns=START_NS + 1))
    for order, expected in (('oldest', stamps), ('newest', stamps[::-1])):
        page = await reader.detections(DetectionQuery(order=order, **filters))
        assert [item.stamp_ns - START_NS for item in page.items] == expected
        assert page.next is None


async def test_the_detections_of_an_ended_track_end_with_it(reader: Reader, store: Any) -> None:
    store(*(fact(START_NS + k, tracks=[5]) for k in range(4)),
          track_fact(5, first_ns=START_NS, last_ns=START_NS + 2, end_reason=EndReason.LOST))
    page = await reader.detections(DetectionQuery(track=5, order='oldest'))
    assert [item.stamp_ns - START_NS for item in page.items] == [0, 1, 2]


async def test_a_camera_that_does_not_exist_is_not_the_same_as_an_empty_one(
        reader: Reader, store: Any) -> None:
    store()
    assert (await reader.detections(DetectionQuery(camera='side'))).items == []
    assert (await reader.tracks(TrackQuery(camera='side'))).items == []
    for ask, query in ((reader.detections, DetectionQuery), (reader.tracks, TrackQuery)):
        with pytest.raises(NotFound, match="no camera 'cellar'"):
            await ask(query(camera='cellar'))


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=25),
       limit=st.integers(1, 12), order=st.sampled_from(['newest', 'oldest']),
       label=st.sampled_from([None, 'even']), chunk=st.integers(1, 4),
       scanned_max=st.integers(1, 30))
async def test_walking_the_pages_gives_every_box_once_in_order(
        tmp_path_factory: pytest.TempPathFactory, sizes: list[tuple[int, int]], limit: int,
        order: str, label: str | None, chunk: int, scanned_max: int) -> None:
    file = tmp_path_factory.mktemp('walk') / 'a.sqlite3'
    connection = open_store(file)
    number, expected = 0, []
    for row, (stamp, count) in enumerate(sizes):  # stamps repeat a lot
        tracks = list(range(number + 1, number + 1 + count))
        number += count
        batch = Batch(labels={1: 'odd', 2: 'even'}, observations=[observation(
            START_NS + stamp, tracks=tracks, labels=[1 + (t + 1) % 2 for t in tracks])])
        with transaction(connection):
            write_facts(connection, batch, {1}, Hindsight())
        expected.append((stamp, row, [t for t in tracks if label is None or t % 2 == 0]))
    with transaction(connection):
        create_camera(connection, 'camera', {})
    connection.close()
    reader = Reader(file, lanes=1)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr('smartcam_bridge.store.queries.CHUNK', (chunk, chunk))
            patch.setattr('smartcam_bridge.store.queries.SCANNED_MAX', scanned_max)
            items = await walk(reader.detections, DetectionQuery, limit=limit, order=order,
                               label=label)
    finally:
        await reader.close()
    expected.sort(reverse=order == 'newest')
    assert [item.track for item in items] == [t for *_, tracks in expected for t in tracks]


async def test_what_arrives_while_paging_newest_first_neither_repeats_nor_hides(
        reader: Reader, store: Any) -> None:
    store(*(fact(START_NS + k, tracks=[k + 1]) for k in range(10)))
    first = await reader.detections(DetectionQuery(limit=4))
    store(*(fact(START_NS + 100 + k, tracks=[99]) for k in range(5)))
    second = await reader.detections(DetectionQuery(limit=100, cursor=first.next))
    assert [i.track for i in first.items + second.items] == list(range(10, 0, -1))


async def test_a_rare_label_is_found_by_pages_that_look_at_a_bounded_part(
        reader: Reader, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('smartcam_bridge.store.queries.SCANNED_MAX', 200)
    store(fact(START_NS, labels=[2]), *(fact(START_NS + 1 + k) for k in range(2000)))
    page = await reader.detections(DetectionQuery(label='dog'))
    assert page.items == [] and page.next is not None
    assert len(await walk(reader.detections, DetectionQuery, label='dog')) == 1


async def test_a_damaged_row_hides_no_other(reader: Reader, store: Any, path: Path) -> None:
    store(*(fact(START_NS + k) for k in range(3)))
    connection = connect(path)
    connection.execute("UPDATE observations SET boxes = x'0102' WHERE stamp_ns = ?",
                       (START_NS + 1,))
    connection.close()
    page = await reader.detections(DetectionQuery())
    assert [item.stamp_ns - START_NS for item in page.items] == [2, 0]


async def test_what_a_deleted_camera_saw_is_not_shown(
        reader: Reader, store: Any, path: Path) -> None:
    store(fact(START_NS), fact(START_NS + 1, camera=SIDE),
          track_fact(1), track_fact(2, camera_id=2))
    connection = connect(path)
    connection.execute("DELETE FROM cameras WHERE name = 'side'")
    connection.close()
    assert [i.camera for i in (await reader.detections(DetectionQuery())).items] == ['camera']
    assert [i.id for i in (await reader.tracks(TrackQuery())).items] == [1]
    with pytest.raises(NotFound):
        await reader.track(2)


@pytest.mark.parametrize('cursor', [
    '', 'x', '!!!!', 'AAAA', base64.urlsafe_b64encode(bytes(25)).decode(), 'a' * 5000, 'ä'])
async def test_a_damaged_cursor_is_refused(reader: Reader, store: Any, cursor: str) -> None:
    store()
    if cursor:
        with pytest.raises(BadCursor, match='begin again'):
            await reader.detections(DetectionQuery(cursor=cursor))
        with pytest.raises(ValueError):
            await reader.tracks(TrackQuery(cursor=cursor))


async def test_a_cursor_of_another_query_is_refused(reader: Reader, store: Any) -> None:
    store(*(fact(START_NS + k) for k in range(5)), *(track_fact(k) for k in range(1, 5)))
    cursor = (await reader.detections(DetectionQuery(limit=2))).next
    assert (await reader.detections(DetectionQuery(limit=3, cursor=cursor))).items
    for other in ({'order': 'oldest'}, {'camera': 'camera'}, {'min_score': 0.1}):
        with pytest.raises(BadCursor, match='another query'):
            await reader.detections(DetectionQuery(cursor=cursor, **other))
    with pytest.raises(BadCursor, match='another query'):
        await reader.tracks(TrackQuery(cursor=cursor))


@pytest.mark.parametrize('fields', [{'limit': 0}, {'limit': 1001}, {'order': 'best'}])
async def test_an_impossible_page_is_refused(fields: dict) -> None:
    for query in (DetectionQuery, TrackQuery):
        with pytest.raises(ValueError, match=next(iter(fields))):
            query(**fields)


async def test_a_track_is_read_as_it_was_stored(reader: Reader, store: Any) -> None:
    store(track_fact(3))
    read = await reader.track(3)
    assert (read.id, read.camera, read.tracker_id, read.label) == (3, 'camera', 't3', 'person')
    assert (read.first_ns, read.last_ns, read.observations) == (START_NS, START_NS + SECOND, 2)
    assert (read.score_top, read.score_mean, read.score_last) == (0.75, 0.5, 0.25)
    assert read.open and read.end_reason is None
    assert [stamp for stamp, *_ in read.detail.path] == [START_NS, START_NS + SECOND]
    assert np.allclose([xy for _, *xy in read.detail.path], [(0.25, 0.5), (0.5, 0.75)], atol=1e-5)
    listed, = (await reader.tracks(TrackQuery())).items
    assert listed.detail is None
    with pytest.raises(NotFound, match='no track 4'):
        await reader.track(4)


@pytest.mark.parametrize('filters, ids', [
    ({}, [1, 2, 3]), ({'camera': 'side'}, [3]), ({'label': 'dog'}, [2]), ({'label': 'cat'}, []),
    ({'tracker_id': 't1'}, [1]), ({'open': True}, [1, 3]), ({'open': False}, [2]),
    ({'min_score': 0.8}, [3]), ({'from_ns': START_NS + 2 * SECOND}, [2, 3]),
    ({'to_ns': START_NS + SECOND}, [1]), ({'to_ns': START_NS}, []),
    ({'from_ns': START_NS + SECOND // 2, 'to_ns': START_NS + 2 * SECOND}, [1, 2])])
async def test_track_filters(reader: Reader, store: Any, filters: dict, ids: list[int]) -> None:
    store(track_fact(1),
          track_fact(2, label_id=2, first_ns=START_NS + SECOND, last_ns=START_NS + 2 * SECOND,
                     end_reason=EndReason.LOST),
          track_fact(3, camera_id=2, score_top=0.8, first_ns=START_NS + 2 * SECOND,
                     last_ns=START_NS + 3 * SECOND))
    for order, expected in (('oldest', ids), ('newest', ids[::-1])):
        page = await reader.tracks(TrackQuery(order=order, **filters))
        assert [item.id for item in page.items] == expected


@pytest.mark.parametrize('order', ['newest', 'oldest'])
@pytest.mark.parametrize('limit', [1, 3, 7, 20, 21])
async def test_tracks_that_begin_together_come_once(
        reader: Reader, store: Any, order: str, limit: int) -> None:
    store(*(track_fact(k, first_ns=START_NS + k // 7, last_ns=START_NS - k) for k in range(1, 21)))
    items = await walk(reader.tracks, TrackQuery, limit=limit, order=order)
    assert [i.id for i in items] == sorted(range(1, 21), reverse=order == 'newest')


async def test_small_tables(reader: Reader, recorder: Recorder, store: Any) -> None:
    store(fact(), fact(START_NS + 1), track_fact())
    assert [(c.id, c.name, c.enabled) for c in await reader.cameras()] == [
        (1, 'camera', True), (2, 'side', True)]
    assert await reader.labels() == {1: 'person', 2: 'dog'}
    counts = await reader.counts()
    assert (counts.observations, counts.tracks, counts.cameras, counts.labels) == (2, 1, 2, 2)
    token = recorder.submit(SaveToken('token', 'ci', 'viewer', b'x' * 32, 1, 0)).result(60)
    row, = await reader.tokens()
    assert (row.id, row.kind, row.name, row.role, row.expires_ns) == (
        token, 'token', 'ci', 'viewer', 0)
    assert await reader.token_by_digest(b'x' * 32) == row
    assert await reader.token_by_digest(b'y' * 32) is None


async def test_reading_never_waits_for_writing_nor_the_reverse(
        reader: Reader, recorder: Recorder, store: Any) -> None:
    stop = threading.Event()

    def write() -> int:
        count = 0
        while not stop.is_set():
            recorder.record(fact(START_NS + count))
            recorder.submit(Barrier()).result(60)
            count += 1
        return count

    writing = asyncio.get_running_loop().run_in_executor(None, write)
    try:
        seen = 0
        for _ in range(50):
            page = await reader.detections(DetectionQuery(limit=1000))
            assert len(page.items) >= seen or page.next
            seen = len(page.items)
    finally:
        stop.set()
    assert await writing > 0


async def test_many_questions_at_once_share_the_connections(reader: Reader, store: Any) -> None:
    store(*(fact(START_NS + k) for k in range(10)))
    pages = await asyncio.gather(*(reader.detections(DetectionQuery(limit=5)) for _ in range(30)))
    assert all(page == pages[0] for page in pages)


async def test_a_cancelled_question_harms_no_other(reader: Reader, store: Any) -> None:
    store(fact())
    for _ in range(5):
        asking = asyncio.ensure_future(reader.detections(DetectionQuery()))
        await asyncio.sleep(0)
        asking.cancel()
    assert len((await reader.detections(DetectionQuery())).items) == 1


async def test_a_store_that_is_not_there_is_unavailable(reader: Reader) -> None:
    with pytest.raises(StoreUnavailable, match='cannot be'):
        await reader.cameras()


async def test_a_file_put_in_the_place_of_another_is_read(
        reader: Reader, recorder: Recorder, store: Any, path: Path, tmp_path: Path) -> None:
    store(fact())
    assert (await reader.counts()).observations == 1
    recorder.close()
    other = tmp_path / 'other.sqlite3'
    open_store(other).close()
    other.replace(path)
    assert (await reader.counts()).observations == 0


async def test_nothing_can_be_written_through_a_reader(reader: Reader, store: Any) -> None:
    store()
    with pytest.raises(StoreUnavailable, match='readonly'):
        await reader._lanes[0].fetch('DELETE FROM cameras', {})


async def test_after_closing_it_says_so(reader: Reader, store: Any) -> None:
    store(fact())
    await reader.detections(DetectionQuery())
    await reader.close()
    await reader.close()
    with pytest.raises(StoreError, match='closed'):
        await reader.cameras()


@pytest.mark.parametrize('fields', [
    {}, {'camera': 'camera'}, {'from_ns': 1}, {'camera': 'camera', 'from_ns': 1, 'to_ns': 2},
    {'track': 3}])
@pytest.mark.parametrize('order', ['newest', 'oldest'])
async def test_detections_are_found_by_an_index_and_never_sorted(
        path: Path, fields: dict, order: str) -> None:
    connection = open_store(path)
    for position in (None, (1, 1, 0)):
        plan = _plan(connection, *DetectionQuery(order=order, **fields).statement(position, 10))
        assert 'USING INDEX observations_' in plan
        assert 'TEMP B-TREE FOR ORDER BY' not in plan and 'SCAN observations\n' not in plan
    connection.close()


@pytest.mark.parametrize('fields, index', [
    ({}, 'tracks_first'), ({'camera': 'camera'}, 'tracks_camera_first'),
    ({'label': 'dog'}, 'tracks_label_first'), ({'tracker_id': 't'}, 'tracks_tracker_first'),
    ({'open': True}, 'tracks_open'), ({'from_ns': 1, 'to_ns': 2}, 'tracks_first'),
    ({'camera': 'camera', 'from_ns': 1, 'min_score': 0.5}, 'tracks_camera_first')])
async def test_tracks_are_found_by_an_index(path: Path, fields: dict, index: str) -> None:
    connection = open_store(path)
    for position in (None, (1, 1, 0)):
        plan = _plan(connection, *TrackQuery(**fields).statement(position))
        assert f'tracks USING INDEX {index}' in plan, plan
        assert 'USE TEMP B-TREE FOR ORDER BY' not in plan, plan
    connection.close()


def _plan(connection: sqlite3.Connection, sql: str, values: Any) -> str:
    rows = connection.execute(f'EXPLAIN QUERY PLAN {sql}', values)
    return ''.join(f'{row[3]}\n' for row in rows)
