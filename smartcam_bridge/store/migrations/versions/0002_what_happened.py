"""Shapes, visits, crossings, events, media, suspensions; more about tracks and cameras."""
from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Add columns and tables; what is there stays as it is."""
    _add_columns()
    _make_frame_sizes()
    _make_shapes()
    _make_visits_and_crossings()
    _make_events()
    _make_media()
    _make_suspensions()
    _make_rollups()
    _mark_deleted()
    op.execute("INSERT INTO settings SELECT 'rollups_missing', '' WHERE EXISTS "
               '(SELECT 1 FROM observations) OR EXISTS (SELECT 1 FROM tracks)')


def _add_columns() -> None:
    op.add_column('cameras', sa.Column('label_rules', sa.Text, nullable=False,
                                       server_default='{}'))
    op.add_column('cameras', sa.Column('retention', sa.Text, nullable=False, server_default='{}'))
    op.add_column('cameras', sa.Column('count_while_moving', sa.Boolean, nullable=False,
                                       server_default='0'))
    op.add_column('observations', sa.Column('moving', sa.Boolean, nullable=False,
                                            server_default='0'))
    for column in (
            sa.Column('score_median', sa.Float, nullable=False, server_default='0'),
            sa.Column('label_changes', sa.Text, nullable=False, server_default='[]'),
            sa.Column('stationary_ns', sa.BigInteger, nullable=False, server_default='0'),
            sa.Column('shot', sa.Text),
            sa.Column('pinned', sa.Boolean, nullable=False, server_default='0'),
            sa.Column('poses', sa.Text),
            sa.Column('pose_frame', sa.Text),
            sa.Column('pose_x', sa.Float),
            sa.Column('pose_y', sa.Float)):
        op.add_column('tracks', column)
    _index_some('tracks_pinned', 'tracks', ['camera_id'], 'pinned = 1')
    _index_some('tracks_place', 'tracks', ['pose_frame', 'pose_x', 'pose_y'],
                'pose_x IS NOT NULL')


def _make_frame_sizes() -> None:
    op.create_table(
        'frame_sizes',
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('since_ns', sa.BigInteger, nullable=False),
        sa.Column('width', sa.Integer, nullable=False),
        sa.Column('height', sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint('camera_id', 'since_ns', name='frame_sizes_pkc'))


def _make_shapes() -> None:
    op.create_table(
        'shapes',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('kind', sa.Text, nullable=False),
        sa.Column('name', sa.Text, nullable=False),
        sa.Column('enabled', sa.Boolean, nullable=False),
        sa.Column('definition', sa.Text, nullable=False),
        sa.UniqueConstraint('camera_id', 'kind', 'name', name='shapes_name'),
        sqlite_autoincrement=True)


def _make_visits_and_crossings() -> None:
    op.create_table(
        'visits',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('zone_id', sa.BigInteger, nullable=False),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('track_id', sa.BigInteger, nullable=False),
        sa.Column('label_id', sa.BigInteger, nullable=False),
        sa.Column('entered_ns', sa.BigInteger, nullable=False),
        sa.Column('exited_ns', sa.BigInteger),
        sa.Column('loitered', sa.Boolean, nullable=False),
        sa.UniqueConstraint('zone_id', 'track_id', 'entered_ns', name='visits_once'))
    op.create_index('visits_entered', 'visits', ['entered_ns', 'exited_ns'])
    op.create_index('visits_zone_entered', 'visits',
                    ['zone_id', 'entered_ns', 'exited_ns', 'label_id'])
    op.create_index('visits_zone_exited', 'visits', ['zone_id', 'exited_ns'])
    op.create_index('visits_camera', 'visits', ['camera_id', 'entered_ns'])
    op.create_index('visits_label', 'visits', ['label_id', 'entered_ns'])
    op.create_index('visits_track', 'visits', ['track_id'])
    op.create_index('visits_open', 'visits', ['entered_ns'],
                    sqlite_where=sa.text('exited_ns IS NULL'),
                    postgresql_where=sa.text('exited_ns IS NULL'))
    op.create_table(
        'crossings',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('tripwire_id', sa.BigInteger, nullable=False),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('track_id', sa.BigInteger, nullable=False),
        sa.Column('label_id', sa.BigInteger, nullable=False),
        sa.Column('stamp_ns', sa.BigInteger, nullable=False),
        sa.Column('direction', sa.SmallInteger, nullable=False),
        sa.UniqueConstraint('tripwire_id', 'track_id', 'stamp_ns', 'direction',
                            name='crossings_once'))
    op.create_index('crossings_stamp', 'crossings', ['stamp_ns'])
    op.create_index('crossings_tripwire_stamp', 'crossings',
                    ['tripwire_id', 'stamp_ns', 'direction', 'label_id'])
    op.create_index('crossings_camera', 'crossings', ['camera_id', 'stamp_ns'])
    op.create_index('crossings_label', 'crossings', ['label_id', 'stamp_ns'])
    op.create_index('crossings_track', 'crossings', ['track_id'])


def _make_events() -> None:
    op.create_table(
        'events',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('type', sa.Text, nullable=False),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('camera', sa.Text, nullable=False),
        sa.Column('stamp_ns', sa.BigInteger, nullable=False),
        sa.Column('severity', sa.SmallInteger, nullable=False),
        sa.Column('track_id', sa.BigInteger),
        sa.Column('label', sa.Text),
        sa.Column('shape_id', sa.BigInteger),
        sa.Column('pose_frame', sa.Text),
        sa.Column('pose_x', sa.Float),
        sa.Column('pose_y', sa.Float),
        sa.Column('pose_yaw', sa.Float),
        sa.Column('pose_age_s', sa.Float),
        sa.Column('detail', sa.Text, nullable=False),
        sa.Column('pinned', sa.Boolean, nullable=False),
        sqlite_autoincrement=True)
    for name, columns in (
            ('stamp', ['stamp_ns', 'id']),
            ('camera_stamp', ['camera_id', 'stamp_ns', 'id', 'type', 'severity', 'label']),
            ('type_stamp', ['type', 'stamp_ns', 'id', 'camera_id', 'severity', 'label']),
            ('severity_stamp', ['severity', 'stamp_ns', 'id', 'camera_id', 'type', 'label']),
            ('label_stamp', ['label', 'stamp_ns', 'id', 'camera_id', 'type', 'severity']),
            ('shape_stamp', ['shape_id', 'stamp_ns', 'id', 'type', 'label']),
            ('track', ['track_id'])):
        op.create_index(f'events_{name}', 'events', columns)
    _index_some('events_pinned', 'events', ['stamp_ns'], 'pinned = 1')
    _index_some('events_place', 'events', ['pose_frame', 'pose_x', 'pose_y'],
                'pose_x IS NOT NULL')
    op.create_table(
        'acknowledgements',
        sa.Column('event_id', sa.BigInteger, nullable=False),
        sa.Column('who', sa.Text, nullable=False),
        sa.Column('at_ns', sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint('event_id', 'who', name='acknowledgements_pkc'))


def _make_media() -> None:
    op.create_table(
        'media',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('kind', sa.Text, nullable=False),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('track_id', sa.BigInteger, nullable=False),
        sa.Column('stamp_ns', sa.BigInteger, nullable=False),
        sa.Column('path', sa.Text, nullable=False),
        sa.Column('bytes', sa.BigInteger, nullable=False),
        sa.Column('created_ns', sa.BigInteger, nullable=False),
        sa.Column('doomed', sa.Boolean, nullable=False),
        sa.UniqueConstraint('path', name='media_path'),
        sqlite_autoincrement=True)
    op.create_index('media_track', 'media', ['track_id', 'kind'])
    op.create_index('media_created', 'media', ['created_ns', 'bytes'])
    op.create_index('media_camera', 'media', ['camera_id'])
    _index_some('media_doomed', 'media', ['id'], 'doomed = 1')


def _make_suspensions() -> None:
    op.create_table(
        'suspensions',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('begin_ns', sa.BigInteger, nullable=False),
        sa.Column('end_ns', sa.BigInteger),
        sa.Column('reason', sa.Text, nullable=False),
        sa.UniqueConstraint('camera_id', 'begin_ns', name='suspensions_once'))


def _make_rollups() -> None:
    time = ('width_s', 'start_s')
    for name, key, numbers in (
            ('camera_rollups', (*time, 'camera_id', 'label_id'),
             ('messages', 'boxes', 'tracks', 'peak')),
            ('zone_rollups', ('zone_id', 'label_id', *time),
             ('camera_id', 'entered', 'exited', 'after', 'peak', 'occupied_ns', 'dwell_ns',
              'longest_ns')),
            ('dwell_rollups', ('zone_id', 'label_id', *time, 'bin'), ('camera_id', 'visits')),
            ('tripwire_rollups', ('tripwire_id', 'label_id', *time),
             ('camera_id', 'inward', 'outward')),
            ('heat_rollups', ('camera_id', 'label_id', *time), ('cells',))):
        op.create_table(
            name, *(sa.Column(column, _rollup_type(column), nullable=False)
                    for column in (*key, *numbers)),
            sa.PrimaryKeyConstraint(*key, name=f'{name}_pkc'), sqlite_with_rowid=False)


def _rollup_type(column: str) -> type:
    if column in ('width_s', 'messages', 'tracks', 'peak', 'entered', 'exited', 'after', 'visits',
                  'inward', 'outward'):
        return sa.Integer
    return sa.LargeBinary if column == 'cells' else sa.BigInteger


def _mark_deleted() -> None:
    op.create_table(
        'raw_marks',
        sa.Column('kind', sa.Text, nullable=False),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('newest_ns', sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint('kind', 'camera_id', name='raw_marks_pkc'))
    for kind, newest in (('observations', 'OLD.stamp_ns'), ('tracks', 'OLD.first_ns'),
                         ('visits', 'coalesce(OLD.exited_ns, OLD.entered_ns)'),
                         ('crossings', 'OLD.stamp_ns')):
        op.execute(
            f'CREATE TRIGGER {kind}_mark AFTER DELETE ON {kind} BEGIN '
            f"INSERT INTO raw_marks VALUES ('{kind}', OLD.camera_id, {newest}) "
            'ON CONFLICT (kind, camera_id) DO UPDATE SET newest_ns = excluded.newest_ns '
            'WHERE newest_ns < excluded.newest_ns; END')


def _index_some(name: str, table: str, columns: list[str], where: str) -> None:
    """Make an index of the rows that fulfil a condition."""
    op.create_index(name, table, columns, sqlite_where=sa.text(where),
                    postgresql_where=sa.text(where))
