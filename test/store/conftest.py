"""A store in a folder of its own, and the recorder that writes it."""
from pathlib import Path
import sqlite3
import sys
from typing import Any, Callable, Iterator

import pytest

from smartcam_bridge.settings import Settings
from smartcam_bridge.store.engine import database_path
from smartcam_bridge.store.recorder import Recorder


sys.path.insert(0, str(Path(__file__).parent))  # for store_builders


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the database will be."""
    return database_path(tmp_path / 'data')


@pytest.fixture
def make_recorder(path: Path) -> Iterator[Callable[..., Recorder]]:
    """Return what makes recorders that are closed at the end; keywords are settings."""
    made: list[Recorder] = []

    def make(*, on_cameras: Any = None, on_events: Any = None, on_people: Any = None,
             **values: Any) -> Recorder:
        settings = Settings.from_values(values)
        made.append(Recorder(path, lambda: settings, on_cameras=on_cameras,
                             on_events=on_events, on_people=on_people))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


@pytest.fixture
def recorder(make_recorder: Callable[..., Recorder]) -> Recorder:
    """Return a recorder that runs, with one camera of id 1."""
    started = make_recorder()
    started.start()
    return started


@pytest.fixture
def rows(path: Path) -> Callable[..., list[tuple]]:
    """Return what asks the file on a connection of its own."""
    def ask(sql: str, *values: Any) -> list[tuple]:
        connection = sqlite3.connect(path)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()
    return ask
