"""A slice is as large as the disk allows, and finds that out from those before."""
from pathlib import Path
import sqlite3

import pytest

from smartcam_bridge.store.engine import open_store
from smartcam_bridge.store.pace import Pace, SLICE_S


@pytest.mark.parametrize('spent_s, rows', [
    (SLICE_S / 3, 500),         # just right
    (SLICE_S / 3 * 2, 250),     # twice too long
    (SLICE_S * 50, 125),        # far too long: once may be chance, so a quarter at the least
    (SLICE_S / 6, 1000),
    (0.0, 1000),                # twice as many at the most
])
def test_the_next_slice_follows_from_how_long_this_one_took(spent_s: float, rows: int) -> None:
    pace = Pace()
    pace.learn(spent_s)
    assert pace.rows == rows


def test_it_stays_within_its_bounds() -> None:
    pace = Pace()
    for _ in range(20):
        pace.learn(1e9)
    assert pace.rows == 50
    for _ in range(20):
        pace.learn(0.0)
    assert pace.rows == 5000
    few = Pace(most=200)
    few.learn(0.0)
    assert few.rows == 200


def test_it_comes_to_rest_where_slices_take_a_third_of_what_they_may() -> None:
    pace, row_s = Pace(), SLICE_S / 3000
    for _ in range(10):
        pace.learn(pace.rows * row_s)
    assert abs(pace.rows - 1000) <= 1


def test_a_slice_that_fails_changes_nothing_and_gives_the_lock_back(path: Path) -> None:
    connection, pace = open_store(path), Pace()
    with pytest.raises(ZeroDivisionError), pace.slice(connection):
        connection.execute("INSERT INTO settings VALUES ('a', 'b')")
        raise ZeroDivisionError
    assert connection.execute('SELECT * FROM settings WHERE key = ?', ('a',)).fetchall() == []
    other = sqlite3.connect(path, isolation_level=None, timeout=0)
    other.execute('BEGIN IMMEDIATE')
    other.close()
    connection.close()
