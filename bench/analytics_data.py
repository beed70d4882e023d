"""A month of four busy cameras: 5 million messages, 200,000 tracks, visits and crossings.

Built in bulk (indexes last) and kept in the temporary folder for the next run; some 1.5 GB.
"""
from __future__ import annotations

import contextlib
from pathlib import Path
import shutil
import sqlite3
import tempfile
import time
import zlib

from bench.harness import say
import numpy as np
from smartcam_bridge.store import packing, schema
from smartcam_bridge.store.engine import database_path, open_store
from smartcam_bridge.store.rebuild import rebuild
from smartcam_bridge.store.rollup_tables import TRIGGERS
from smartcam_bridge.store.sql import ddl
from sqlalchemy.schema import CreateIndex, CreateTable

DAYS = 31
BEGIN_S = 1_772_150_400      # 2026-02-27T00:00Z: Europe sets its clocks forward a month later
END_S = BEGIN_S + DAYS * 86400
CAMERAS = 4
LABELS = ('person', 'car', 'bicycle', 'dog', 'truck')
SHARES = (0.5, 0.3, 0.1, 0.06, 0.04)
ZONES = range(1, 9)          # two a camera
WIRES = range(9, 13)         # one a camera
NS = 10**9
VERSION = 1
_CHUNK = 100_000


def folder_of(messages: int, tracks: int) -> Path:
    """Return where the data of this size are, made if they are not there yet."""
    tables = ''.join(ddl(CreateTable(table)) for table in schema.metadata.sorted_tables)
    folder = Path(tempfile.gettempdir()) / (
        f'smartcam_bench_{messages}_{tracks}_{VERSION}_{zlib.crc32(tables.encode()):08x}')
    if not (folder / 'ready').exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        _make(folder, messages, tracks)
        (folder / 'ready').touch()
    return folder


def rows_path(folder: Path) -> Path:
    """Return the rival's database: one row for each detection, with an index by time."""
    return folder / 'rows.sqlite3'


def _make(folder: Path, messages: int, tracks: int) -> None:
    dice = np.random.default_rng(1)
    begun_s = time.monotonic()
    with contextlib.closing(open_store(database_path(folder))) as connection, \
            contextlib.closing(sqlite3.connect(rows_path(folder))) as rows:
        connection.execute('PRAGMA synchronous = OFF')
        rows.execute('PRAGMA synchronous = OFF')
        rows.execute('PRAGMA journal_mode = OFF')
        rows.execute('CREATE TABLE detections (camera_id INTEGER, stamp_ns INTEGER, '
                     'label_id INTEGER, score REAL, x REAL, y REAL)')
        _make_names(connection)
        tables = (schema.observations, schema.tracks, schema.visits, schema.crossings)
        indexes = [index for table in tables for index in table.indexes]
        for index in indexes:
            connection.execute(f'DROP INDEX {index.name}')
        for name in TRIGGERS:
            connection.execute(f'DROP TRIGGER {name}')
        connection.execute('BEGIN')
        _make_messages(connection, rows, messages, dice)
        say(f'{messages} messages: {time.monotonic() - begun_s:.0f} s')
        _make_tracks(connection, tracks, dice)
        for index in indexes:
            connection.execute(ddl(CreateIndex(index)))
        for trigger in TRIGGERS.values():
            connection.execute(trigger)
        connection.execute('COMMIT')
        rows.execute('CREATE INDEX detections_stamp ON detections (stamp_ns)')
        rows.commit()
        say(f'tracks and indexes: {time.monotonic() - begun_s:.0f} s')
        rebuild(connection)
        connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        say(f'rollups: {time.monotonic() - begun_s:.0f} s')


def _make_names(connection: sqlite3.Connection) -> None:
    connection.executemany('INSERT INTO labels VALUES (?, ?)', enumerate(LABELS, 1))
    for camera in range(1, CAMERAS + 1):
        connection.execute(
            'INSERT INTO cameras (name, enabled, width, height, image_topic, info_topic, '
            "detections_topic, tracks_topic) VALUES (?, 1, 1920, 1080, '', '', '', '')",
            (f'camera{camera}',))
    for kind, ids, per, drawn in (
            ('zone', ZONES, 2, '{"points": [[0, 0], [1, 0], [1, 1]]}'),
            ('tripwire', WIRES, 1, '{"start": [0, 0], "end": [1, 1]}')):
        for place, id_ in enumerate(ids):
            connection.execute('INSERT INTO shapes (id, camera_id, kind, name, enabled, '
                               'definition) VALUES (?, ?, ?, ?, 1, ?)',
                               (id_, 1 + place // per, kind, f'{kind} {id_}', drawn))


def _moments(dice: np.random.Generator, count: int) -> np.ndarray:
    """Return stamps in order, three times as many by day as by night."""
    seconds = dice.uniform(0, DAYS * 86400, 2 * count)
    by_day = (seconds % 86400 > 7 * 3600) & (seconds % 86400 < 20 * 3600)
    kept = seconds[by_day | (dice.random(2 * count) < 1 / 3)]
    while len(kept) < count:
        kept = np.concatenate([kept, kept + dice.uniform(0, 1, len(kept))])
    return np.sort(BEGIN_S * NS + (dice.permutation(kept)[:count] * NS).astype(np.int64))


def _make_messages(connection: sqlite3.Connection, rows: sqlite3.Connection, count: int,
                   dice: np.random.Generator) -> None:
    stamps_ns = _moments(dice, count)
    for start in range(0, count, _CHUNK):
        some = stamps_ns[start:start + _CHUNK]
        cameras = dice.integers(1, CAMERAS + 1, len(some))
        counts = dice.poisson(0.6, len(some)) + (dice.random(len(some)) < 0.7)
        boxes = np.zeros(int(counts.sum()), packing.BOX)
        boxes['label'] = dice.choice(np.arange(1, len(LABELS) + 1), len(boxes), p=SHARES)
        boxes['score'] = dice.integers(20_000, 65_536, len(boxes))
        corners = np.clip(dice.normal(32_768, 12_000, (len(boxes), 4)), 0, 65_535)
        boxes['corners'] = np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
        data, ends = boxes.tobytes(), np.cumsum(counts * packing.BOX.itemsize).tolist()
        begins = [0, *ends[:-1]]
        connection.executemany(
            'INSERT INTO observations (camera_id, source, stamp_ns, received_ns, count, boxes) '
            'VALUES (?, 1, ?, ?, ?, ?)',
            [(camera, stamp, stamp, number, b'\x01' + data[begin:end])
             for camera, stamp, number, begin, end in zip(
                 cameras.tolist(), some.tolist(), counts.tolist(), begins, ends)])
        rows.executemany('INSERT INTO detections VALUES (?, ?, ?, ?, ?, ?)', zip(
            np.repeat(cameras, counts).tolist(), np.repeat(some, counts).tolist(),
            boxes['label'].tolist(), (boxes['score'] / 65535).tolist(),
            (boxes['corners'][:, 0] / 65535).tolist(), (boxes['corners'][:, 3] / 65535).tolist()))


def _make_tracks(connection: sqlite3.Connection, count: int, dice: np.random.Generator) -> None:
    first_ns = _moments(dice, count)
    lasted_ns = (dice.exponential(25, count) * NS).astype(np.int64) + NS
    cameras = dice.integers(1, CAMERAS + 1, count)
    labels = dice.choice(np.arange(1, len(LABELS) + 1), count, p=SHARES)
    ids = range(1, count + 1)
    connection.executemany(
        'INSERT INTO tracks (id, camera_id, tracker_id, label_id, first_ns, last_ns, '
        'observations, score_top, score_mean, score_last, path, end_reason) '
        "VALUES (?, ?, ?, ?, ?, ?, 30, 0.9, 0.7, 0.5, x'01', 'left')",
        zip(ids, cameras.tolist(), map(str, ids), labels.tolist(), first_ns.tolist(),
            (first_ns + lasted_ns).tolist()))
    stayed = dice.random(count) < 0.6
    zones = 2 * cameras - dice.integers(0, 2, count)
    connection.executemany(
        'INSERT INTO visits (zone_id, camera_id, track_id, label_id, entered_ns, exited_ns, '
        'loitered) VALUES (?, ?, ?, ?, ?, ?, 0)',
        [row for row, there in zip(zip(
            zones.tolist(), cameras.tolist(), ids, labels.tolist(),
            (first_ns + lasted_ns // 4).tolist(), (first_ns + lasted_ns).tolist()),
            stayed.tolist()) if there])
    crossed = dice.random(count) < 0.4
    connection.executemany(
        'INSERT INTO crossings (tripwire_id, camera_id, track_id, label_id, stamp_ns, direction) '
        'VALUES (?, ?, ?, ?, ?, ?)',
        [row for row, there in zip(zip(
            (cameras + WIRES[0] - 1).tolist(), cameras.tolist(), ids, labels.tolist(),
            (first_ns + lasted_ns // 2).tolist(), dice.choice([-1, 1], count).tolist()),
            crossed.tolist()) if there])
