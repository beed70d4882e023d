"""Rows of people's tables, with what a test does not care about filled in."""
from pathlib import Path
import sqlite3
from typing import Any, Sequence

import numpy as np

START_NS = 1_800_000_000_000_000_000


def insert(path: Path, table: str, **values: Any) -> None:
    """Insert a row on a connection of its own."""
    connection = sqlite3.connect(path, timeout=10)
    try:
        with connection:
            connection.execute(
                f'INSERT INTO {table} ({", ".join(values)}) VALUES '
                f'({", ".join("?" * len(values))})', list(values.values()))
    finally:
        connection.close()


def change(path: Path, sql: str, *values: Any) -> None:
    """Run a statement on a connection of its own."""
    connection = sqlite3.connect(path, timeout=10)
    try:
        with connection:
            connection.execute(sql, values)
    finally:
        connection.close()


def vector(*numbers: float) -> bytes:
    """Return an embedding as it is stored."""
    return np.array(numbers or (1, 0, 0, 0), '<f4').tobytes()


def person(path: Path, id_: int, name: str, **values: Any) -> None:
    """Insert a person."""
    insert(path, 'people', **{
        'id': id_, 'name': name, 'notes': '', 'consent': 'given', 'consent_ns': START_NS,
        'created_ns': START_NS, 'former_names': '[]', **values})


def template(path: Path, id_: int, person_id: int, *, jpeg: bytes | None = None,
             numbers: Sequence[float] = (1, 0, 0, 0), **values: Any) -> None:
    """Insert a template, with a picture where one is given."""
    insert(path, 'templates', **{
        'id': id_, 'person_id': person_id, 'model': 'sface', 'dimension': len(numbers),
        'vector': vector(*numbers), 'source': 'vector', 'created_ns': START_NS + id_,
        'created_by': 'a test', **values})
    if jpeg is not None:
        insert(path, 'template_pictures', template_id=id_, jpeg=jpeg)


def sighting(path: Path, id_: int, track_id: int, *, numbers: Sequence[float] = (1, 0, 0, 0),
             **values: Any) -> None:
    """Insert a sighting of the first camera, in the slot of its id."""
    insert(path, 'sightings', **{
        'id': id_, 'track_id': track_id, 'slot': id_, 'camera_id': 1, 'stamp_ns': START_NS + id_,
        'model': 'sface', 'dimension': len(numbers), 'vector': vector(*numbers), 'x1': 0.25,
        'y1': 0.25, 'x2': 0.5, 'y2': 0.75, 'face_px': 80.0, 'score': 0.9, 'sharpness': 0.8,
        'pose': 0.7, 'quality': 0.5, 'similarity': 0.6, **values})


def stranger(path: Path, id_: int, **values: Any) -> None:
    """Insert a stranger."""
    insert(path, 'strangers', **{
        'id': id_, 'model': 'sface', 'dimension': 4, 'centre': vector(), 'first_ns': START_NS,
        'last_ns': START_NS + id_, 'alerted_ns': 0, 'sightings': 3, 'tracks': 1, **values})


def rejection(path: Path, id_: int, person_id: int, **values: Any) -> None:
    """Insert a rejection."""
    insert(path, 'rejections', **{
        'id': id_, 'person_id': person_id, 'track_id': 1, 'model': 'sface', 'dimension': 4,
        'vector': vector(0, 1, 0, 0), 'created_ns': START_NS, 'created_by': 'a test', **values})


def audit_entry(path: Path, id_: int, action: str, **values: Any) -> None:
    """Insert an entry of the audit."""
    insert(path, 'audit', **{
        'id': id_, 'at_ns': START_NS + id_, 'who': 'a test', 'action': action,
        'person_id': None, 'detail': '{}', **values})
