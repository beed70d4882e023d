"""What SQLite's errors mean for the one who has to do something about them."""
from pathlib import Path
import sqlite3

_REMEDIES = (  # part of SQLite's text -> what it means, and what to do
    ('locked', 'is locked by another program; close whatever else has it open'),
    ('busy', 'is locked by another program; close whatever else has it open'),
    ('full', 'cannot grow: the disk is full; free space, or keep less '
     '(observations_keep_h, tracks_keep_days)'),
    ('readonly', 'cannot be written: the file, its folder or the disk is read-only; '
     'make it writable for this user'),
    ('read-only', 'cannot be written: the file, its folder or the disk is read-only; '
     'make it writable for this user'),
    ('disk i/o', 'cannot be read or written: the disk reports errors or is full; check it'),
    ('unable to open', 'cannot be opened; check that its folder exists and belongs to this user'),
    ('permission', 'cannot be opened; check that its folder exists and belongs to this user'),
    ('malformed', 'is damaged'),
    ('not a database', 'is damaged, or no SQLite database'),
)
_PASSING = ('locked', 'busy', 'full')


def explain(error: Exception, path: Path) -> str:
    """Return one sentence: which file, what is wrong, and what to do."""
    text = str(error).lower()
    for part, remedy in _REMEDIES:
        if part in text:
            return f'the database {path} {remedy} ({error})'
    return f'the database {path} cannot be used: {error}'


def is_corrupt(error: BaseException) -> bool:
    """Say whether the file itself is damaged, so that trying again is of no use."""
    text = str(error).lower()
    return isinstance(error, sqlite3.DatabaseError) and (
        'malformed' in text or 'not a database' in text)


def is_passing(error: BaseException) -> bool:
    """Say whether the same connection can go on as soon as the cause is gone."""
    text = str(error).lower()
    return any(part in text for part in _PASSING)
