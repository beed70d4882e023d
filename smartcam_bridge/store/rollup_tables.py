"""The tables of sums that analytics are made of, and how far back they can be made again.

Each is kept at every width of `store.rollups.WIDTHS_S`, so that a month costs some thirty rows.
`start_s`: Unix seconds, a multiple of the width. Label 0 stands for all labels together.
"""
from sqlalchemy import (
    BigInteger, Column, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table,
    Text)

metadata = MetaData()


def _rollup(name: str, key: tuple[str, ...], *columns: Column) -> Table:
    """Return a table whose rows lie in the order of their key, and nowhere else."""
    kinds = {'width_s': Integer}
    return Table(
        name, metadata, *(Column(part, kinds.get(part, BigInteger), nullable=False)
                          for part in key), *columns,
        PrimaryKeyConstraint(*key, name=f'{name}_pkc'), sqlite_with_rowid=False)


def _count(name: str, kind: type = BigInteger) -> Column:
    return Column(name, kind, nullable=False)


# Begins with the time, unlike the others: a commit then writes one page for each width, whatever
# the number of cameras and labels, and an SD card is spared.
camera_rollups = _rollup(
    'camera_rollups', ('width_s', 'start_s', 'camera_id', 'label_id'),
    _count('messages', Integer),    # of label 0 only
    _count('boxes'),
    _count('tracks', Integer),      # that began
    _count('peak', Integer))        # most boxes in one message

# A step function: what changed, and how many are there afterwards. Where nothing changed there is
# no row, so a car that is parked for a month costs two.
zone_rollups = _rollup(
    'zone_rollups', ('zone_id', 'label_id', 'width_s', 'start_s'),
    Column('camera_id', BigInteger, nullable=False),
    _count('entered', Integer),
    _count('exited', Integer),
    _count('after', Integer),       # how many are there at the end
    _count('peak', Integer),        # most at once
    _count('occupied_ns'),          # sum of all stays within; one that goes on counts to the end
    _count('dwell_ns'),             # sum of the whole stays that ended
    _count('longest_ns'))           # of those

dwell_rollups = _rollup(            # how many stays that ended lasted how long; no label 0
    'dwell_rollups', ('zone_id', 'label_id', 'width_s', 'start_s', 'bin'),
    Column('camera_id', BigInteger, nullable=False),
    _count('visits', Integer))

tripwire_rollups = _rollup(         # no label 0
    'tripwire_rollups', ('tripwire_id', 'label_id', 'width_s', 'start_s'),
    Column('camera_id', BigInteger, nullable=False),
    _count('inward', Integer),
    _count('outward', Integer))

heat_rollups = _rollup(             # no label 0; hours and days only
    'heat_rollups', ('camera_id', 'label_id', 'width_s', 'start_s'),
    Column('cells', LargeBinary, nullable=False))   # store.heat

raw_marks = Table(  # rows that spoke of this time or an earlier one were deleted
    'raw_marks', metadata,
    Column('kind', Text, nullable=False),
    Column('camera_id', BigInteger, nullable=False),
    Column('newest_ns', BigInteger, nullable=False),
    PrimaryKeyConstraint('kind', 'camera_id', name='raw_marks_pkc'))

MARKED = {'observations': 'OLD.stamp_ns', 'tracks': 'OLD.first_ns',
          'visits': 'coalesce(OLD.exited_ns, OLD.entered_ns)', 'crossings': 'OLD.stamp_ns'}
"""The tables that rollups are made of, and the time up to which a row counts in them."""

TRIGGERS = {f'{kind}_mark': (
    f'CREATE TRIGGER {kind}_mark AFTER DELETE ON {kind} BEGIN '
    f"INSERT INTO raw_marks VALUES ('{kind}', OLD.camera_id, {newest}) "
    'ON CONFLICT (kind, camera_id) DO UPDATE SET newest_ns = excluded.newest_ns '
    'WHERE newest_ns < excluded.newest_ns; END') for kind, newest in MARKED.items()}
"""Whoever deletes rows, it is known since when they are whole."""
