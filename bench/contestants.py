"""The three receivers that `ingest.py` compares, each run in a process of its own."""
from __future__ import annotations

import asyncio
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
import os
from pathlib import Path
import resource
import sqlite3
import struct
import sys
import time
import traceback

COMMIT_PERIOD_S = 0.5
SPIN_S = 0.02


def run(name: str, folder: Path, cameras: tuple[str, ...], received: Synchronized,
        pipe: Connection) -> None:
    """Receive as `name` does until told to quit; whatever goes wrong ends the process."""
    try:
        _run(name, folder, cameras, received, pipe)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)     # not held up by the threads of what has failed


def _run(name: str, folder: Path, cameras: tuple[str, ...], received: Synchronized,
         pipe: Connection) -> None:
    contestant = {'ours': Ours, 'floor': Floor, 'rival': Rival}[name](folder / name, cameras)
    pipe.send(('ready', None))
    cpu = 0.0
    while True:
        contestant.spin()
        received.value = contestant.received()
        if not pipe.poll():
            continue
        word = pipe.recv()
        if word == 'begin':
            cpu = _cpu_s()
            pipe.send(('begun', None))
        elif word == 'end':
            contestant.commit()
            pipe.send(('ended', _cpu_s() - cpu))
        else:
            contestant.close()
            return


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Ours:
    """The bridge's own node and executor, with one WebSocket client for boxes and tracks."""

    def __init__(self, folder: Path, cameras: tuple[str, ...]) -> None:
        import multiprocessing

        import rclpy
        from smartcam_bridge.main import make_executor
        from smartcam_bridge.ros.memory import keep_large_blocks
        from smartcam_bridge.ros.node import BridgeNode
        keep_large_blocks()
        rclpy.init(args=[
            'bridge', '--ros-args', '-r', '__ns:=/ours', '-p', f'data_dir:={folder}',
            '-p', 'http_port:=0', '-p', f'cameras:=[{",".join(cameras)}]',
            '-p', 'frame_width:=1920', '-p', 'frame_height:=1080', '-p', 'boxes_depth:=1000'])
        self._node = BridgeNode()
        self._executor = make_executor('auto')
        self._executor.add_node(self._node)
        assert self._node.autostart()
        self._viewer = multiprocessing.get_context('spawn').Process(
            target=_watch, daemon=True, args=(
                self._node.bridge.url, (folder / 'first-admin-token').read_text().strip()))
        self._viewer.start()
        while not self._node.bridge.hub.clients:
            time.sleep(0.05)
        self._topics = [source.tracks for source in self._node._sources.values()]

    def spin(self) -> None:
        self._executor.spin_once(timeout_sec=SPIN_S)

    def received(self) -> int:
        return sum(topic.received for topic in self._topics)

    def commit(self) -> None:
        from smartcam_bridge.store.tasks import Barrier
        self._node.bridge.submit(Barrier()).result(60)
        status = self._node.bridge.status().recorder
        twice = sum(self._node.bridge.pipeline(name).tally.stamps_twice
                    for name in self._node._sources)
        assert status.recorded + twice == self.received() and not status.thinned, (
            self.received(), twice, status)

    def close(self) -> None:
        self._viewer.terminate()
        self._node.close()


def _watch(url: str, token: str) -> None:
    """Read the live boxes as a browser would."""
    import aiohttp

    async def read() -> None:
        async with aiohttp.ClientSession(headers={'Authorization': f'Bearer {token}'}) as session:
            async with session.ws_connect(f'{url}/api/v1/live', max_msg_size=0) as live:
                await live.send_json({'op': 'subscribe', 'topics': ['boxes', 'tracks', 'status']})
                async for _ in live:
                    pass

    asyncio.run(read())


class _Node:
    """What floor and rival share: a plain node."""

    def __init__(self, name: str) -> None:
        import rclpy
        rclpy.init()
        self.node = rclpy.create_node(name)
        self.count = 0

    def subscribe(self, cameras: tuple[str, ...], name: str, callback: Callable,
                  raw: bool) -> None:
        from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
        from vision_msgs.msg import Detection2DArray
        qos = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=1000,
                         reliability=ReliabilityPolicy.BEST_EFFORT)
        for camera in cameras:
            self.node.create_subscription(Detection2DArray, f'/{name}/{camera}/tracks', callback,
                                          qos, raw=raw)

    def received(self) -> int:
        return self.count

    def close(self) -> None:
        pass


class Floor(_Node):
    """As little as can be done and still have the boxes on disk."""

    def __init__(self, folder: Path, cameras: tuple[str, ...]) -> None:
        super().__init__('floor')
        from smartcam_bridge.main import make_executor
        folder.mkdir()
        self._database = sqlite3.connect(folder / 'floor.sqlite3', isolation_level=None)
        self._database.executescript(
            'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;'
            'CREATE TABLE observations (id INTEGER PRIMARY KEY, camera_id INTEGER, source INTEGER,'
            ' stamp_ns INTEGER, received_ns INTEGER, count INTEGER, boxes BLOB);')
        self._rows: list[tuple] = []
        self._next_commit = time.monotonic() + COMMIT_PERIOD_S
        self._words = struct.Struct('<I').unpack_from
        self._numbers = struct.Struct('<5dI').unpack_from
        self._score = struct.Struct('<d').unpack_from
        self._pack = struct.Struct('<IHH4H').pack
        self._executor = make_executor('auto')
        self._executor.add_node(self.node)
        self.subscribe(cameras, 'floor', self._take, raw=True)

    def _take(self, data: bytes) -> None:
        """Three unpack_from per box; the frame id is known to be short and always the same."""
        self.count += 1
        words, numbers, score, pack = self._words, self._numbers, self._score, self._pack
        seconds, = words(data, 4)
        frame = (words(data, 12)[0] + 3) & ~3
        at = 16 + frame
        boxes, = words(data, at)
        at += 4
        out = []
        for _ in range(boxes):
            at = (at + 3) & ~3
            # header (8 + 4 + 0 frame id bytes, aligned), results count, class id length
            at += 8
            at += 4 + ((words(data, at)[0] + 3) & ~3) + 4
            label, = words(data, at)
            at = ((at + 4 + label - 4 + 7) & ~7) + 4
            value, = score(data, at)
            at += 8 + 344
            x, y, _, w, h, size = numbers(data, at)
            out.append(pack(1, 1, int(value * 65535), int((x - w / 2) * 34) & 65535,
                            int((y - h / 2) * 60) & 65535, int((x + w / 2) * 34) & 65535,
                            int((y + h / 2) * 60) & 65535))
            at += 44 + size
        self._rows.append((1, 1, seconds, 0, boxes, b''.join(out)))

    def spin(self) -> None:
        self._executor.spin_once(timeout_sec=SPIN_S)
        if time.monotonic() > self._next_commit:
            self.commit()

    def commit(self) -> None:
        self._database.execute('BEGIN IMMEDIATE')
        self._database.executemany(
            'INSERT INTO observations (camera_id, source, stamp_ns, received_ns, count, boxes)'
            ' VALUES (?, ?, ?, ?, ?, ?)', self._rows)
        self._database.execute('COMMIT')
        self._rows.clear()
        self._next_commit = time.monotonic() + COMMIT_PERIOD_S


class Rival(_Node):
    """The usual way."""

    def __init__(self, folder: Path, cameras: tuple[str, ...]) -> None:
        super().__init__('rival')
        from rclpy.executors import SingleThreadedExecutor
        from sqlalchemy import BigInteger, Column, Float, Integer, String, create_engine, event
        from sqlalchemy.orm import Session, declarative_base
        folder.mkdir()
        base = declarative_base()

        class Detection(base):
            __tablename__ = 'detections'
            id = Column(Integer, primary_key=True)
            camera = Column(String)
            stamp_ns = Column(BigInteger)
            track = Column(String)
            label = Column(String)
            score = Column(Float)
            x = Column(Float)
            y = Column(Float)
            width = Column(Float)
            height = Column(Float)

        engine = create_engine(f'sqlite:///{folder / "rival.sqlite3"}')

        @event.listens_for(engine, 'connect')
        def pragmas(connection: sqlite3.Connection, _: object) -> None:
            connection.execute('PRAGMA journal_mode=WAL')
            connection.execute('PRAGMA synchronous=NORMAL')

        base.metadata.create_all(engine)
        self._session, self._row = Session(engine), Detection
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self.subscribe(cameras, 'rival', self._take, raw=False)

    def _take(self, message: object) -> None:
        self.count += 1
        stamp_ns = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
        for box in message.detections:
            best = max(box.results, key=lambda result: result.hypothesis.score).hypothesis
            self._session.add(self._row(
                camera=message.header.frame_id, stamp_ns=stamp_ns, track=box.id,
                label=best.class_id, score=best.score, x=box.bbox.center.position.x,
                y=box.bbox.center.position.y, width=box.bbox.size_x, height=box.bbox.size_y))
        self._session.commit()
        self._session.expunge_all()

    def spin(self) -> None:
        self._executor.spin_once(timeout_sec=SPIN_S)

    def commit(self) -> None:
        pass
