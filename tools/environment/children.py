"""The processes of a run: started apart, watched, and stopped in order of politeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import os
from pathlib import Path
import signal
import subprocess
import time

POLITE_S = 1.4  # before everybody gets a SIGTERM; with the next two a stop stays under 2 s
FIRM_S = 0.3  # from SIGTERM to SIGKILL
POLL_S = 0.02


class Children:
    """The children of one run, each in a session of its own so that Ctrl-C reaches only us."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stops: dict[str, signal.Signals] = {}
        self._reported: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._processes

    def start(self, name: str, command: Sequence[str | Path], *,
              stop: signal.Signals = signal.SIGTERM,
              environ: Mapping[str, str] | None = None) -> None:
        """Start one that `stop` ends in order; `environ` goes over what all of them get.

        Not SIGINT for a Python program of ours: while it still imports it would print a traceback.
        Its signals are at the default: ours are handled, and exec resets handlers.
        """
        words = [str(word) for word in command]
        self._processes[name] = subprocess.Popen(
            words, env={**self._environ, **(environ or {})}, stdin=subprocess.DEVNULL,
            start_new_session=True)
        self._stops[name] = stop

    def ended(self) -> dict[str, int]:
        """Return the names and exit codes of the children that are gone since the last call."""
        gone = {name: process.returncode for name, process in self._processes.items()
                if name not in self._reported and process.poll() is not None}
        self._reported |= gone.keys()
        return gone

    def stop(self) -> list[str]:
        """End all of them and everything they started; return the names that had to be killed."""
        for name, process in self._processes.items():
            if process.poll() is None:
                process.send_signal(self._stops[name])  # `ros2 launch` hands it on by itself
        if not self._wait(POLITE_S):
            self._signal_groups(signal.SIGTERM)
            self._wait(FIRM_S)
        late = [name for name, process in self._processes.items() if process.poll() is None]
        self._signal_groups(signal.SIGKILL)
        self._wait(FIRM_S)
        return late

    def _wait(self, limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while any(process.poll() is None for process in self._processes.values()):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def _signal_groups(self, number: signal.Signals) -> None:
        """Reach also what a child left behind."""
        for process in self._processes.values():
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                pass  # the whole group is gone
