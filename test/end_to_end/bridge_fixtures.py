"""Fixtures for tests with the whole bridge; conftest.py of the folders takes them from here."""
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from running import Bridge, environment, Program
from watching import Viewers

Start = Callable[..., Any]


@pytest.fixture
def processes() -> Iterator[list[Program]]:
    """Return a list; what is put there is ended, the last first, whatever the test did."""
    started: list[Program] = []
    yield started
    for program in reversed(started):
        program.end()


@pytest.fixture
def start(processes: list[Program], tmp_path: Path) -> Start:
    """Return a function that starts a companion with parameters."""
    def begin(name: str, **parameters: Any) -> Program:
        log = tmp_path / f'{name}.{len(processes)}.log'
        processes.append(Program(f'companions.{name}', log, parameters))
        return processes[-1]
    return begin


@pytest.fixture
def start_bridge(processes: list[Program], tmp_path: Path) -> Start:
    """Return a function that starts a bridge with parameters, on the same data every time."""
    def begin(*arguments: str, data_dir: Path = tmp_path / 'data', **parameters: Any) -> Bridge:
        log = tmp_path / f'bridge.{len(processes)}.log'
        processes.append(Bridge(data_dir, log, parameters, arguments))
        return processes[-1]
    return begin


@pytest.fixture
def watch() -> Iterator[Callable[[Bridge], Viewers]]:
    """Return a function that opens viewers of a bridge."""
    opened: list[Viewers] = []

    def begin(bridge: Bridge) -> Viewers:
        opened.append(Viewers(bridge))
        return opened[-1]

    yield begin
    for viewers in opened:
        viewers.close()


@pytest.fixture
def talker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a ROS node of the test's own."""
    from talking import Talker
    for name, value in environment(publishes=True).items():
        monkeypatch.setenv(name, value)
    talker = Talker()
    yield talker
    talker.close()
