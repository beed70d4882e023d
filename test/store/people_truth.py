"""What must hold of people in any store, whatever happened to it."""
from pathlib import Path
import sqlite3

import numpy as np

from smartcam_bridge.domain.people import Consent, People
from smartcam_bridge.store import schema
from smartcam_bridge.store.faces.vectors import unpacked

_NAMED = {'templates': 'person_id', 'rejections': 'person_id', 'sightings': 'person_id',
          'tracks': 'person_id', 'events': 'person_id'}


def rows_of(path: Path) -> dict[str, list[tuple]]:
    """Return all rows of all tables, in the order of their keys."""
    connection = sqlite3.connect(path)
    try:
        return {table.name: connection.execute(
            f'SELECT * FROM {table.name} ORDER BY 1, 2').fetchall()
            for table in schema.metadata.sorted_tables}
    finally:
        connection.close()


def nobody_named(connection: sqlite3.Connection) -> list[str]:
    """Say what speaks of people, strangers or templates that are not there."""
    found = []
    for table, column, there in (
            *((table, column, 'people') for table, column in _NAMED.items()),
            ('events', 'was_person_id', 'people'), ('tracks', 'stranger_id', 'strangers'),
            ('sightings', 'stranger_id', 'strangers'), ('events', 'stranger_id', 'strangers'),
            ('template_pictures', 'template_id', 'templates'), ('sightings', 'track_id', 'tracks'),
            ):
        count, = connection.execute(
            f'SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN '
            f'(SELECT id FROM {there})').fetchone()
        found += [f'{count} {table}.{column} of no {there}'] * bool(count)
    count, = connection.execute(
        'SELECT count(*) FROM sightings JOIN tracks ON tracks.id = track_id WHERE '
        'sightings.person_id IS NOT tracks.person_id OR '
        'sightings.stranger_id IS NOT tracks.stranger_id').fetchone()
    return found + [f'{count} sightings are not whose their track is'] * bool(count)


def assert_gallery_is_as_the_rows(people: People, connection: sqlite3.Connection) -> None:
    """See that those who can be matched are those whose templates are on the disk."""
    allowed = {id_ for id_, consent in connection.execute('SELECT id, consent FROM people')
               if Consent(consent).allows}
    assert dict(people.names) == dict(connection.execute('SELECT id, name FROM people'))
    rows = [(id_, person, model, unpacked(blob, dimension))
            for id_, person, model, dimension, blob in connection.execute(
                'SELECT id, person_id, model, dimension, vector FROM templates')]
    assert people.refused == people.names.keys() - allowed
    held = [{model: len(gallery) for model, gallery in galleries.items() if len(gallery)}
            for galleries in (people.galleries, people.withheld)]
    wanted: list[dict[str, int]] = [{}, {}]
    for id_, person, model, vector in rows:
        here, there = people.galleries, people.withheld
        if person not in allowed:
            here, there = there, here
        count = wanted[person not in allowed]
        count[model] = count.get(model, 0) + 1
        found = here[model].similarity(person, vector)
        assert found.similarity > 0.9999 and found.template_id == id_
        if model in there:
            assert there[model].similarity(person, vector) is None
    assert held == wanted
    for person, model, dimension, blob in connection.execute(
            'SELECT person_id, model, dimension, vector FROM rejections'):
        vector = unpacked(blob, dimension)
        own = people.galleries[model].similarity(person, vector)
        if own is not None and own.similarity < 0.999:
            assert person not in {one.person_id for one in people.galleries[model].match(
                np.array([vector]))[0]}
