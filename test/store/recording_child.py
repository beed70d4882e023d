"""Record without end, and say on stdout what was handed over and committed; it is killed."""
from pathlib import Path
import sys
import time

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from smartcam_bridge.domain.model import Crossing, Direction, Visit  # noqa: E402
from smartcam_bridge.settings import Settings  # noqa: E402
from smartcam_bridge.store.recorder import Recorder  # noqa: E402
from smartcam_bridge.store.tasks import (  # noqa: E402
    Barrier, RecordCrossing, RecordVisit)
from store_builders import fact, SECOND, START_NS, track_fact  # noqa: E402


def main(path: str) -> None:
    """Record an observation a millisecond of one track whose row lags behind."""
    settings = Settings.from_values({'commit_period_s': 0.1})
    recorder = Recorder(Path(path), lambda: settings)
    state = recorder.start()
    number = state.next_track_id
    recorder.record(track_fact(number, first_ns=START_NS, last_ns=START_NS, observations=1))
    _go_about(recorder, number, 0)
    recorder.submit(Barrier()).result(60)
    print('ready', number, flush=True)
    for count in range(1, 1_000_000):
        recorder.record(fact(START_NS + count * SECOND, tracks=[number], scores=[0.25],
                             received_ns=time.time_ns()))
        _go_about(recorder, number, count)
        print(count, time.monotonic_ns(), recorder.status().recorded, flush=True)
        time.sleep(0.001)


def _go_about(recorder: Recorder, number: int, count: int) -> None:
    """Enter a zone, leave it 7 s later, and cross a line, all of 10 s again and again."""
    came_ns = START_NS + count // 10 * 10 * SECOND
    if count % 10 in (0, 7):
        recorder.record(RecordVisit(Visit(
            1, 1, number, 1, came_ns, None if count % 10 == 0 else came_ns + 7 * SECOND)))
        recorder.record(RecordCrossing(Crossing(
            2, 1, number, 1, START_NS + count * SECOND, Direction.IN)))


if __name__ == '__main__':
    main(sys.argv[1])
