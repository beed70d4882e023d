"""Past events are corrected with history: what they say now, and what they said before."""
import json
import sqlite3
from typing import Any, Callable, Collection, NamedTuple

from smartcam_bridge.domain.times import iso
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.schema import events
from smartcam_bridge.store.sql import compiled, Statement
from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.sql import ColumnElement


class Naming(NamedTuple):
    """Whom an event names; None: nobody."""

    person_id: int | None
    was_person_id: int | None
    stranger_id: int | None

    def other(self, person_id: int, instead: int | None) -> 'Naming':
        """Return it with somebody else in a person's place."""
        return Naming(instead if self.person_id == person_id else self.person_id,
                      instead if self.was_person_id == person_id else self.was_person_id,
                      self.stranger_id)


def _where(condition: ColumnElement) -> Statement:
    return compiled(select(events.c.id, events.c.corrections, *(
        events.c[name] for name in Naming._fields)).where(condition).order_by(events.c.id))


OF_PERSON = _where(or_(events.c.person_id == bindparam('whose'),
                       events.c.was_person_id == bindparam('whose')))
OF_STRANGER = _where(events.c.stranger_id == bindparam('whose'))
OF_TRACK = _where(events.c.track_id == bindparam('whose'))
_CORRECTED = compiled(select(events.c.id, events.c.corrections)
                      .where(events.c.corrections.is_not(None)))
_PUT = compiled(update(events).where(events.c.id == bindparam('key')).values(
    person_id=bindparam('person'), was_person_id=bindparam('was'),
    stranger_id=bindparam('stranger'), corrections=bindparam('history')))
_PUT_HISTORY = compiled(update(events).where(events.c.id == bindparam('key')).values(
    corrections=bindparam('history')))


def correct_events(work: Work, ask: Any, action: str, of: Statement, whose: int,
                   change: Callable[[Naming], Naming]) -> int:
    """Change whom events name, each with a note of it; return how many were."""
    rows = []
    for id_, history, *named in work.connection.execute(of.sql, {'whose': whose}).fetchall():
        before = Naming(*named)
        after = change(before)
        if after == before:
            continue
        was = next((old for old, new in zip(before[:2], after[:2]) if old != new), None)
        note = {'at': iso(ask.at_ns), 'by': ask.who, 'action': action, 'was': was}
        rows.append({
            'key': id_, 'person': after.person_id, 'was': after.was_person_id,
            'stranger': after.stranger_id,
            'history': json.dumps([*json.loads(history or '[]'), note], ensure_ascii=False)})
    work.connection.executemany(_PUT.sql, rows)
    return len(rows)


def forget_in_histories(connection: sqlite3.Connection, known: Collection[int]) -> None:
    """Let no correction say any more that something was somebody who is not among the known."""
    rows = []
    for id_, history in connection.execute(_CORRECTED.sql, _CORRECTED.params).fetchall():
        notes = json.loads(history)
        if any(note['was'] is not None and note['was'] not in known for note in notes):
            rows.append({'key': id_, 'history': json.dumps(
                [note | {'was': note['was'] if note['was'] in known else None}
                 for note in notes], ensure_ascii=False)})
    connection.executemany(_PUT_HISTORY.sql, rows)
