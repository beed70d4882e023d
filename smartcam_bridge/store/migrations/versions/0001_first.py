"""Cameras, labels, observations, tracks, settings and tokens."""
from alembic import op
import sqlalchemy as sa

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Make the first tables."""
    _make_cameras_and_labels()
    _make_observations()
    _make_tracks()
    _make_settings_and_tokens()


def _make_cameras_and_labels() -> None:
    op.create_table(
        'cameras',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('name', sa.Text, nullable=False),
        sa.Column('enabled', sa.Boolean, nullable=False),
        sa.Column('width', sa.Integer, nullable=False),
        sa.Column('height', sa.Integer, nullable=False),
        sa.Column('image_topic', sa.Text, nullable=False),
        sa.Column('info_topic', sa.Text, nullable=False),
        sa.Column('detections_topic', sa.Text, nullable=False),
        sa.Column('tracks_topic', sa.Text, nullable=False),
        sa.UniqueConstraint('name', name='cameras_name'),
        sqlite_autoincrement=True)
    op.create_table(
        'labels',
        sa.Column('id', _ID, primary_key=True, autoincrement=False),
        sa.Column('name', sa.Text, nullable=False),
        sa.UniqueConstraint('name', name='labels_name'))


def _make_observations() -> None:
    op.create_table(
        'observations',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('source', sa.SmallInteger, nullable=False),
        sa.Column('stamp_ns', sa.BigInteger, nullable=False),
        sa.Column('received_ns', sa.BigInteger, nullable=False),
        sa.Column('count', sa.Integer, nullable=False),
        sa.Column('boxes', sa.LargeBinary, nullable=False))
    op.create_index('observations_stamp', 'observations', ['stamp_ns'])
    op.create_index('observations_camera_stamp', 'observations', ['camera_id', 'stamp_ns'])


def _make_tracks() -> None:
    op.create_table(
        'tracks',
        sa.Column('id', _ID, primary_key=True, autoincrement=False),
        sa.Column('camera_id', sa.BigInteger, nullable=False),
        sa.Column('tracker_id', sa.Text, nullable=False),
        sa.Column('label_id', sa.BigInteger, nullable=False),
        sa.Column('first_ns', sa.BigInteger, nullable=False),
        sa.Column('last_ns', sa.BigInteger, nullable=False),
        sa.Column('observations', sa.Integer, nullable=False),
        sa.Column('score_top', sa.Float, nullable=False),
        sa.Column('score_mean', sa.Float, nullable=False),
        sa.Column('score_last', sa.Float, nullable=False),
        sa.Column('path', sa.LargeBinary, nullable=False),
        sa.Column('end_reason', sa.Text))
    op.create_index('tracks_first', 'tracks', ['first_ns', 'last_ns', 'score_top'])
    op.create_index('tracks_camera_first', 'tracks',
                    ['camera_id', 'first_ns', 'last_ns', 'score_top'])
    op.create_index('tracks_label_first', 'tracks',
                    ['label_id', 'first_ns', 'last_ns', 'score_top'])
    op.create_index('tracks_tracker_first', 'tracks', ['tracker_id', 'first_ns'])
    op.create_index('tracks_last', 'tracks', ['last_ns'])
    open_ = sa.text('end_reason IS NULL')
    op.create_index('tracks_open', 'tracks', ['first_ns'], sqlite_where=open_,
                    postgresql_where=open_)


def _make_settings_and_tokens() -> None:
    op.create_table(
        'settings',
        sa.Column('key', sa.String(64), primary_key=True),
        sa.Column('value', sa.Text, nullable=False))
    op.create_table(
        'tokens',
        sa.Column('id', _ID, primary_key=True),
        sa.Column('kind', sa.Text, nullable=False),
        sa.Column('name', sa.Text, nullable=False),
        sa.Column('role', sa.Text, nullable=False),
        sa.Column('digest', sa.LargeBinary, nullable=False),
        sa.Column('created_ns', sa.BigInteger, nullable=False),
        sa.Column('expires_ns', sa.BigInteger, nullable=False),
        sa.UniqueConstraint('digest', name='tokens_digest'),
        sqlite_autoincrement=True)
    op.create_index('tokens_expires', 'tokens', ['expires_ns'])
