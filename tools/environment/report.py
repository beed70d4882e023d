"""How the set-up talks: one line a step with its seconds, one message when it cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
from pathlib import Path
import subprocess
import sys
import time

from environment.place import ROOT

SILENCE_S = 10.0  # a log without a terminal gets a sign of life this often


class SetupError(Exception):
    """Say what is missing and how to get it; the text is shown as it is, with no traceback."""


def say(text: str, *, who: str = 'set-up') -> None:
    """Print a line at once, whoever reads it."""
    print(f'[{who}] {text}', flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and, when it succeeds, its seconds."""
    say(f'{title} ...')
    started = time.monotonic()
    yield
    say(f'{title}: done in {time.monotonic() - started:.1f} s')


def run_logged(
    command: Sequence[str | Path],
    log: Path,
    *,
    noteworthy: Callable[[str], str | None],
    env: Mapping[str, str] | None = None,
) -> list[str]:
    """Run a long command in the tree: all it says to the log, what is noteworthy to the screen.

    Returns the lines it printed; raises subprocess.CalledProcessError when it fails, with the
    lines as its output. On a terminal one line is rewritten; elsewhere one is printed at most
    every SILENCE_S.
    """
    lines: list[str] = []
    screen = Ticker()
    with log.open('a', encoding='utf-8') as file, subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, cwd=ROOT, env=env, text=True, errors='replace',
    ) as process:
        for line in process.stdout:
            file.write(line)
            lines.append(line.rstrip())
            note = noteworthy(line)
            if note:
                screen.show(note)
    screen.end()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, '\n'.join(lines))
    return lines


class Ticker:
    """A progress line: rewritten in place on a terminal, thinned elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._started = self._shown = time.monotonic()

    def show(self, text: str) -> None:
        """Show the newest state of the step."""
        now = time.monotonic()
        line = f'  {now - self._started:4.0f} s  {text}'
        if self._terminal:
            print(f'\r\x1b[K{line[:78]}', end='', flush=True)
        elif now - self._shown >= SILENCE_S:
            print(line, flush=True)
            self._shown = now

    def end(self) -> None:
        """Leave the screen as a later line expects it."""
        if self._terminal:
            print('\r\x1b[K', end='', flush=True)
