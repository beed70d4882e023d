"""Where a run records to, and the bridge that is doing so."""

from __future__ import annotations

import json
import os
from pathlib import Path


def data_dir(kind: str) -> Path:
    """Return the folder of a run; `kind` ('demo' or 'video') names it unless DATA_DIR does."""
    chosen = os.environ.get('DATA_DIR') or os.environ.get('SMARTCAM_DATA_DIR')
    if chosen:
        return Path(chosen).expanduser().resolve()
    share = Path(os.environ.get('XDG_DATA_HOME', ''))
    share = share if share.is_absolute() else Path.home() / '.local' / 'share'
    return share / 'smartcam_bridge' / kind


def run_file(folder: Path) -> Path:
    """Return the file in which a bridge says where it is, for as long as it runs."""
    return folder / 'run' / 'bridge.json'


def read_run_file(folder: Path) -> dict[str, object]:
    """Return what it says; nothing where it is not there yet, or just being written."""
    try:
        return json.loads(run_file(folder).read_text(encoding='utf-8'))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return {}


def is_running(found: dict[str, object]) -> bool:
    """Tell whether that process lives and is a bridge: its number may be another's by now."""
    try:
        words = Path(f'/proc/{found.get("pid")}/cmdline').read_bytes().split(b'\0')
    except OSError:
        return False
    return any(word == b'smartcam_bridge.main' or word.split(b'/')[-1] == b'bridge'
               for word in words)
