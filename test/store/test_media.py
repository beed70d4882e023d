"""Pictures on the disk and their rows: what a kill, a full disk or a wrong path leaves."""
import os
from pathlib import Path
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from typing import Iterator

import pytest

from smartcam_bridge.domain.shot import MediaFile
from smartcam_bridge.errors import NotFound, StoreUnavailable
from smartcam_bridge.store import media
from smartcam_bridge.store.engine import open_store, transaction
from smartcam_bridge.store.media import MediaFolder


@pytest.fixture
def folder(tmp_path: Path) -> MediaFolder:
    """Return a media folder that is not there yet."""
    return MediaFolder(tmp_path / 'data')


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a store's write connection."""
    opened = open_store(path)
    yield opened
    opened.close()


def picture(folder: MediaFolder, path: str, *, track: int = 1) -> MediaFile:
    """Write a file; return what its row says."""
    folder.write(path, b'jpeg')
    return MediaFile('crop', 1, track, 5, path, 4, 7)


def add(connection: sqlite3.Connection, *files: MediaFile, doomed: bool = False) -> None:
    """Commit rows."""
    with transaction(connection):
        media.add_files(connection, files, doomed=doomed)


def paths(connection: sqlite3.Connection, *, doomed: bool) -> list[str]:
    """Return the paths of the rows that are doomed, or are not."""
    return [path for path, in connection.execute(
        'SELECT path FROM media WHERE doomed = ? ORDER BY id', (doomed,))]


def test_a_written_file_is_whole_and_for_its_owner_only(folder: MediaFolder) -> None:
    folder.write('2026-11-22/1-5-crop.jpg', memoryview(b'abc'))
    file = folder.root / '2026-11-22' / '1-5-crop.jpg'
    assert file.read_bytes() == b'abc'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {stat.S_IMODE(f.stat().st_mode) for f in (folder.root, file.parent)} == {0o700}
    assert [p.name for p in file.parent.iterdir()] == [file.name]


def test_writing_again_replaces(folder: MediaFolder) -> None:
    folder.write('a/x.jpg', b'old')
    folder.write('a/x.jpg', b'new')
    assert (folder.root / 'a' / 'x.jpg').read_bytes() == b'new'


@pytest.mark.parametrize('path', ['../x', '/etc/passwd', 'a/../../x', '', 'a\0b', '..'])
def test_no_path_leads_out_of_the_folder(folder: MediaFolder, path: str) -> None:
    with pytest.raises(NotFound):
        folder.locate(path)


def test_a_full_disk_is_told_and_leaves_nothing(folder: MediaFolder) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(StoreUnavailable, match='cannot be written'):
            folder.write('day/x.jpg', bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list((folder.root / 'day').iterdir()) == []


def test_a_folder_that_is_tidied_away_meanwhile_is_made_again(
        folder: MediaFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    make = MediaFolder._make_folder
    tidied = []

    def make_and_lose(self: MediaFolder, day: Path) -> None:
        make(self, day)
        if not tidied:
            day.rmdir()
            tidied.append(day)

    monkeypatch.setattr(MediaFolder, '_make_folder', make_and_lose)
    folder.write('day/x.jpg', b'there')
    assert (folder.root / 'day' / 'x.jpg').read_bytes() == b'there'


@pytest.mark.parametrize('step', ['open', 'fsync', 'replace', 'unlink'])
def test_a_kill_leaves_a_whole_file_or_none(folder: MediaFolder, step: str) -> None:
    """The child dies at the given step of `write` or `remove`."""
    folder.write('day/old.jpg', b'old')
    deaths = {'open': 'media._private = die', 'fsync': 'os.fsync = die',
              'replace': 'pathlib.Path.replace = die', 'unlink': 'pathlib.Path.unlink = die'}
    work = "remove('day/old.jpg')" if step == 'unlink' else "write('day/new.jpg', bytes(5000))"
    child = '\n'.join([
        'import os, pathlib', 'from smartcam_bridge.store import media',
        'def die(*_, **__): os._exit(9)', deaths[step],
        f'media.MediaFolder(pathlib.Path({str(folder.root.parent)!r})).{work}'])
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    assert subprocess.run([sys.executable, '-c', child], env=env, timeout=200).returncode == 9
    left = {p.name for p in (folder.root / 'day').iterdir() if not p.name.endswith(media.PARTIAL)}
    assert left == {'old.jpg'}
    assert (folder.root / 'day' / 'old.jpg').read_bytes() == b'old'


def test_a_doomed_file_goes_after_the_commit_and_its_row_after_it(
        folder: MediaFolder, connection: sqlite3.Connection) -> None:
    add(connection, picture(folder, 'a/1.jpg'), picture(folder, 'a/2.jpg', track=2))
    with transaction(connection):
        media.doom_tracks(connection, [1])
    assert paths(connection, doomed=True) == ['a/1.jpg']
    assert folder.locate('a/1.jpg').exists()
    assert list(media.remove_doomed(connection, folder)) == [1]
    assert not folder.locate('a/1.jpg').exists()
    assert folder.locate('a/2.jpg').exists()
    assert paths(connection, doomed=False) == ['a/2.jpg']
    assert paths(connection, doomed=True) == []


def test_dooming_by_id_touches_no_other(folder: MediaFolder,
                                        connection: sqlite3.Connection) -> None:
    add(connection, picture(folder, 'a/1.jpg'), picture(folder, 'a/2.jpg'))
    with transaction(connection):
        media.doom_files(connection, [2])
    assert paths(connection, doomed=False) == ['a/1.jpg']


def test_an_empty_folder_goes_with_its_last_file(folder: MediaFolder) -> None:
    folder.write('a/1.jpg', b'x')
    folder.remove('a/1.jpg')
    assert not (folder.root / 'a').exists()
    folder.remove('a/1.jpg')    # a kill came between file and row: again


def test_what_cannot_be_removed_keeps_its_row_and_holds_up_nothing(
        folder: MediaFolder, connection: sqlite3.Connection) -> None:
    add(connection, picture(folder, 'b/2.jpg'), doomed=True)
    stuck = folder.root / 'stuck'
    stuck.mkdir()
    (stuck / 'inner').mkdir()       # a folder cannot be unlinked
    add(connection, MediaFile('crop', 1, 1, 5, 'stuck', 0, 0),
        *(picture(folder, f'c/{n}.jpg') for n in range(150)), doomed=True)
    assert sum(media.remove_doomed(connection, folder)) == 151
    assert paths(connection, doomed=True) == ['stuck']
    assert not (folder.root / 'c').exists()


def test_a_row_that_leads_outside_goes_and_the_file_stays(
        folder: MediaFolder, connection: sqlite3.Connection) -> None:
    outside = folder.root.parent / 'precious'
    outside.write_text('mine')
    add(connection, MediaFile('crop', 1, 1, 5, '../precious', 0, 0), doomed=True)
    assert list(media.remove_doomed(connection, folder)) == [1]
    assert outside.read_text() == 'mine'
    assert paths(connection, doomed=True) == []


def test_the_row_of_a_file_that_is_written_again_is_no_longer_doomed(
        folder: MediaFolder, connection: sqlite3.Connection) -> None:
    file = picture(folder, 'a/1.jpg')
    add(connection, file, doomed=True)
    add(connection, file)
    assert paths(connection, doomed=False) == ['a/1.jpg']
    assert paths(connection, doomed=True) == []
