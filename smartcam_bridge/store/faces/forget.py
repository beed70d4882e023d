"""Forget a person, or a stranger, with all that is held about them.

All rows go in one transaction, and SQLite overwrites what is deleted (PRAGMA secure_delete, on
every connection that writes). What is left of them in the log and in free pages goes with the
next purge, which is begun at once, and noted in the same transaction so that a kill does not
prevent it.
"""
from collections.abc import Iterable
import contextlib
from pathlib import Path
import sqlite3

from smartcam_bridge.domain.faces import Correction
from smartcam_bridge.errors import NotFound
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.erasure import note_erasure
from smartcam_bridge.store.event_rows import raise_seq
from smartcam_bridge.store.face_tables import people, sightings, strangers
from smartcam_bridge.store.faces.corrections import (
    correct_events, forget_in_histories, Naming, OF_PERSON, OF_STRANGER)
from smartcam_bridge.store.faces.erasures import Erasure, erasures_with, PERSON, STRANGER
from smartcam_bridge.store.faces.galleries import Galleries
from smartcam_bridge.store.faces.people import remove_templates, template_ids
from smartcam_bridge.store.faces.people_rows import names_of, read_person, remove_person
from smartcam_bridge.store.faces.rejections import delete_rejections, rejections_about
from smartcam_bridge.store.faces.strangers import raise_mark
from smartcam_bridge.store.faces.strike import strike_names
from smartcam_bridge.store.faces.tracks_of import name_tracks, open_tracks_of, tracks_of
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.kinds import remove_media, Row
from smartcam_bridge.store.people_tasks import ForgetPerson, ForgetReceipt, ForgetStranger
from smartcam_bridge.store.schema import tracks
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, delete, literal, or_, select

_WHO = 'smartcam'    # in the audit, where it was no person but this program
_SIGHTINGS = compiled(delete(sightings).where(or_(
    sightings.c.person_id == bindparam('key'), sightings.c.track_id.in_(
        select(tracks.c.id).where(tracks.c.person_id == bindparam('key'))))))
_SIGHTINGS_OF_STRANGER = compiled(delete(sightings).where(
    sightings.c.stranger_id == bindparam('key')))
_STRANGER = compiled(delete(strangers).where(strangers.c.id == bindparam('key')))
_THERE = compiled(select(literal(1)).where(
    people.c.id == bindparam('key'), people.c.created_ns == bindparam('made_ns')))


def forget_person(work: Work, ask: ForgetPerson) -> ForgetReceipt:
    """Remove a person with all that is held about them; raise NotFound."""
    person, former = read_person(work.connection, ask.id)
    work.erasures += erasures_with(work.connection, PERSON, person.id)
    theirs = tracks_of(work.connection, person.id)
    work.corrections += [Correction(id_, 0)
                         for id_ in open_tracks_of(work.connection, person.id)]
    templates = template_ids(work, person.id)
    rejections = rejections_about(work, person.id)
    seen = work.connection.execute(
        _SIGHTINGS.sql, _SIGHTINGS.bound(key=person.id)).rowcount
    files = remove_media(work.connection, [Row(0, 0, 0, '', False, id_) for id_ in theirs])
    remove_templates(work, templates)
    delete_rejections(work, rejections)
    name_tracks(work.connection, theirs, 0)
    events = correct_events(work, ask, 'forgotten', OF_PERSON, person.id,
                            lambda naming: naming.other(person.id, None))
    remove_person(work.connection, person.id)
    forget_in_histories(work.connection, names_of(work.connection).keys())
    texts = strike_names(work, [person.name, *former])
    note_erasure(work.connection)
    receipt = ForgetReceipt(
        person.id, ask.at_ns, len(templates), seen, len(rejections), len(theirs), events, texts,
        files['media'], _backups_with(work.connection, person.id, person.created_ns))
    work.audit(ask, 'forgotten', person.id, **{name: getattr(receipt, name) for name in (
        'templates', 'sightings', 'rejections', 'tracks', 'events', 'texts', 'files')})
    return receipt


def forget_stranger(work: Work, ask: ForgetStranger) -> None:
    """Remove a stranger with its sightings; raise NotFound."""
    erasures = erasures_with(work.connection, STRANGER, ask.stranger_id)
    if not erasures:
        raise NotFound(f'there is no stranger {ask.stranger_id}')
    work.erasures += erasures
    theirs = tracks_of(work.connection, ask.stranger_id, 'stranger_id')
    work.corrections += [Correction(id_, 0) for id_ in open_tracks_of(
        work.connection, ask.stranger_id, 'stranger_id')]
    work.connection.execute(_STRANGER.sql, {'key': ask.stranger_id})
    seen = work.connection.execute(
        _SIGHTINGS_OF_STRANGER.sql, {'key': ask.stranger_id}).rowcount
    name_tracks(work.connection, theirs, 0)
    events = correct_events(work, ask, 'forgotten', OF_STRANGER, ask.stranger_id,
                            lambda naming: Naming(*naming[:2], None))
    work.gone_strangers.add(ask.stranger_id)
    note_erasure(work.connection)
    work.audit(ask, 'stranger_forgotten', stranger=ask.stranger_id, sightings=seen,
               tracks=len(theirs), events=events)


def forget_again(connection: sqlite3.Connection, erasures: Iterable[Erasure],
                 now_ns: int) -> int:
    """Forget in a copy of the store who was forgotten after it was made; return how many.

    None of their numbers is given again. Inside the caller's transaction; with the schema of now.
    """
    work, again = Work(connection, Settings(), Galleries(lambda: 0)), 0
    for erasure in erasures:
        if erasure.kind == PERSON:
            raise_seq(connection, erasure.id, 'people')
        else:
            raise_mark(connection, erasure.id + 1)
        if erasure.is_in(connection):
            again += 1
            if erasure.kind == PERSON:
                forget_person(work, ForgetPerson(erasure.id, _WHO, now_ns))
            else:
                forget_stranger(work, ForgetStranger(erasure.id, _WHO, now_ns))
    return again


def _backups_with(connection: sqlite3.Connection, person_id: int,
                  created_ns: int) -> tuple[str, ...]:
    """Return the files beside the store that still hold a person, or may: one being written."""
    path = next(Path(file) for _, name, file in connection.execute('PRAGMA database_list')
                if name == 'main')
    copies = [*(path.parent / 'backups').glob(f'{path.stem}-*.sqlite3*'),
              *path.parent.glob(f'{path.name}.*')]
    return tuple(str(copy.relative_to(path.parent)) for copy in sorted(copies)
                 if not copy.name.endswith(('-wal', '-shm'))
                 and _may_hold(copy, person_id, created_ns))


def _may_hold(copy: Path, person_id: int, created_ns: int) -> bool:
    """Say whether a copy holds a person; one that cannot be read, or has a log, may."""
    if copy.with_name(copy.name + '-wal').exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(
                f'{copy.absolute().as_uri()}?immutable=1', uri=True)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'people'"
                                  ).fetchone() is None:
                pages, = connection.execute('PRAGMA page_count').fetchone()
                return not pages    # nothing was written yet; else it is older than people
            return connection.execute(_THERE.sql, _THERE.bound(
                key=person_id, made_ns=created_ns)).fetchone() is not None
    except sqlite3.Error:
        return True
