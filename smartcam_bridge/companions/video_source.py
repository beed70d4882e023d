"""Node `video_source`: a file, a webcam or an address as a camera that sees what moves."""
import os
import sys
import threading
import time
from typing import Iterator, Sequence

import numpy as np
from rclpy.duration import Duration
from rclpy.node import Node
from smartcam_bridge.companions.camera_topics import CameraTopics
from smartcam_bridge.companions.capture import file_frames, is_live, LiveCapture, shown
from smartcam_bridge.companions.motion import MotionDetector
from smartcam_bridge.companions.overlap import OverlapTracker
from smartcam_bridge.companions.run import run
from smartcam_bridge.companions.sent import SentCamera, write_account
from smartcam_bridge.companions.settings import VideoSettings
from smartcam_bridge.companions.start_gate import StartGate
from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import SettingsError, SmartcamError
from smartcam_bridge.ros.parameters import declare
from smartcam_bridge.setting_rules import camera_name_problem
from smartcam_bridge.specs import specs_of

LABEL = 'moving'
_ACKED_WITHIN = Duration(seconds=3)
_STOPPED_WITHIN_S = 1.0
_LOOK_AGAIN_S = 0.05


class VideoSource:
    """Plays the source in a thread of its own, at the pace of its own clock.

    A file's pictures are stamped start + media time and none is left out; a live source's are
    stamped when they are taken, and the newest wins.
    """

    def __init__(self, node: Node) -> None:
        settings = VideoSettings(**declare(node, specs_of(VideoSettings)))
        problem = camera_name_problem(settings.camera)
        problems = [f'camera: {problem}'] if problem else []
        if not settings.source:
            problems.append('source: name a video file, a webcam (0) or an address (rtsp://...)')
        if problems:
            raise SettingsError(problems)
        self.node = node
        self._settings = settings
        self._source = os.path.expandvars(os.path.expanduser(settings.source))
        self._topics = CameraTopics(
            node, settings.camera, compressed=settings.compressed, raw=settings.raw,
            detections=True, tracks=True, jpeg_quality=settings.jpeg_quality)
        self._gate = StartGate(settings.wait_for_subscribers, self._unmatched,
                               node.get_logger().warning)
        self._detector, self._tracker = MotionDetector(), OverlapTracker()
        self._sent = SentCamera(0, 0)
        self._error: SmartcamError | None = None
        self._stop = threading.Event()
        self._timer = node.create_timer(1.0, self._publish_info)
        self._thread = threading.Thread(target=self._play, name='video', daemon=True)

    def start(self) -> None:
        """Begin to play when the gate opens."""
        self._thread.start()

    def finished(self) -> bool:
        """Say whether the file is at its end; raise what made that impossible."""
        if self._thread.is_alive():
            return False
        if self._error:
            raise self._error
        return True

    def close(self) -> None:
        """Stop playing, wait until subscribers have everything (bounded), write the report."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(_STOPPED_WITHIN_S)
        self._timer.cancel()
        if not self._topics.wait_acked(_ACKED_WITHIN):
            self.node.get_logger().warning('a subscriber did not take everything in time')
        if path := self._settings.report_path:
            write_account(path, {self._settings.camera: self._sent})
            self.node.get_logger().info(f'wrote what was sent to {path}')

    def _play(self) -> None:
        """Publish every picture with what moves in it. Video thread only."""
        frames = self._live_frames() if is_live(self._source) else self._paced_frames()
        try:
            for pixels, stamp_ns in frames:
                self._publish(pixels, stamp_ns)
        except SmartcamError as error:
            self._error = error

    def _paced_frames(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield pictures of a file when they are due, with their stamps."""
        start_s = start_ns = None
        for pixels, media_ns in file_frames(self._source, loop=self._settings.loop):
            if start_s is None:
                self._show_size(pixels)
                self._await_gate()
                start_s, start_ns = time.monotonic(), self._now_ns()
            if self._stop.wait(max(0.0, start_s + media_ns / NS - time.monotonic())):
                return
            yield pixels, start_ns + media_ns

    def _live_frames(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield the newest picture again and again, with the time when it was taken."""
        capture = LiveCapture(self._source, self.node.get_logger().warning)
        capture.start()
        try:
            self._await_gate()
            while not self._stop.is_set():
                pixels = capture.newest(_LOOK_AGAIN_S)
                if pixels is not None:
                    self._show_size(pixels)
                    yield pixels, self._now_ns()
        finally:
            capture.close()

    def _await_gate(self) -> None:
        while not self._gate.is_open(self._now_ns()) and not self._stop.wait(_LOOK_AGAIN_S):
            pass

    def _show_size(self, pixels: np.ndarray) -> None:
        """Publish the frame size before the first boxes, and when it changes."""
        height, width = pixels.shape[:2]
        if (width, height) != (self._sent.width, self._sent.height):
            self._sent.width, self._sent.height = width, height
            self._detector = MotionDetector()
            self.node.get_logger().info(
                f'{shown(self._source)}: {width} x {height} on {self._settings.camera}')
            self._publish_info()

    def _publish(self, pixels: np.ndarray, stamp_ns: int) -> None:
        corners, scores = self._detector.find(pixels)
        labels, ids = (LABEL,) * len(corners), self._tracker.advance(corners)
        if self._topics.frames_wanted():
            self._topics.publish_frame(stamp_ns, pixels)
            self._sent.frames += 1
        self._topics.publish_detections(stamp_ns, corners, scores, labels)
        self._topics.publish_tracks(stamp_ns, corners, scores, labels, ids)
        if self._settings.report_path:
            self._sent.note_boxes(stamp_ns, corners, labels, ids)

    def _publish_info(self) -> None:
        if self._sent.width:
            self._topics.publish_info(self._now_ns(), self._sent.width, self._sent.height)

    def _now_ns(self) -> int:
        return self.node.get_clock().now().nanoseconds

    def _unmatched(self) -> list[str]:
        topic = self._topics.unmatched()
        return [topic] if topic else []


def main(args: Sequence[str] | None = None) -> None:
    """Run the node; the entry point of `ros2 run smartcam_bridge video_source`."""
    sys.exit(run('video_source', VideoSource, args))


if __name__ == '__main__':
    main()
