"""The disk that fills: first it is told, then no new pictures are kept, at last the oldest go."""
import enum
import logging
from pathlib import Path
import shutil
from typing import Callable, Protocol

from smartcam_bridge.domain.events import Event, Severity
from smartcam_bridge.settings import Settings

MB = 1_000_000
_LOW_SHARE, _CRITICAL_SHARE = 0.1, 0.03     # of the disk: more than that is no emergency
_BACK = 1.1     # so many times a threshold must be free again before it counts as recovered

_log = logging.getLogger(__name__)


class Level(enum.IntEnum):
    """How full the disk is."""

    OK = 0
    LOW = 1         # told
    CRITICAL = 2    # no new pictures are kept
    FULL = 3        # the oldest go

    @property
    def word(self) -> str:
        """Return the word of the API."""
        return self.name.lower()


class Usage(Protocol):
    """What `shutil.disk_usage` returns."""

    total: int
    free: int


def thresholds(settings: Settings, total_bytes: int) -> tuple[float, float, float]:
    """Return below how much free space the disk is low, critical, full."""
    low = min(settings.disk_low_mb * MB, _LOW_SHARE * total_bytes)
    critical = min(settings.disk_critical_mb * MB, _CRITICAL_SHARE * total_bytes)
    return low, critical, critical / 2


def level_of(free_bytes: int, limits: tuple[float, float, float], before: Level) -> Level:
    """Return how full the disk is; it recovers a little later than it became so."""
    level = Level.OK
    for candidate, limit in zip((Level.LOW, Level.CRITICAL, Level.FULL), limits):
        if free_bytes < limit * (_BACK if before >= candidate else 1.0):
            level = candidate
    return level


class DiskWatch:
    """Looks at the disk of a folder. Recorder's thread looks, any thread reads."""

    def __init__(self, folder: Path, settings: Callable[[], Settings], *,
                 usage: Callable[[Path], Usage] = shutil.disk_usage) -> None:
        self._folder = folder
        self._settings = settings
        self._usage = usage
        self._failed = False
        self.level = Level.OK
        self.free_bytes: int | None = None      # None: not known (yet)
        self.wanted_bytes = 0                   # must become free, whatever has to go for it

    def look(self, now_ns: int) -> Event | None:
        """Look; return what there is to tell: it got worse, or is all right again."""
        try:
            usage = self._usage(self._folder)
        except OSError as error:
            if not self._failed:
                _log.warning('how full the disk of %s is cannot be told: %s', self._folder, error)
            self._failed, self.free_bytes, self.wanted_bytes = True, None, 0
            return None
        self._failed = False
        limits = thresholds(self._settings(), usage.total)
        before, self.level = self.level, level_of(usage.free, limits, self.level)
        self.free_bytes = usage.free
        self.wanted_bytes = 0
        if self.level is Level.FULL:
            self.wanted_bytes = max(int(limits[2] * _BACK) - usage.free, 1)
        if before < self.level:
            return self._event('disk_low', now_ns, usage, Severity.WARNING
                               if self.level is Level.LOW else Severity.ALERT)
        if before > self.level is Level.OK:
            return self._event('disk_recovered', now_ns, usage, Severity.INFO)
        return None

    def problem(self) -> str | None:
        """Return what is wrong in a sentence, and what becomes of it."""
        if self.level is Level.OK or self.free_bytes is None:
            return None
        effect = {Level.LOW: '', Level.CRITICAL: '; no new pictures are kept',
                  Level.FULL: '; no new pictures are kept, and the oldest of what is stored go'}
        return (f'the disk of {self._folder} is nearly full, {self.free_bytes // MB} MB are free'
                f'{effect[self.level]}. Free space, or keep less (docs/operations.md)')

    def _event(self, kind: str, now_ns: int, usage: Usage, severity: Severity) -> Event:
        return Event(kind, '', now_ns, {'level': self.level.word, 'free_mb': usage.free // MB,
                                        'total_mb': usage.total // MB}, severity=severity)
