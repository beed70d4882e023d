"""Best shots as a whole: a thread, real pictures, real files, and everything that goes wrong."""
from pathlib import Path
import threading
import time
from typing import Any, Callable, Iterator

import numpy as np
import pytest

from smartcam_bridge.domain.model import (
    Camera, EndReason, Observation, PATH_POINT, Sight, Source, TrackState)
from smartcam_bridge.domain.pipeline import Outcome
from smartcam_bridge.domain.shot import SavedShot
from smartcam_bridge.errors import StoreUnavailable
from smartcam_bridge.live.demand import Demand
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.shots import Shots
from smartcam_bridge.settings import Settings
from smartcam_bridge.store.media import MediaFolder

cv2 = pytest.importorskip('cv2')
YARD = Camera(1, 'yard')
MS = 1_000_000
STEP_NS = 100 * MS
START_NS = 1_800_000_000_000_000_000
SIZE = (320, 240)
BOX = (0.25, 0.25, 0.5, 0.75)


def scene(box: tuple[float, ...], size: tuple[int, int] = SIZE, shade: int = 200) -> np.ndarray:
    """Return a dark picture with a bright box."""
    width, height = size
    picture = np.full((height, width, 3), 30, np.uint8)
    x1, y1, x2, y2 = (round(edge * side) for edge, side in zip(box, size * 2))
    picture[y1:y2, x1:x2] = shade
    return picture


def frame(step: int, picture: np.ndarray, *, raw: bool = False, cut: int = 0) -> Frame:
    """Return a frame of a picture, as a JPEG or raw; `cut` bytes are missing at its end."""
    height, width = picture.shape[:2]
    jpeg = None
    if not raw:
        jpeg = cv2.imencode('.jpg', picture)[1].tobytes()
        jpeg = jpeg[:len(jpeg) - cut]
    return Frame('yard', START_NS + step * STEP_NS, 0, width, height, jpeg, lambda: picture,
                 size_bytes=picture.nbytes if raw else len(jpeg))


def track(id_: int, end: EndReason | None = None) -> TrackState:
    """Return a track's state."""
    return TrackState(id_, YARD.id, f't{id_}', 1, START_NS, START_NS, 3, 0.9, 0.9, 0.9,
                      np.zeros(0, PATH_POINT), end)


def outcome(step: int, *rows: tuple[int, tuple[float, ...], float],
            tracks: list[TrackState] | None = None) -> Outcome:
    """Return what a message of confirmed tracks (id, box, score) leads to."""
    ids = np.array([row[0] for row in rows], np.uint32)
    corners = np.array([row[1] for row in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[2] for row in rows], np.float32)
    labels = np.ones(len(rows), np.uint16)
    stamp_ns = START_NS + step * STEP_NS
    seen = Observation(YARD, Source.TRACKS, stamp_ns, stamp_ns, corners, scores, labels, ids,
                       ('person',) * len(rows), tuple(map(str, ids)))
    return Outcome(seen, tracks=tracks or [],
                   sight=Sight(stamp_ns, ids, corners, scores, labels) if rows else None)


class Kept:
    """Shots over a folder of their own, and what they told; the test is the ingest thread."""

    def __init__(self, data_dir: Path, folder: Any = None, **values: Any) -> None:
        self.settings = Settings.from_values(values)
        self.root = data_dir / 'media'
        self.demands: list[tuple[str, bool]] = []
        self.told: list[tuple[SavedShot, TrackState | None]] = []
        self.takes = True
        self.shots = Shots(lambda: self.settings, folder=folder or MediaFolder(data_dir),
                           demand=Demand(lambda *demand: self.demands.append(demand)),
                           on_shot=self._take)
        self.shots.start()
        self.shots.resume()

    def pass_by(self, steps: range, *, end: int = 1, **options: Any) -> None:
        """Let track 1 be seen in the box, with frames, and then end."""
        for step in steps:
            self.shots.see(outcome(step, (1, BOX, 0.8), tracks=[track(1)]))
            self.shots.show(frame(step, scene(BOX), **options))
        if end:
            self.shots.see(Outcome(tracks=[track(end, EndReason.LEFT)]))

    def settle(self) -> None:
        """Have everything judged and saved, as a pause does."""
        self.shots.pause(30)

    def files(self) -> list[str]:
        """Return the names of all files."""
        return sorted(path.name for path in self.root.rglob('*') if path.is_file())

    def _take(self, saved: SavedShot, state: TrackState | None) -> bool:
        for file in saved.files:
            assert (self.root / file.path).stat().st_size == file.size_bytes
        self.told.append((saved, state))
        return self.takes


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[..., Kept]]:
    """Return a maker of shots that are closed at the end; keywords are settings."""
    made: list[Kept] = []

    def make(folder: Any = None, **values: Any) -> Kept:
        made.append(Kept(tmp_path, folder, **values))
        return made[-1]

    yield make
    for kept in made:
        kept.shots.close()


def read(kept: Kept, saved: SavedShot, kind: str) -> np.ndarray:
    """Return the pixels of a saved picture."""
    path, = (file.path for file in saved.files if file.kind == kind)
    return cv2.imread(str(kept.root / path))


def wait_until(condition: Callable[[], Any]) -> None:
    """Return as soon as `condition()` holds; fail when it does not in time."""
    deadline_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


@pytest.mark.parametrize('raw', [False, True])
def test_an_ended_track_has_its_crop_and_its_frame(keep: Callable[..., Kept], raw: bool) -> None:
    kept = keep()
    kept.pass_by(range(5), raw=raw)
    kept.settle()
    (saved, state), = kept.told
    assert (saved.track_id, state) == (1, None)
    assert (saved.shot.width, saved.shot.height) == SIZE
    whole, crop = read(kept, saved, 'frame'), read(kept, saved, 'crop')
    assert np.abs(whole.astype(int) - scene(BOX)).mean() < 2
    x, y, width, height = saved.shot.crop
    assert np.abs(crop.astype(int) - scene(BOX)[y:y + height, x:x + width]).mean() < 3
    x1, y1, x2, y2 = saved.shot.box_in_crop()
    inner = crop[round(y1 * height) + 2:round(y2 * height) - 2,
                 round(x1 * width) + 2:round(x2 * width) - 2]
    assert inner.mean() > 190
    assert len(kept.files()) == 2


def test_a_jpeg_is_kept_as_it_came_unless_it_is_too_wide(keep: Callable[..., Kept]) -> None:
    kept = keep(shot_frame_px=160, shot_crop_px=64)
    kept.pass_by(range(3))
    kept.settle()
    saved = kept.told[0][0]
    assert read(kept, saved, 'frame').shape == (120, 160, 3)
    assert max(read(kept, saved, 'crop').shape) == 64
    assert (saved.shot.width, saved.shot.height) == SIZE


def test_the_best_frame_wins_whatever_comes_first(keep: Callable[..., Kept]) -> None:
    """Frames before their boxes, after them, or all at once: one choice."""
    seen = [outcome(step, (1, BOX, score)) for step, score in enumerate(
        [0.3, 0.5, 0.5, 0.9, 0.5, 0.7, 0.7, 0.4])]
    frames = [frame(step, scene(BOX)) for step in range(len(seen))]
    chosen = []
    for order in ('frames first', 'boxes first', 'in turn'):
        kept = keep(shot_wait_s=30.0)
        kept.shots.see(outcome(-1, (9, BOX, 0.1)))      # images are wanted from now on
        feeds = {'frames first': frames + seen, 'boxes first': seen + frames,
                 'in turn': [item for pair in zip(seen, frames) for item in pair]}[order]
        for item in feeds:
            kept.shots.show(item) if isinstance(item, Frame) else kept.shots.see(item)
        kept.shots.see(Outcome(tracks=[track(1, EndReason.LEFT)]))
        kept.settle()
        chosen.append([saved.shot.stamp_ns for saved, _ in kept.told if saved.track_id == 1])
    assert chosen == [[START_NS + 3 * STEP_NS]] * 3


def test_the_frame_that_shows_the_face_largest_wins(keep: Callable[..., Kept]) -> None:
    kept = keep()
    kept.shots.see_face(YARD.id, 1, START_NS, 0.9)      # no such track, no such camera yet
    for step, (score, area) in enumerate([(0.95, 0), (0.5, 0.01), (0.6, 0.04), (0.9, 0.02)]):
        kept.shots.see(outcome(step, (1, BOX, score), tracks=[track(1)]))
        kept.shots.show(frame(step, scene(BOX)))
        if area:
            kept.shots.see_face(YARD.id, 1, START_NS + step * STEP_NS, area)
    kept.shots.see(Outcome(tracks=[track(1, EndReason.LEFT)]))
    kept.settle()
    (saved, _), = kept.told
    assert saved.shot.stamp_ns == START_NS + 2 * STEP_NS


def test_a_long_track_is_told_while_it_is_open_and_silently_after_its_end(
        keep: Callable[..., Kept]) -> None:
    kept = keep(shot_wait_s=30.0)
    for step in range(30):
        kept.shots.see(outcome(step, (1, BOX, 0.5 if step < 20 else 0.9), tracks=[track(1)]))
        kept.shots.show(frame(step, scene(BOX)))
    wait_until(lambda: kept.told)
    kept.shots.see(Outcome(tracks=[track(1, EndReason.LOST)]))
    kept.settle()
    assert [(state and state.tracker_id, saved.shot.score > 0.8) for saved, state in kept.told
            ] == [('t1', False), (None, True)]


def test_without_its_frame_a_track_has_no_picture(keep: Callable[..., Kept]) -> None:
    kept = keep()
    for step in range(5):
        kept.shots.see(outcome(step, (1, BOX, 0.8)))
    kept.shots.see(Outcome(tracks=[track(1, EndReason.LOST)]))
    kept.settle()
    assert (kept.told, kept.files()) == ([], [])
    assert kept.shots.counters()['without_frame'] == 5


@pytest.mark.parametrize('cut', [2, 600])
def test_a_damaged_jpeg_is_counted_and_the_next_one_serves(
        keep: Callable[..., Kept], cut: int) -> None:
    kept = keep()
    kept.pass_by(range(3), end=0, cut=cut)
    kept.pass_by(range(3, 6))
    kept.settle()
    assert [saved.shot.stamp_ns for saved, _ in kept.told] == [START_NS + 3 * STEP_NS]
    assert kept.shots.counters()['damaged'] == 3


def test_a_frame_that_changes_its_size_is_cut_by_its_own_size(keep: Callable[..., Kept]) -> None:
    kept = keep()
    kept.pass_by(range(3), end=0)
    kept.shots.see(outcome(3, (1, BOX, 0.95)))
    kept.shots.show(frame(3, scene(BOX, (640, 480))))
    kept.shots.see(Outcome(tracks=[track(1, EndReason.LEFT)]))
    kept.settle()
    shot = kept.told[-1][0].shot
    assert (shot.width, shot.height) == (640, 480)
    assert np.abs(read(kept, kept.told[-1][0], 'frame').astype(int)
                  - scene(BOX, (640, 480))).mean() < 2


def test_images_are_wanted_while_there_are_tracks_and_a_while_longer(
        keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [1000.0]
    monkeypatch.setattr(time, 'monotonic', lambda: now_s[0])
    kept = keep(frame_linger_s=5.0)
    kept.shots.see(outcome(0))
    assert kept.demands == []
    kept.shots.see(Outcome(outcome(1, (7, BOX, 0.5)).observation))     # tentative: no sight yet
    assert kept.demands == [('yard', True)]
    now_s[0] += 4.9
    kept.shots.tick()
    kept.shots.show(frame(1, scene(BOX)))
    assert (len(kept.demands), kept.shots.counters()['frames']) == (1, 1)
    now_s[0] += 0.2
    kept.shots.tick()
    assert kept.demands == [('yard', True), ('yard', False)]
    kept.shots.show(frame(2, scene(BOX)))
    assert kept.shots.counters()['frames'] == 0


def test_off_means_no_images_and_no_files(keep: Callable[..., Kept]) -> None:
    kept = keep(best_shots=False)
    kept.pass_by(range(5))
    kept.settle()
    assert (kept.demands, kept.told, kept.files()) == ([], [], [])


def test_switched_off_on_the_way_nothing_more_is_written(keep: Callable[..., Kept]) -> None:
    kept = keep(shot_wait_s=30.0)
    kept.pass_by(range(2), end=0)
    kept.settings = Settings.from_values({'best_shots': False})
    kept.pass_by(range(2, 5))
    kept.settle()
    assert (kept.told, kept.files()) == ([], [])


def test_after_a_pause_nothing_is_written_until_it_is_over(keep: Callable[..., Kept]) -> None:
    kept = keep()
    kept.shots.pause(1)
    kept.pass_by(range(5))
    kept.settle()
    assert (kept.told, kept.files(), kept.demands) == ([], [], [])
    kept.shots.resume()
    kept.pass_by(range(5, 9))
    kept.settle()
    assert len(kept.told) == 1


class SlowFolder(MediaFolder):
    """A disk that takes as long as the test wants."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, path: str, data: bytes | memoryview) -> None:
        """Wait, then write."""
        self.begun.set()
        assert self.go_on.wait(30)
        super().write(path, data)


def test_a_pause_waits_for_the_file_on_its_way_and_leaves_no_half_shot(
        keep: Callable[..., Kept], tmp_path: Path) -> None:
    folder = SlowFolder(tmp_path)
    kept = keep(folder, shot_wait_s=0.5)
    kept.pass_by(range(3))
    assert folder.begun.wait(30)
    threading.Timer(0.2, folder.go_on.set).start()
    kept.shots.pause(0.01)
    written = kept.files()
    kept.shots.close()
    assert written in ([f'1-{START_NS}-crop.jpg'], [])
    assert (kept.files(), kept.told) == ([], [])


class FullFolder(MediaFolder):
    """A disk with room for so many files."""

    room = 0

    def write(self, path: str, data: bytes | memoryview) -> None:
        """Write while there is room."""
        if not self.room:
            raise StoreUnavailable(f'{path} cannot be written: No space left on device')
        self.room -= 1
        super().write(path, data)


@pytest.mark.parametrize('room', [0, 1])
def test_a_full_disk_costs_the_picture_and_nothing_else(
        keep: Callable[..., Kept], tmp_path: Path, room: int,
        caplog: pytest.LogCaptureFixture) -> None:
    folder = FullFolder(tmp_path)
    folder.room = room
    kept = keep(folder)
    kept.pass_by(range(5))
    kept.settle()
    assert (kept.told, kept.files()) == ([], [])
    counts = kept.shots.counters()
    assert (counts['failed'], counts['lost'], counts['saved']) == (1, 1, 0)
    assert 'No space left' in caplog.text
    folder.room = 2
    kept.shots.resume()
    kept.pass_by(range(10, 15))
    kept.settle()
    assert (len(kept.told), len(kept.files())) == (1, 2)


def test_while_new_pictures_are_not_allowed_none_is_written(keep: Callable[..., Kept]) -> None:
    kept = keep()
    kept.shots.allowed = False
    kept.pass_by(range(5))
    kept.settle()
    assert (kept.files(), kept.shots.counters()['lost']) == ([], 1)


def test_a_shot_that_cannot_be_recorded_leaves_no_files(keep: Callable[..., Kept]) -> None:
    kept = keep()
    kept.takes = False
    kept.pass_by(range(5))
    kept.settle()
    assert (len(kept.told), kept.files()) == (1, [])


def test_what_is_kept_in_memory_is_freed_with_the_tracks(keep: Callable[..., Kept]) -> None:
    kept = keep(shot_wait_s=30.0)
    for number in range(1, 60):
        kept.shots.see(outcome(number, (number, BOX, 0.8), tracks=[track(number)]))
        kept.shots.show(frame(number, scene(BOX)))
        kept.shots.see(Outcome(tracks=[track(number, EndReason.LEFT)]))
    kept.shots.see(outcome(70))
    kept.shots.show(frame(70, scene(BOX)))
    lane, = kept.shots._lanes.values()
    wait_until(lambda: not (lane.tracks or len(lane.queue)))
    assert (len(lane.tracks), len(lane.book), len(lane.held)) == (0, 0, 0)
    assert len({saved.track_id for saved, _ in kept.told}) == 59


def test_an_unexpected_failure_ends_nothing(keep: Callable[..., Kept], tmp_path: Path,
                                            caplog: pytest.LogCaptureFixture) -> None:
    kept = keep()
    broken = frame(0, scene(BOX), raw=True)

    def fall_over() -> np.ndarray:
        raise RuntimeError('surprise')

    kept.shots.see(outcome(0, (1, BOX, 0.8)))
    kept.shots.show(Frame('yard', broken.stamp_ns, 0, *SIZE, None, fall_over, size_bytes=9))
    kept.settle()
    wait_until(lambda: 'surprise' in caplog.text)
    kept.shots.resume()
    kept.pass_by(range(1, 4))
    kept.settle()
    assert len(kept.told) == 1


def test_close_without_start_and_twice(keep: Callable[..., Kept], tmp_path: Path) -> None:
    kept = keep()
    kept.shots.close()
    kept.shots.close()
    Shots(Settings, demand=Demand(lambda *_: None), folder=MediaFolder(tmp_path),
          on_shot=lambda *_: True).close()
