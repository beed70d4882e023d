"""A file that the first release filled is opened by this one with all that was in it.

first_release.sqlite3.gz was written by that release's own recorder (schema 0001): 400 messages of
two cameras in 40 s, 600 boxes of two labels, ten tracks of which one was open, a token.
"""
import asyncio
import contextlib
import gzip
from pathlib import Path
import sqlite3
from typing import Any, Callable

from people_builders import add_person, ask, enroll, face, like
import pytest
from rollup_truth import expected, stored

pytest.importorskip('alembic')
from smartcam_bridge.domain.model import EndReason  # noqa: E402, I100
from smartcam_bridge.settings import Settings  # noqa: E402
from smartcam_bridge.store import schema  # noqa: E402
from smartcam_bridge.store.backup import list_backups, verify  # noqa: E402
from smartcam_bridge.store.engine import open_current  # noqa: E402
from smartcam_bridge.store.people_tasks import ForgetPerson  # noqa: E402
from smartcam_bridge.store.queries import (  # noqa: E402
    DetectionQuery, EventQuery, Reader, TrackQuery)
from smartcam_bridge.store.rebuild import rebuild  # noqa: E402
from smartcam_bridge.store.recorder import Recorder  # noqa: E402
from smartcam_bridge.store.tasks import Barrier, Purge  # noqa: E402
from store_builders import SECOND, START_NS  # noqa: E402


@pytest.fixture
def old(path: Path) -> Path:
    """Put the file where the database is looked for."""
    path.parent.mkdir(parents=True)
    packed = Path(__file__).with_name('first_release.sqlite3.gz')
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def read(path: Path, ask: Callable[[Reader], Any]) -> Any:
    """Ask a reader of the file."""
    async def run() -> Any:
        reader = Reader(path)
        try:
            return await ask(reader)
        finally:
            await reader.close()
    return asyncio.run(run())


def opened(path: Path, **values: Any) -> Recorder:
    """Return a recorder that has the file open."""
    settings = Settings.from_values({'cameras': ('front', 'rear'), **values})
    recorder = Recorder(path, lambda: settings)
    recorder.start()
    return recorder


def test_everything_is_still_there(old: Path, rows: Callable[..., list[tuple]]) -> None:
    opened(old).close()
    assert rows('SELECT version_num FROM alembic_version') == [(schema.REVISION,)]
    assert verify(old) == []
    assert len(list_backups(old)) == 1
    assert [camera.name for camera in read(old, Reader.cameras)] == ['front', 'rear']
    assert read(old, Reader.labels) == {1: 'person', 2: 'car'}
    assert [token.name for token in read(old, Reader.tokens)] == ['ops']
    page = read(old, lambda reader: reader.detections(DetectionQuery(order='oldest', limit=1000)))
    assert len(page.items) == 600
    assert page.items[0].stamp_ns == START_NS
    rear = [item for item in page.items if item.camera == 'rear']
    assert [(item.label, item.score, item.track) for item in rear[:2]] == [
        ('person', 0.9, 1), ('car', 0.4, 20)]


def test_tracks_are_as_they_were_and_the_open_one_has_ended(old: Path) -> None:
    opened(old).close()
    tracks = read(old, lambda reader: reader.tracks(TrackQuery(order='oldest'))).items
    assert [(track.id, track.tracker_id, track.first_ns) for track in tracks] == [
        (number, f'a{number}', START_NS + (number - 1) * 4 * SECOND) for number in range(1, 11)]
    reasons = (EndReason.LOST, EndReason.PAUSED, EndReason.RESTART)
    assert [track.end_reason for track in tracks] == [
        *(reasons[number % 3].value for number in range(1, 10)), 'restart']
    assert len(read(old, lambda reader: reader.track(3)).detail.path) == 7


def test_it_goes_on_and_a_purge_clears_it(old: Path, rows: Callable[..., list[tuple]]) -> None:
    recorder = opened(old, observations_keep_h=1.0, tracks_keep_days=1.0)
    recorder.submit(Barrier()).result(60)
    report = recorder.submit(Purge(START_NS + 10 * 86400 * SECOND)).result(60)
    recorder.close()
    assert (report.observations, report.tracks) == (400, 10)
    assert rows('SELECT count(*) FROM observations') == [(0,)]


def test_it_says_that_analytics_lack_what_is_older_until_they_are_made_again(
        old: Path, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):      # a restart does not forget it
        recorder = opened(old)
        status = recorder.status()
        assert (status.state, 'rebuild-rollups' in (status.problem or '')) == ('running', True)
        recorder.close()
    assert 'rebuild-rollups' in caplog.text
    with contextlib.closing(open_current(old)) as connection:
        rebuild(connection)
        assert stored(connection)['camera_rollups'] == expected(connection)['camera_rollups'] != []
    recorder = opened(old)
    assert recorder.status().problem is None
    recorder.close()


def test_an_upgrade_of_a_store_without_rows_lacks_nothing(old: Path) -> None:
    with contextlib.closing(sqlite3.connect(old)) as connection, connection:
        connection.execute('DELETE FROM observations')
        connection.execute('DELETE FROM tracks')
    recorder = opened(old)
    assert recorder.status().problem is None
    recorder.close()


def test_people_can_be_kept_in_it_and_forgotten(old: Path, rows: Callable[..., list[tuple]],
                                                ) -> None:
    recorder = opened(old)
    ann = add_person(recorder, 'Ann', face(1))
    ask(recorder, enroll(ann, like(face(1), 0.7), source='track', track_id=3))
    assert rows('SELECT id, verdict, person_id FROM tracks WHERE verdict IS NOT NULL') == [
        (3, 'known', ann)]
    event, = read(old, lambda reader: reader.events(EventQuery(person_id=ann))).items
    assert (event.event.type, event.event.camera, event.event.names) == (
        'person_identified', 'front' if rows('SELECT camera_id FROM tracks WHERE id = 3') == [
            (1,)] else 'rear', ((ann, 'Ann'),))
    receipt = ask(recorder, ForgetPerson(ann, 'me', START_NS))
    assert (receipt.tracks, receipt.templates, receipt.backups) == (1, 2, ()), (
        'what was kept before the upgrade knows of no people')
    recorder.close()
    assert verify(old) == []
