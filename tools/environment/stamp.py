"""Stamps: a step is done when the hash of what it was made from stands in its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import contextlib
import hashlib
from pathlib import Path


def digest_of(files: Iterable[Path], *words: str) -> str:
    """Hash words and the names and contents of files, in a stable order."""
    total = hashlib.sha256('\0'.join(words).encode())
    for file in sorted(files):
        total.update(b'\0' + file.name.encode() + b'\0' + file.read_bytes())
    return total.hexdigest()


class Stamp:
    """One step's mark. Removed while the step runs, so that an interrupted step is undone."""

    def __init__(self, file: Path, digest: str) -> None:
        self._file = file
        self._digest = digest

    @property
    def valid(self) -> bool:
        """Tell whether the step was finished from the same inputs."""
        try:
            return self._file.read_text(encoding='ascii') == self._digest
        except (FileNotFoundError, NotADirectoryError):
            return False

    @contextlib.contextmanager
    def earning(self) -> Iterator[None]:
        """Write the mark if, and only if, the block ends without an exception."""
        self._file.unlink(missing_ok=True)
        yield
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(self._digest, encoding='ascii')
