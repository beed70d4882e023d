"""Node `face_embedder`: where faces are in the pictures of cameras, and their embeddings."""
import sys
import threading
import time
from typing import Sequence

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from smartcam_bridge.companions.embedder.account import Account
from smartcam_bridge.companions.embedder.backends import load_pipeline
from smartcam_bridge.companions.embedder.newest import NewestFirst
from smartcam_bridge.companions.embedder.pipeline import EmbeddedFaces, FacePipeline
from smartcam_bridge.companions.embedder.settings import EmbedderSettings, problems_of
from smartcam_bridge.companions.embedder.topics import FaceTopics, Picture
from smartcam_bridge.companions.run import run
from smartcam_bridge.errors import FrameError
from smartcam_bridge.ros.parameters import declare
from smartcam_bridge.specs import specs_of

_QUESTIONS_MAX = 16     # pictures that people uploaded; a bridge asks for four at once
_FRAMES_DEPTH = 1
_LOOK_S = 0.5
_STOPPED_WITHIN_S = 5.0


class FaceEmbedder:
    """Takes pictures on the executor thread, looks at them in a thread of its own.

    A camera's picture that was not looked at yet is replaced by a newer one; a picture to enroll
    somebody is answered in any case, with no faces where it cannot be read.
    """

    def __init__(self, node: Node) -> None:
        self.node = node
        self._settings = settings = EmbedderSettings(
            **declare(node, specs_of(EmbedderSettings), problems_of))
        self._waiting: NewestFirst[Picture] = NewestFirst(settings.rate_hz, _QUESTIONS_MAX)
        self._cameras = [FaceTopics(node, name, settings.images, self._offer, depth=_FRAMES_DEPTH,
                                    reliable=False) for name in settings.cameras if name]
        self._enroll = FaceTopics(
            node, settings.enroll_topic, 'compressed', self._ask, depth=_QUESTIONS_MAX,
            reliable=True) if settings.enroll_topic else None
        self._topics = [*self._cameras, *([self._enroll] if self._enroll else [])]
        self._accounts = {topics: Account() for topics in self._topics}
        self._diagnostics = node.create_publisher(
            DiagnosticArray, '/diagnostics', QoSProfile(depth=10))
        self._timers = []
        self._pipeline: FacePipeline | None = None
        # A daemon: a network that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._work, name='faces', daemon=True)

    def start(self) -> None:
        """Load the models, then begin to look for who wants faces; raises ModelError."""
        started_s = time.monotonic()
        self._pipeline = load_pipeline(self._settings)
        self.node.get_logger().info(
            f'{self._settings.detector} and {self._settings.recognizer} loaded in '
            f'{time.monotonic() - started_s:.1f} s; pictures are subscribed while somebody '
            'listens to faces')
        self._thread.start()
        self._timers = [self.node.create_timer(_LOOK_S, self._look),
                        self.node.create_timer(1.0, self._tell)]
        self._look()

    def finished(self) -> bool:
        """Say that it never ends by itself."""
        return False

    def close(self) -> None:
        """Stop after the picture under way, waiting for it some seconds at most."""
        for timer in self._timers:
            timer.cancel()
        self._waiting.close()
        if self._thread.ident is not None:
            self._thread.join(_STOPPED_WITHIN_S)

    def _look(self) -> None:
        for topics in self._topics:
            before = topics.wanted
            topics.look()
            if before and not topics.wanted:
                self._waiting.forget(topics.prefix)

    def _offer(self, picture: Picture) -> None:
        self._waiting.offer(picture.topics.prefix, picture)

    def _ask(self, picture: Picture) -> None:
        if not self._waiting.ask(picture):
            self.node.get_logger().warning(
                f'a picture to enroll somebody is not answered: {_QUESTIONS_MAX} wait already')

    def _work(self) -> None:
        """Look at one picture after the other. Faces thread only."""
        while (picture := self._waiting.take()) is not None:
            account = self._accounts[picture.topics]
            try:
                faces = self._faces_of(picture, account)
                if faces is not None:
                    picture.topics.publish(picture.stamp_ns, picture.frame_id, faces)
            except Exception as error:  # the outermost loop: the next picture may be better
                account.failed += 1
                self.node.get_logger().error(
                    f'{picture.topics.prefix}: a picture was left out: {error!r}',
                    throttle_duration_sec=10.0)

    def _faces_of(self, picture: Picture, account: Account) -> EmbeddedFaces | None:
        """Return what to publish, None for nothing."""
        start_s = time.perf_counter()
        try:
            pixels = picture.pixels()
            account.note_decoded(time.perf_counter() - start_s)
            faces = self._pipeline.process(pixels)
        except FrameError as error:
            account.failed += 1
            self.node.get_logger().warning(f'{picture.topics.prefix}: {error}',
                                           throttle_duration_sec=10.0)
            return _nobody() if picture.topics is self._enroll else None
        account.note_faces(len(faces.scores))
        return faces

    def _tell(self) -> None:
        message = DiagnosticArray(status=[
            account.status(self.node, topics, self._waiting.replaced.get(topics.prefix, 0),
                           self._pipeline)
            for topics, account in self._accounts.items()])
        message.header.stamp = self.node.get_clock().now().to_msg()
        self._diagnostics.publish(message)


def _nobody() -> EmbeddedFaces:
    return EmbeddedFaces(*(np.empty((0, width), np.float32) for width in (4, 1, 3, 1)))


def main(args: Sequence[str] | None = None) -> None:
    """Run the node; the entry point of `ros2 run smartcam_bridge face_embedder`."""
    sys.exit(run('face_embedder', FaceEmbedder, args))


if __name__ == '__main__':
    main()
