"""Store one shot, then a better one, and die at the step that the parent names."""
import os
from pathlib import Path
import sys
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from smartcam_bridge.settings import Settings  # noqa: E402
from smartcam_bridge.store import media, writer  # noqa: E402
from smartcam_bridge.store.media import MediaFolder  # noqa: E402
from smartcam_bridge.store.recorder import Recorder  # noqa: E402
from smartcam_bridge.store.session import Session  # noqa: E402
from smartcam_bridge.store.tasks import Barrier  # noqa: E402
from store_builders import shot_fact, track_fact  # noqa: E402


def main(path: Path, step: str) -> None:
    """Record as the bridge does: files first, then the fact."""
    folder = MediaFolder(path.parent)
    recorder = Recorder(path, lambda: Settings.from_values({'commit_period_s': 0.02}))
    number = recorder.start().next_track_id
    recorder.record(track_fact(number), shot_fact(folder, 5, track=number))
    recorder.submit(Barrier()).result(60)
    print(number, flush=True)
    _die_at(step)
    recorder.record(shot_fact(folder, 6, track=number))
    recorder.submit(Barrier()).result(60)
    recorder.close()
    raise SystemExit(f'{step} was never reached')


def _die_at(step: str) -> None:
    """Let the process end like a killed one when it gets to a step."""
    owner, name, after = {
        'second file': (media.MediaFolder, 'write', 1),
        'before the rows': (writer, 'store_shots', 0),
        'after the rows': (writer, 'store_events', 0),
        'after the commit': (Session, 'remove_doomed', 0),
        'first file gone': (MediaFolder, 'remove', 1),
        'all files gone': (media, 'transaction', 0),
    }[step]
    real: Callable[..., Any] = getattr(owner, name)
    calls = iter(range(1000))

    def count(*arguments: Any, **options: Any) -> Any:
        if next(calls) == after:
            os._exit(9)
        return real(*arguments, **options)

    setattr(owner, name, count)


if __name__ == '__main__':
    main(Path(sys.argv[1]), sys.argv[2])
