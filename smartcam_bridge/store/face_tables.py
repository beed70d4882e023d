"""The tables of people: who is in the gallery, who was seen, who said so.

Vectors are little-endian float32 of unit length; model and dimension travel with each. Names of
people stand in `people` only (and in what people wrote themselves), so that who is forgotten is
forgotten everywhere.
"""
from smartcam_bridge.store.rollup_tables import metadata
from sqlalchemy import (
    BigInteger, Column, Float, Index, Integer, LargeBinary, SmallInteger, Table, Text,
    UniqueConstraint)

_ID = BigInteger().with_variant(Integer(), 'sqlite')

people = Table(
    'people', metadata,
    Column('id', _ID, primary_key=True),               # never used again
    Column('name', Text, nullable=False),
    Column('notes', Text, nullable=False),
    Column('consent', Text, nullable=False),           # domain.people.Consent
    Column('consent_ns', BigInteger, nullable=False),  # when that was said, 0: never
    Column('created_ns', BigInteger, nullable=False),
    Column('former_names', Text, nullable=False),      # JSON list: what to look for to forget them
    UniqueConstraint('name', name='people_name'),
    sqlite_autoincrement=True)

templates = Table(
    'templates', metadata,
    Column('id', _ID, primary_key=True),
    Column('person_id', BigInteger, nullable=False),
    Column('model', Text, nullable=False),
    Column('dimension', Integer, nullable=False),
    Column('vector', LargeBinary, nullable=False),
    Column('source', Text, nullable=False),            # track, picture, vector, stranger
    Column('track_id', BigInteger),
    Column('stamp_ns', BigInteger),                    # of the face, where it was seen
    Column('face_px', Float),                          # shorter side; NULL: not known
    Column('sharpness', Float),
    Column('pose', Float),
    Column('quality', Float),
    Column('created_ns', BigInteger, nullable=False),
    Column('created_by', Text, nullable=False),
    Index('templates_person', 'person_id'),
    Index('templates_model', 'model'),
    sqlite_autoincrement=True)

template_pictures = Table(  # apart, so that loading the gallery need not step over them
    'template_pictures', metadata,
    Column('template_id', _ID, primary_key=True, autoincrement=False),
    Column('jpeg', LargeBinary, nullable=False))

sightings = Table(  # the few best faces of a track
    'sightings', metadata,
    Column('id', _ID, primary_key=True),
    Column('track_id', BigInteger, nullable=False),
    Column('slot', SmallInteger, nullable=False),
    Column('camera_id', BigInteger, nullable=False),
    Column('stamp_ns', BigInteger, nullable=False),
    Column('model', Text, nullable=False),
    Column('dimension', Integer, nullable=False),
    Column('vector', LargeBinary, nullable=False),
    Column('x1', Float, nullable=False),               # of the face, in [0,1] of the frame
    Column('y1', Float, nullable=False),
    Column('x2', Float, nullable=False),
    Column('y2', Float, nullable=False),
    Column('face_px', Float, nullable=False),
    Column('score', Float, nullable=False),
    Column('sharpness', Float, nullable=False),
    Column('pose', Float, nullable=False),
    Column('quality', Float, nullable=False),
    Column('person_id', BigInteger),                   # of its track
    Column('stranger_id', BigInteger),
    Column('similarity', Float, nullable=False),       # to that person
    UniqueConstraint('track_id', 'slot', name='sightings_once'),
    Index('sightings_stamp', 'stamp_ns'),
    Index('sightings_camera', 'camera_id', 'stamp_ns'),
    Index('sightings_person', 'person_id', 'stamp_ns'),
    Index('sightings_stranger', 'stranger_id', 'stamp_ns'))

strangers = Table(
    'strangers', metadata,
    Column('id', _ID, primary_key=True, autoincrement=False),
    Column('model', Text, nullable=False),
    Column('dimension', Integer, nullable=False),
    Column('centre', LargeBinary, nullable=False),
    Column('first_ns', BigInteger, nullable=False),
    Column('last_ns', BigInteger, nullable=False),
    Column('alerted_ns', BigInteger, nullable=False),
    Column('sightings', Integer, nullable=False),
    Column('tracks', Integer, nullable=False),
    Index('strangers_last', 'last_ns'))

rejections = Table(  # who somebody said a face is not
    'rejections', metadata,
    Column('id', _ID, primary_key=True),
    Column('person_id', BigInteger, nullable=False),
    Column('track_id', BigInteger, nullable=False),
    Column('model', Text, nullable=False),
    Column('dimension', Integer, nullable=False),
    Column('vector', LargeBinary, nullable=False),
    Column('created_ns', BigInteger, nullable=False),
    Column('created_by', Text, nullable=False),
    Index('rejections_person', 'person_id'),
    Index('rejections_track', 'track_id'))

audit = Table(  # who did what to people's data
    'audit', metadata,
    Column('id', _ID, primary_key=True),
    Column('at_ns', BigInteger, nullable=False),
    Column('who', Text, nullable=False),               # name of the token or session
    Column('action', Text, nullable=False),
    Column('person_id', BigInteger),
    Column('detail', Text, nullable=False),            # JSON object
    Index('audit_at', 'at_ns', 'id'),
    Index('audit_person', 'person_id', 'at_ns', 'id'),
    sqlite_autoincrement=True)
