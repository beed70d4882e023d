"""Strike out names in what people wrote: whole words, however they are written."""
import json
import re
from typing import Any, Iterable
import unicodedata

from smartcam_bridge.store.face_tables import audit, people
from smartcam_bridge.store.faces.work import Work
from smartcam_bridge.store.schema import events
from smartcam_bridge.store.sql import compiled
from sqlalchemy import bindparam, select, Table, update

STRUCK = '[forgotten]'
_KEPT = ('by',)     # the account that wrote it: not what was written

_READ = {
    events: compiled(select(events.c.id, events.c.detail).where(
        events.c.type == 'manual_event').order_by(events.c.stamp_ns)),
    audit: compiled(select(audit.c.id, audit.c.detail).order_by(audit.c.id))}
_PUT = {table: compiled(update(table).where(table.c.id == bindparam('key')).values(
    detail=bindparam('text'))) for table in _READ}
_NOTES = compiled(select(people.c.id, people.c.notes).where(people.c.notes != ''))
_PUT_NOTES = compiled(update(people).where(people.c.id == bindparam('key')).values(
    notes=bindparam('text')))


def strike_names(work: Work, names: Iterable[str]) -> int:
    """Strike out names in events that people made, in the audit, and in notes on other people.

    Returns in how many texts. Inside the caller's transaction.
    """
    pattern = pattern_of(names)
    return (sum(_strike_details(work, table, pattern) for table in _READ)
            + _strike_notes(work, pattern))


def pattern_of(names: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of the names as whole words, in any case and any Unicode form."""
    forms = {re.escape(unicodedata.normalize(form, name)) for name in names
             for form in ('NFC', 'NFD')}
    spaced = (r'\s+'.join(filter(None, re.split(r'(?:\\?\s)+', form))) for form in forms)
    longest_first = sorted(spaced, key=len, reverse=True)
    return re.compile(rf'(?<!\w)(?:{"|".join(longest_first)})(?!\w)', re.IGNORECASE)


def struck(value: Any, pattern: re.Pattern[str]) -> Any:
    """Return a JSON value without the names."""
    if isinstance(value, str):
        return pattern.sub(STRUCK, value)
    if isinstance(value, list):
        return [struck(item, pattern) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _KEPT else struck(item, pattern)
                for key, item in value.items()}
    return value


def _strike_details(work: Work, table: Table, pattern: re.Pattern[str]) -> int:
    read, rows = _READ[table], []
    for id_, text in work.connection.execute(read.sql, read.params).fetchall():
        detail = json.loads(text)
        if (after := struck(detail, pattern)) != detail:
            rows.append({'key': id_, 'text': json.dumps(after, ensure_ascii=False)})
    work.connection.executemany(_PUT[table].sql, rows)
    return len(rows)


def _strike_notes(work: Work, pattern: re.Pattern[str]) -> int:
    rows = [{'key': id_, 'text': pattern.sub(STRUCK, notes)}
            for id_, notes in work.connection.execute(_NOTES.sql, _NOTES.params).fetchall()
            if pattern.search(notes)]
    work.connection.executemany(_PUT_NOTES.sql, rows)
    return len(rows)
