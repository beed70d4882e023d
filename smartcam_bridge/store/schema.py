"""The tables. PostgreSQL could do all of it, since a fleet will one day write to one.

There are no foreign keys to `cameras`: deleting a camera would otherwise delete millions of rows
in one transaction. Its row goes at once, what it saw follows in slices (store.retention), and
its id is never used again, so what is left over is never mistaken for another camera's.
"""
from sqlalchemy import (
    BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData,
    PrimaryKeyConstraint, SmallInteger, String, Table, Text, UniqueConstraint)

REVISION = '0001'
"""What this code reads and writes; the newest of `store/migrations/versions`."""

metadata = MetaData()
_ID = BigInteger().with_variant(Integer(), 'sqlite')  # SQLite: the rowid itself, no second index

cameras = Table(
    'cameras', metadata,
    Column('id', _ID, primary_key=True),
    Column('name', Text, nullable=False),
    Column('enabled', Boolean, nullable=False),
    Column('width', Integer, nullable=False),
    Column('height', Integer, nullable=False),
    Column('image_topic', Text, nullable=False),
    Column('info_topic', Text, nullable=False),
    Column('detections_topic', Text, nullable=False),
    Column('tracks_topic', Text, nullable=False),
    UniqueConstraint('name', name='cameras_name'),
    sqlite_autoincrement=True)

labels = Table(
    'labels', metadata,
    Column('id', _ID, primary_key=True, autoincrement=False),
    Column('name', Text, nullable=False),
    UniqueConstraint('name', name='labels_name'))

observations = Table(
    'observations', metadata,
    Column('id', _ID, primary_key=True),
    Column('camera_id', BigInteger, nullable=False),
    Column('source', SmallInteger, nullable=False),    # domain.model.Source
    Column('stamp_ns', BigInteger, nullable=False),
    Column('received_ns', BigInteger, nullable=False),
    Column('count', Integer, nullable=False),
    Column('boxes', LargeBinary, nullable=False),      # store.packing
    Index('observations_stamp', 'stamp_ns'),
    Index('observations_camera_stamp', 'camera_id', 'stamp_ns'))

tracks = Table(
    'tracks', metadata,
    Column('id', _ID, primary_key=True, autoincrement=False),
    Column('camera_id', BigInteger, nullable=False),
    Column('tracker_id', Text, nullable=False),
    Column('label_id', BigInteger, nullable=False),
    Column('first_ns', BigInteger, nullable=False),
    Column('last_ns', BigInteger, nullable=False),
    Column('observations', Integer, nullable=False),
    Column('score_top', Float, nullable=False),
    Column('score_mean', Float, nullable=False),
    Column('score_last', Float, nullable=False),
    Column('path', LargeBinary, nullable=False),       # store.packing
    Column('end_reason', Text),                        # domain.model.EndReason; NULL: open
    # The last columns let a scan skip what does not match without reading the row.
    Index('tracks_first', 'first_ns', 'last_ns', 'score_top'),
    Index('tracks_camera_first', 'camera_id', 'first_ns', 'last_ns', 'score_top'),
    Index('tracks_label_first', 'label_id', 'first_ns', 'last_ns', 'score_top'),
    Index('tracks_tracker_first', 'tracker_id', 'first_ns'),
    Index('tracks_last', 'last_ns'))

Index('tracks_open', tracks.c.first_ns, sqlite_where=tracks.c.end_reason.is_(None),
      postgresql_where=tracks.c.end_reason.is_(None))

settings = Table(
    'settings', metadata,
    Column('key', String(64), primary_key=True),
    Column('value', Text, nullable=False))

tokens = Table(
    'tokens', metadata,
    Column('id', _ID, primary_key=True),
    Column('kind', Text, nullable=False),              # token, session, login
    Column('name', Text, nullable=False),
    Column('role', Text, nullable=False),              # viewer, operator, admin
    Column('digest', LargeBinary, nullable=False),     # SHA-256 of the secret
    Column('created_ns', BigInteger, nullable=False),
    Column('expires_ns', BigInteger, nullable=False),  # 0: never
    UniqueConstraint('digest', name='tokens_digest'),
    Index('tokens_expires', 'expires_ns'),
    sqlite_autoincrement=True)

versions = Table(  # as Alembic makes it
    'alembic_version', MetaData(),
    Column('version_num', String(32), nullable=False),
    PrimaryKeyConstraint('version_num', name='alembic_version_pkc'))
