"""The tables. PostgreSQL could do all of it, since a fleet will one day write to one.

There are no foreign keys to `cameras`: deleting a camera would otherwise delete millions of rows
in one transaction. Its row goes at once, what it saw follows in slices (store.retention), and
its id is never used again, so what is left over is never mistaken for another camera's.
"""
from smartcam_bridge.store.face_tables import metadata
from sqlalchemy import (
    BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData,
    PrimaryKeyConstraint, SmallInteger, String, Table, Text, true, UniqueConstraint)

REVISION = '0003'
"""What this code reads and writes; the newest of `store/migrations/versions`."""

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
    Column('label_rules', Text, nullable=False, server_default='{}'),  # JSON by label, '*': all
    Column('retention', Text, nullable=False, server_default='{}'),    # JSON, store.retention
    Column('count_while_moving', Boolean, nullable=False, server_default='0'),
    Column('faces_topic', Text, nullable=False, server_default=''),
    Column('embeddings_topic', Text, nullable=False, server_default=''),
    Column('face_model', Text, nullable=False, server_default=''),
    Column('recognition', Text, nullable=False, server_default='{}'),  # JSON, domain.face_rules
    UniqueConstraint('name', name='cameras_name'),
    sqlite_autoincrement=True)

frame_sizes = Table(  # what CameraInfo or an image said, whenever it said something new
    'frame_sizes', metadata,
    Column('camera_id', BigInteger, nullable=False),
    Column('since_ns', BigInteger, nullable=False),    # stamp
    Column('width', Integer, nullable=False),          # px
    Column('height', Integer, nullable=False),
    PrimaryKeyConstraint('camera_id', 'since_ns', name='frame_sizes_pkc'))

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
    Column('moving', Boolean, nullable=False, server_default='0'),
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
    Column('score_median', Float, nullable=False, server_default='0'),
    Column('label_changes', Text, nullable=False, server_default='[]'),  # JSON: [[stamp_ns, id]]
    Column('stationary_ns', BigInteger, nullable=False, server_default='0'),
    Column('shot', Text),                              # JSON of the best shot; NULL: none yet
    Column('pinned', Boolean, nullable=False, server_default='0'),
    Column('poses', Text),                             # JSON: start, shot, end; NULL: none known
    Column('pose_frame', Text),                        # of the start, for queries by place
    Column('pose_x', Float),
    Column('pose_y', Float),
    Column('verdict', Text),                           # domain.faces.Verdict; NULL: no face seen
    Column('person_id', BigInteger),
    Column('stranger_id', BigInteger),
    Column('similarity', Float),                       # to the best person
    # The last columns let a scan skip what does not match without reading the row.
    Index('tracks_first', 'first_ns', 'last_ns', 'score_top'),
    Index('tracks_camera_first', 'camera_id', 'first_ns', 'last_ns', 'score_top'),
    Index('tracks_label_first', 'label_id', 'first_ns', 'last_ns', 'score_top'),
    Index('tracks_tracker_first', 'tracker_id', 'first_ns'),
    Index('tracks_last', 'last_ns'))

# `== true()`, as queries are compiled: else SQLite would not see that such an index serves them.
Index('tracks_open', tracks.c.first_ns, sqlite_where=tracks.c.end_reason.is_(None),
      postgresql_where=tracks.c.end_reason.is_(None))
Index('tracks_pinned', tracks.c.camera_id, sqlite_where=tracks.c.pinned == true(),
      postgresql_where=tracks.c.pinned == true())
Index('tracks_place', tracks.c.pose_frame, tracks.c.pose_x, tracks.c.pose_y,
      sqlite_where=tracks.c.pose_x.is_not(None), postgresql_where=tracks.c.pose_x.is_not(None))

shapes = Table(  # zones, tripwires and masks
    'shapes', metadata,
    Column('id', _ID, primary_key=True),
    Column('camera_id', BigInteger, nullable=False),
    Column('kind', Text, nullable=False),              # zone, tripwire, mask
    Column('name', Text, nullable=False),
    Column('enabled', Boolean, nullable=False),
    Column('definition', Text, nullable=False),        # JSON, domain.shapes
    UniqueConstraint('camera_id', 'kind', 'name', name='shapes_name'),
    sqlite_autoincrement=True)

visits = Table(
    'visits', metadata,
    Column('id', _ID, primary_key=True),
    Column('zone_id', BigInteger, nullable=False),
    Column('camera_id', BigInteger, nullable=False),
    Column('track_id', BigInteger, nullable=False),
    Column('label_id', BigInteger, nullable=False),
    Column('entered_ns', BigInteger, nullable=False),
    Column('exited_ns', BigInteger),                   # NULL: it goes on
    Column('loitered', Boolean, nullable=False),
    UniqueConstraint('zone_id', 'track_id', 'entered_ns', name='visits_once'),
    Index('visits_entered', 'entered_ns', 'exited_ns'),
    Index('visits_zone_entered', 'zone_id', 'entered_ns', 'exited_ns', 'label_id'),
    Index('visits_zone_exited', 'zone_id', 'exited_ns'),
    Index('visits_camera', 'camera_id', 'entered_ns'),
    Index('visits_label', 'label_id', 'entered_ns'),
    Index('visits_track', 'track_id'))
Index('visits_open', visits.c.entered_ns, sqlite_where=visits.c.exited_ns.is_(None),
      postgresql_where=visits.c.exited_ns.is_(None))

crossings = Table(
    'crossings', metadata,
    Column('id', _ID, primary_key=True),
    Column('tripwire_id', BigInteger, nullable=False),
    Column('camera_id', BigInteger, nullable=False),
    Column('track_id', BigInteger, nullable=False),
    Column('label_id', BigInteger, nullable=False),
    Column('stamp_ns', BigInteger, nullable=False),
    Column('direction', SmallInteger, nullable=False),  # domain.model.Direction
    UniqueConstraint('tripwire_id', 'track_id', 'stamp_ns', 'direction', name='crossings_once'),
    Index('crossings_stamp', 'stamp_ns'),
    Index('crossings_tripwire_stamp', 'tripwire_id', 'stamp_ns', 'direction', 'label_id'),
    Index('crossings_camera', 'camera_id', 'stamp_ns'),
    Index('crossings_label', 'label_id', 'stamp_ns'),
    Index('crossings_track', 'track_id'))

events = Table(
    'events', metadata,
    Column('id', _ID, primary_key=True),               # the sequence number: no gaps, never twice
    Column('type', Text, nullable=False),
    Column('camera_id', BigInteger, nullable=False),   # 0: none
    Column('camera', Text, nullable=False),            # its name then
    Column('stamp_ns', BigInteger, nullable=False),
    Column('severity', SmallInteger, nullable=False),  # domain.events.Severity
    Column('track_id', BigInteger),
    Column('label', Text),
    Column('shape_id', BigInteger),
    Column('pose_frame', Text),
    Column('pose_x', Float),
    Column('pose_y', Float),
    Column('pose_yaw', Float),
    Column('pose_age_s', Float),
    Column('detail', Text, nullable=False),            # JSON object
    Column('pinned', Boolean, nullable=False),
    Column('person_id', BigInteger),
    Column('was_person_id', BigInteger),               # who it was thought to be before
    Column('stranger_id', BigInteger),
    Column('corrections', Text),                       # JSON list: at, by, action; NULL: none
    # The last columns of each let a scan skip what does not match without reading the row.
    Index('events_stamp', 'stamp_ns', 'id'),
    Index('events_camera_stamp', 'camera_id', 'stamp_ns', 'id', 'type', 'severity', 'label'),
    Index('events_type_stamp', 'type', 'stamp_ns', 'id', 'camera_id', 'severity', 'label'),
    Index('events_severity_stamp', 'severity', 'stamp_ns', 'id', 'camera_id', 'type', 'label'),
    Index('events_label_stamp', 'label', 'stamp_ns', 'id', 'camera_id', 'type', 'severity'),
    Index('events_shape_stamp', 'shape_id', 'stamp_ns', 'id', 'type', 'label'),
    Index('events_track', 'track_id'),
    sqlite_autoincrement=True)
Index('events_pinned', events.c.stamp_ns, sqlite_where=events.c.pinned == true(),
      postgresql_where=events.c.pinned == true())
Index('events_place', events.c.pose_frame, events.c.pose_x, events.c.pose_y,
      sqlite_where=events.c.pose_x.is_not(None), postgresql_where=events.c.pose_x.is_not(None))
Index('events_corrected', events.c.id, sqlite_where=events.c.corrections.is_not(None),
      postgresql_where=events.c.corrections.is_not(None))

for _table, _stamp in ((tracks, ('first_ns',)), (events, ('stamp_ns', 'id'))):
    for _column in ('verdict', 'person_id', 'was_person_id', 'stranger_id'):
        if _column in _table.c:
            Index(f'{_table.name}_{_column.removesuffix("_id")}', _table.c[_column],
                  *(_table.c[name] for name in _stamp),
                  sqlite_where=_table.c[_column].is_not(None),
                  postgresql_where=_table.c[_column].is_not(None))

acknowledgements = Table(
    'acknowledgements', metadata,
    Column('event_id', BigInteger, nullable=False),
    Column('who', Text, nullable=False),               # name of the token or session
    Column('at_ns', BigInteger, nullable=False),
    PrimaryKeyConstraint('event_id', 'who', name='acknowledgements_pkc'))

media = Table(  # one row per file below media/; written after the file, removed after it
    'media', metadata,
    Column('id', _ID, primary_key=True),
    Column('kind', Text, nullable=False),              # crop, frame
    Column('camera_id', BigInteger, nullable=False),
    Column('track_id', BigInteger, nullable=False),
    Column('stamp_ns', BigInteger, nullable=False),    # of the frame
    Column('path', Text, nullable=False),              # below media/
    Column('bytes', BigInteger, nullable=False),
    Column('created_ns', BigInteger, nullable=False),
    Column('doomed', Boolean, nullable=False),         # the file goes, then the row
    UniqueConstraint('path', name='media_path'),
    Index('media_track', 'track_id', 'kind'),
    Index('media_created', 'created_ns', 'bytes'),
    Index('media_camera', 'camera_id'),
    sqlite_autoincrement=True)
Index('media_doomed', media.c.id, sqlite_where=media.c.doomed == true(),
      postgresql_where=media.c.doomed == true())

suspensions = Table(  # while the robot moved, zones and the like of a camera did not count
    'suspensions', metadata,
    Column('id', _ID, primary_key=True),
    Column('camera_id', BigInteger, nullable=False),
    Column('begin_ns', BigInteger, nullable=False),
    Column('end_ns', BigInteger),                      # NULL: it goes on
    Column('reason', Text, nullable=False),
    UniqueConstraint('camera_id', 'begin_ns', name='suspensions_once'))

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
