"""Change people without end, and say on stdout what is done; the parent kills it."""
from pathlib import Path
import sys

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from people_builders import (  # noqa: E402
    add_person, ask, enroll, face, identity_fact, like, sighting_fact, stranger_fact)
from smartcam_bridge.settings import Settings  # noqa: E402
from smartcam_bridge.store import people_tasks as tasks  # noqa: E402
from smartcam_bridge.store.media import MediaFolder  # noqa: E402
from smartcam_bridge.store.recorder import Recorder  # noqa: E402
from smartcam_bridge.store.tasks import Barrier  # noqa: E402
from store_builders import event_fact, shot_fact, START_NS, track_fact  # noqa: E402

WHO = {'who': 'me', 'at_ns': START_NS}


def main(path: str) -> None:
    """Let somebody be enrolled, seen, taken for another, merged and forgotten, again and again."""
    recorder = Recorder(Path(path), Settings)
    state = recorder.start()
    folder = MediaFolder(Path(path).parent)
    track, stranger = state.next_track_id, state.next_stranger_id
    print('ready', flush=True)
    for number in range(stranger, stranger + 10_000):
        mine, unknown = face(track), face(track + 500_000_000)
        one = add_person(recorder, f'one {track}', mine)
        other = add_person(recorder, f'other {track}')
        recorder.record(
            track_fact(track), track_fact(track + 1), stranger_fact(number, unknown),
            identity_fact(track, one), sighting_fact(track, like(mine, 0.6)),
            identity_fact(track + 1, stranger=number),
            sighting_fact(track + 1, unknown),
            shot_fact(folder, START_NS, track=track),
            event_fact(kind='person_identified', person_id=one, track_id=track),
            event_fact(kind='stranger_seen', stranger_id=number, track_id=track + 1))
        ask(recorder, Barrier())
        ask(recorder, tasks.RejectIdentity(track, **WHO))
        ask(recorder, enroll(other, like(mine, 0.6), source='track', track_id=track,
                             override=True))
        ask(recorder, tasks.NameStranger(number, other, '', **WHO))
        ask(recorder, tasks.MergePeople(one, other, **WHO))
        if number % 2:
            ask(recorder, tasks.ForgetPerson(other, **WHO))
            print('forgotten', other, flush=True)
        track += 2


if __name__ == '__main__':
    main(sys.argv[1])
