"""How a run learns that it shall stop, whichever way a person or a program says so."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
import signal
from types import FrameType

STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGINT_BIT = 1 << (signal.SIGINT - 1)


class Interrupt:
    """Becomes `requested` at Ctrl-C, SIGTERM, SIGHUP, or when make is told to stop.

    make exits with an error whenever it gets the Ctrl-C itself, so on a terminal this process
    takes the foreground and make never sees it: a run that was ended on purpose ends with 0.
    Without a terminal make may get a SIGINT that it does not hand on: it stops handling the
    signal and waits for us. That, or its death, can be seen from here.
    """

    def __init__(self) -> None:
        self.requested = False
        self._parent = os.getppid()
        self._parent_handles = _handles_interrupt(self._parent)
        self._former_group: int | None = None

    def __enter__(self) -> 'Interrupt':
        for number in STOPPERS:
            signal.signal(number, self._on_signal)
        self._take_foreground()
        return self

    def __exit__(self, *_: object) -> None:
        if self._former_group is not None:
            _make_foreground(self._former_group)

    def check(self) -> bool:
        """Return whether to stop, after a look at the parent."""
        if os.getppid() != self._parent:
            self.requested = True
        if self._parent_handles and not _handles_interrupt(self._parent):
            self.requested = True
        return self.requested

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.requested = True

    def _take_foreground(self) -> None:
        group = _foreground()
        if group is None or group != os.getpgrp() or group == os.getpid():
            return  # no terminal, somebody else has it, or make is not there
        for number in (signal.SIGTTOU, signal.SIGTSTP):
            signal.signal(number, signal.SIG_IGN)  # a stop by Ctrl-Z would leave make hanging
        os.setpgid(0, 0)
        if _make_foreground(os.getpgrp()):
            self._former_group = group


def _foreground() -> int | None:
    with contextlib.suppress(OSError):
        terminal = os.open('/dev/tty', os.O_RDWR | os.O_NOCTTY)
        try:
            return os.tcgetpgrp(terminal)
        finally:
            os.close(terminal)
    return None


def _make_foreground(group: int) -> bool:
    with contextlib.suppress(OSError):
        terminal = os.open('/dev/tty', os.O_RDWR | os.O_NOCTTY)
        try:
            os.tcsetpgrp(terminal, group)
            return True
        finally:
            os.close(terminal)
    return False


def _handles_interrupt(pid: int) -> bool:
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f'/proc/{pid}/status').read_text(encoding='ascii').splitlines():
            if line.startswith('SigCgt:'):
                return bool(int(line.split()[1], 16) & SIGINT_BIT)
    return False
