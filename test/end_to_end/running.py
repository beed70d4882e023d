"""Run the bridge and its companions as processes of their own, and ask the bridge over HTTP."""
import contextlib
import json
import os
from pathlib import Path
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from typing import Any, Callable
import urllib.error
import urllib.parse
import urllib.request

import smartcam_bridge

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 90.0
STARTED_WITHIN_S = 2.0  # where nothing else keeps the machine busy


def until(condition: Callable[[], Any], what: Callable[[], Any] = lambda: '',
          deadline_s: float = DEADLINE_S, turn: Callable[[], Any] | None = None) -> Any:
    """Return what `condition()` returns once it is true; fail with `what()` when it never is.

    turn: called between two looks; by default a short pause.
    """
    pause = turn or (lambda: threading.Event().wait(0.03))
    end = time.monotonic() + deadline_s
    while not (got := condition()):
        assert time.monotonic() < end, f'not within {deadline_s} s; {what()}'
        pause()
    return got


def reliable(cameras: list[str], *topics: str) -> dict[str, Any]:
    """Return parameters of a bridge that asks for every message: what is sent is what it gets.

    By default it asks for what comes: a bridge that did not get the machine in time may miss some,
    above all of the first, which are sent when it may not have met the publisher.
    """
    return {'boxes_depth': 1000} | {
        f'qos_overrides./{camera}/{topic}.subscription.reliability': 'reliable'
        for camera in cameras for topic in topics or ('tracks',)}


def environment(*, publishes: bool) -> dict[str, str]:
    """Return what a child runs with: this package; who publishes pictures has room for them."""
    profile = str(ROOT / 'config' / 'fastdds_shm.xml') if publishes else ''
    package = str(Path(smartcam_bridge.__file__).resolve().parents[1])
    paths = [package, *filter(None, [os.environ.get('PYTHONPATH')])]
    return os.environ | {'PYTHONPATH': os.pathsep.join(paths),
                         'FASTRTPS_DEFAULT_PROFILES_FILE': profile,
                         'FASTDDS_DEFAULT_PROFILES_FILE': profile}


class Program:
    """A module of the package as a process, with ROS parameters and more arguments."""

    publishes_pictures = True

    def __init__(self, module: str, log: Path, parameters: dict[str, Any],
                 arguments: tuple[str, ...] = ()) -> None:
        words = [word for name, value in parameters.items()
                 for word in ('-p', f'{name}:={_yaml(value)}')]
        self.log_path = log
        self._log = open(log, 'a')
        self.process = subprocess.Popen(
            [sys.executable, '-m', f'smartcam_bridge.{module}', '--ros-args', *words, *arguments],
            stdout=self._log, stderr=subprocess.STDOUT,
            env=environment(publishes=self.publishes_pictures),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))

    @property
    def log(self) -> str:
        """Return everything said so far."""
        return self.log_path.read_text()

    def stop(self, number: int = signal.SIGINT) -> float:
        """Send a signal; return how many seconds it took to end."""
        begin = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(DEADLINE_S)
        return time.monotonic() - begin

    def end(self) -> None:
        """See that it is gone."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._log.close()


class Bridge(Program):
    """The bridge on a data folder, on a free port."""

    publishes_pictures = False

    def __init__(self, data_dir: Path, log: Path, parameters: dict[str, Any],
                 arguments: tuple[str, ...] = ()) -> None:
        self.data_dir = data_dir
        self._began = time.time()
        super().__init__('main', log, {'data_dir': data_dir, 'http_port': 0} | parameters,
                         arguments)
        self._told: dict[str, Any] = {}
        self._told_at = 0.0

    @property
    def slower(self) -> float:
        """Return how many times slower than a machine with nothing else to do it started."""
        assert self.url
        return max(1.0, (self._told_at - self._began) / STARTED_WITHIN_S)

    def stop_within(self, seconds: float, number: int = signal.SIGINT) -> None:
        """Send a signal; fail unless it ends well, in so many seconds where it has a machine."""
        allowed_s = seconds * self.slower
        took_s = self.stop(number)
        assert took_s < allowed_s, f'{took_s:.2f} s of {allowed_s:.2f} s; {self.log}'
        assert self.process.returncode == 0, self.log

    @property
    def database(self) -> Path:
        """Return the database's path."""
        return self.data_dir / 'smartcam.sqlite3'

    @property
    def url(self) -> str:
        """Return the address, as soon as it is known."""
        file = self.data_dir / 'run' / 'bridge.json'

        def told() -> bool:
            assert self.process.poll() is None, self.log
            with contextlib.suppress(FileNotFoundError):
                self._told = json.loads(file.read_text())
            return self._told.get('pid') == self.process.pid

        if self._told.get('pid') != self.process.pid:
            until(told, lambda: self.log)
            self._told_at = self._told_at or file.stat().st_mtime
        return self._told['url']

    def forget_url(self) -> None:
        """Ask again where it serves: it was configured anew."""
        self._told = {}

    @property
    def headers(self) -> dict[str, str]:
        """Return the admin's headers."""
        token = (self.data_dir / 'first-admin-token').read_text().strip()
        return {'Authorization': f'Bearer {token}'}

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and JSON (None without a body)."""
        url = self.url
        request = urllib.request.Request(
            url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers=self.headers | {'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        return status, json.loads(content) if content else None

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET that works."""
        words = {name.rstrip('_'): value for name, value in query.items()}
        status, found = self.request('GET', f'{path}?{urllib.parse.urlencode(words)}')
        assert status == 200, found
        return found

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return the items of all pages."""
        items, cursor = [], {}
        while True:
            page = self.get(path, limit=1000, **query, **cursor)
            items += page['items']
            if page['next'] is None:
                return items
            cursor = {'cursor': page['next']}

    def camera(self, name: str) -> dict[str, Any]:
        """Return a camera's status."""
        return self.get(f'/api/v1/cameras/{name}/status')

    def ready(self) -> bool:
        """Say whether it records."""
        return self.request('GET', '/ready')[0] == 200


class Recorded:
    """What a stopped bridge left behind, read from a copy of the database file alone."""

    def __init__(self, bridge: Bridge, tmp_path: Path) -> None:
        copy = tmp_path / 'copy.sqlite3'
        shutil.copyfile(bridge.database, copy)
        self._connection = sqlite3.connect(copy)
        assert self.rows('PRAGMA integrity_check') == [('ok',)]

    def rows(self, sql: str, *values: Any) -> list[tuple]:
        """Return what a query finds."""
        return self._connection.execute(sql, values).fetchall()

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return self.rows(f'SELECT count(*) FROM {table}')[0][0]


def side_files(bridge: Bridge) -> list[str]:
    """Return the names of SQLite's files beside the database."""
    return [path.name for path in bridge.data_dir.glob('smartcam.sqlite3-*')]


def _yaml(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (bool, list)) else str(value)
