"""See to it that a file, or the names in a folder, outlast a power cut."""
import os
from pathlib import Path


def sync(path: Path) -> None:
    """Return when it is on the disk; raise OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
