"""The pictures of a best shot, made and written."""
from collections.abc import Callable
import threading
from typing import Protocol

from smartcam_bridge.domain.best_shot import Candidate
from smartcam_bridge.domain.shot import crop_around, MediaFile, picture_path, SavedShot, Shot
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.pixels import cut_out, encode, Pixels, shrink
from smartcam_bridge.settings import Settings


class PictureFolder(Protocol):
    """Where the pictures go. `write` raises StoreError, `remove` OSError."""

    def write(self, path: str, data: bytes | memoryview) -> None:
        """Put a whole file there, or none."""

    def remove(self, path: str) -> None:
        """Remove a file that may be there."""


class ShotWriter:
    """Writes nothing while it is shut. `write` belongs to one thread, the rest to any."""

    def __init__(self, settings: Callable[[], Settings], folder: PictureFolder,
                 now_ns: Callable[[], int]) -> None:
        self._settings = settings
        self._folder = folder
        self._now_ns = now_ns
        self._writing = threading.Lock()
        self._open = False

    def open(self) -> None:  # noqa: A003
        """Let pictures be written."""
        self._open = True

    def shut(self) -> None:
        """Let none be written any more; a file on its way is waited for."""
        self._open = False
        with self._writing:
            pass

    def write(self, camera_id: int, track_id: int, best: Candidate,
              frame: Frame) -> SavedShot | None:
        """Write both pictures, or none: then it was shut. Raises FrameError, StoreError."""
        settings = self._settings()
        bgr = Pixels(frame, settings.shot_quality).bgr
        height, width = bgr.shape[:2]
        shot = Shot(best.stamp_ns, best.box, best.score, width, height, best.sharpness,
                    crop_around(best.box, width, height, settings.shot_margin))
        crop = encode(cut_out(bgr, shot.crop, settings.shot_crop_px), settings.shot_quality)
        whole = frame.jpeg
        if width > settings.shot_frame_px:
            whole = encode(shrink(bgr, settings.shot_frame_px / width), settings.shot_quality)
        created_ns = self._now_ns()
        saved = SavedShot(camera_id, track_id, shot, tuple(
            MediaFile(kind, camera_id, track_id, best.stamp_ns,
                      picture_path(kind, track_id, best.stamp_ns, created_ns), len(data),
                      created_ns) for kind, data in (('crop', crop), ('frame', whole))))
        return saved if self._write_all(saved, crop, whole) else None

    def remove(self, saved: SavedShot) -> None:
        """Remove the files that no row will point at."""
        for file in saved.files:
            self._folder.remove(file.path)

    def _write_all(self, saved: SavedShot, *pictures: bytes | memoryview) -> bool:
        done = False
        try:
            for file, data in zip(saved.files, pictures):
                with self._writing:
                    if not self._open:
                        return False
                    self._folder.write(file.path, data)
            done = True
        finally:
            if not done:
                self.remove(saved)
        return True
