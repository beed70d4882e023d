"""People, their templates, sightings, strangers, rejections, audit; who a track and event show."""
from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Add columns and tables; what is there stays as it is."""
    _add_columns()
    _make_people()
    _make_templates()
    _make_sightings()
    _make_strangers()
    _make_rejections_and_audit()


def _add_columns() -> None:
    for name, default in (('faces_topic', ''), ('embeddings_topic', ''), ('face_model', ''),
                          ('recognition', '{}')):
        op.add_column('cameras', sa.Column(name, sa.Text, nullable=False,
                                           server_default=default))
    for column in (sa.Column('verdict', sa.Text),
                   sa.Column('person_id', sa.BigInteger),
                   sa.Column('stranger_id', sa.BigInteger),
                   sa.Column('similarity', sa.Float)):
        op.add_column('tracks', column)
    for column in (sa.Column('person_id', sa.BigInteger),
                   sa.Column('was_person_id', sa.BigInteger),
                   sa.Column('stranger_id', sa.BigInteger),
                   sa.Column('corrections', sa.Text)):
        op.add_column('events', column)
    for table, column in (('tracks', 'verdict'), ('tracks', 'person_id'),
                          ('tracks', 'stranger_id'), ('events', 'person_id'),
                          ('events', 'was_person_id'), ('events', 'stranger_id')):
        name = column.removesuffix('_id')
        when = sa.text(f'{column} IS NOT NULL')
        stamp = ['first_ns'] if table == 'tracks' else ['stamp_ns', 'id']
        op.create_index(f'{table}_{name}', table, [column, *stamp], sqlite_where=when,
                        postgresql_where=when)
    when = sa.text('corrections IS NOT NULL')
    op.create_index('events_corrected', 'events', ['id'], sqlite_where=when,
                    postgresql_where=when)


def _make_people() -> None:
    op.create_table(
        'people',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('name', sa.Text, nullable=False),
        sa.Column('notes', sa.Text, nullable=False),
        sa.Column('consent', sa.Text, nullable=False),
        sa.Column('consent_ns', sa.BigInteger, nullable=False),
        sa.Column('created_ns', sa.BigInteger, nullable=False),
        sa.Column('former_names', sa.Text, nullable=False),
        sa.UniqueConstraint('name', name='people_name'),
        sqlite_autoincrement=True)


def _make_templates() -> None:
    op.create_table(
        'templates',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('person_id', sa.BigInteger, nullable=False),
        sa.Column('model', sa.Text, nullable=False),
        sa.Column('dimension', sa.Integer, nullable=False),
        sa.Column('vector', sa.LargeBinary, nullable=False),
        sa.Column('source', sa.Text, nullable=False),
        sa.Column('track_id', sa.BigInteger),
        sa.Column('stamp_ns', sa.BigInteger),
        sa.Column('face_px', sa.Float),
        sa.Column('sharpness', sa.Float),
        sa.Column('pose', sa.Float),
        sa.Column('quality', sa.Float),
        sa.Column('created_ns', sa.BigInteger, nullable=False),
        sa.Column('created_by', sa.Text, nullable=False),
        sqlite_autoincrement=True)
    op.create_index('templates_person', 'templates', ['person_id'])
    op.create_index('templates_model', 'templates', ['model'])
    op.create_table(
        'template_pictures',
        sa.Column('template_id', _ID, primary_key=True, autoincrement=False),
        sa.Column('jpeg', sa.LargeBinary, nullable=False))


def _make_sightings() -> None:
    op.create_table(
        'sightings',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('track_id', sa.BigInteger, nullable=False),
        sa.Column('slot', sa.SmallInteger, nullable=False),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('stamp_ns', sa.BigInteger, nullable=False),
        sa.Column('model', sa.Text, nullable=False),
        sa.Column('dimension', sa.Integer, nullable=False),
        sa.Column('vector', sa.LargeBinary, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in (
            'x1', 'y1', 'x2', 'y2', 'face_px', 'score', 'sharpness', 'pose', 'quality')),
        sa.Column('person_id', sa.BigInteger),
        sa.Column('stranger_id', sa.BigInteger),
        sa.Column('similarity', sa.Float, nullable=False),
        sa.UniqueConstraint('track_id', 'slot', name='sightings_once'))
    for name, columns in (('stamp', ['stamp_ns']), ('camera', ['camera_id', 'stamp_ns']),
                          ('person', ['person_id', 'stamp_ns']),
                          ('stranger', ['stranger_id', 'stamp_ns'])):
        op.create_index(f'sightings_{name}', 'sightings', columns)


def _make_strangers() -> None:
    op.create_table(
        'strangers',
        sa.Column('id', _ID, primary_key=True, autoincrement=False),
        sa.Column('model', sa.Text, nullable=False),
        sa.Column('dimension', sa.Integer, nullable=False),
        sa.Column('centre', sa.LargeBinary, nullable=False),
        sa.Column('first_ns', sa.BigInteger, nullable=False),
        sa.Column('last_ns', sa.BigInteger, nullable=False),
        sa.Column('alerted_ns', sa.BigInteger, nullable=False),
        sa.Column('sightings', sa.Integer, nullable=False),
        sa.Column('tracks', sa.Integer, nullable=False))
    op.create_index('strangers_last', 'strangers', ['last_ns'])


def _make_rejections_and_audit() -> None:
    op.create_table(
        'rejections',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('person_id', sa.BigInteger, nullable=False),
        sa.Column('track_id', sa.BigInteger, nullable=False),
        sa.Column('model', sa.Text, nullable=False),
        sa.Column('dimension', sa.Integer, nullable=False),
        sa.Column('vector', sa.LargeBinary, nullable=False),
        sa.Column('created_ns', sa.BigInteger, nullable=False),
        sa.Column('created_by', sa.Text, nullable=False))
    op.create_index('rejections_person', 'rejections', ['person_id'])
    op.create_index('rejections_track', 'rejections', ['track_id'])
    op.create_table(
        'audit',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('at_ns', sa.BigInteger, nullable=False),
        sa.Column('who', sa.Text, nullable=False),
        sa.Column('action', sa.Text, nullable=False),
        sa.Column('person_id', sa.BigInteger),
        sa.Column('detail', sa.Text, nullable=False),
        sqlite_autoincrement=True)
    op.create_index('audit_at', 'audit', ['at_ns', 'id'])
    op.create_index('audit_person', 'audit', ['person_id', 'at_ns', 'id'])
