"""What a running bridge leaves in its folder for programs on this machine; for its user only."""
import contextlib
import json
import os
from pathlib import Path
import time
from typing import Iterator

from smartcam_bridge.domain.times import iso


def local_url(host: str, port: int) -> str:
    """Return the address under which a program on this machine reaches what listens on `host`."""
    host = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host)
    return f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'


@contextlib.contextmanager
def run_file(data_dir: Path, url: str, port: int) -> Iterator[None]:
    """Say in `run/bridge.json` where the bridge is, for as long as it is there."""
    folder = data_dir / 'run'
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / 'bridge.json'
    partial = path.with_suffix('.new')
    write_private(partial, json.dumps({'pid': os.getpid(), 'port': port, 'url': url,
                                       'started': iso(time.time_ns())}))
    partial.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, in place of one that is there."""
    path.unlink(missing_ok=True)    # else its permissions would stay
    with open(path, 'w', opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
