"""Have pictures embedded by whoever can: the topics of enrolment by picture."""
from array import array
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
import time

import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage, Image
from smartcam_bridge.domain.faces import Embedded, Embeddings, Faces
from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import EmbedderUnavailable
from smartcam_bridge.ros.cdr import CompressedImageView
from smartcam_bridge.ros.cdr_faces import decode_embeddings, decode_faces
from smartcam_bridge.ros.convert import frame_of_compressed
from smartcam_bridge.ros.subscription import RawSubscription
from vision_msgs.msg import Detection2DArray

FRAME_ID = 'enroll'
WAITING_MAX = 4         # pictures that are looked at at once
WAIT_S = 10.0
_DEPTH = 10


@dataclass(slots=True)
class _Request:
    answer: 'Future[Embedded]'
    size: tuple[int, int]
    until_s: float
    faces: Faces | None = None
    embeddings: Embeddings | None = None


class PictureEmbedder:
    """Show pictures on `~/enroll/image/compressed`; an embedder answers with the same stamp.

    Its answer comes on `~/enroll/faces` and `~/enroll/face_embeddings`; where there are no faces
    the first alone is enough. Executor thread only, but for `embed`. post: has a task run there.
    """

    def __init__(self, node: Node, post: Callable[[Callable[[], None]], None]) -> None:
        self._post = post
        self._pictures = node.create_publisher(
            CompressedImage, '~/enroll/image/compressed', QoSProfile(depth=WAITING_MAX))
        self._faces = RawSubscription(node, Detection2DArray, '~/enroll/faces', _DEPTH,
                                      self._take_faces)
        self._embeddings = RawSubscription(node, Image, '~/enroll/face_embeddings', _DEPTH,
                                           self._take_embeddings)
        self._waiting: dict[int, _Request] = {}     # by stamp
        self._last_ns = 0

    def open(self) -> None:     # noqa: A003
        """Listen to embedders."""
        self._faces.open()
        self._embeddings.open()

    def close(self) -> None:
        """Listen no more; whoever waits is told."""
        self._faces.close()
        self._embeddings.close()
        for stamp_ns in list(self._waiting):
            self._refuse(self._waiting.pop(stamp_ns).answer, 'the bridge stops')

    def embed(self, picture: bytes) -> 'Future[Embedded]':
        """Have a JPEG or PNG embedded; raises FrameError. Any thread.

        The future fails with EmbedderUnavailable where nobody answers in time.
        """
        frame = frame_of_compressed('', CompressedImageView(1, '', '', memoryview(picture)), 1)
        answer: 'Future[Embedded]' = Future()
        form = 'png' if frame.jpeg is None else 'jpeg'
        self._post(lambda: self._ask(answer, picture, form, (frame.width, frame.height)))
        return answer

    def look(self) -> None:
        """Give up waiting for answers that do not come; call about once a second."""
        now_s = time.monotonic()
        late = [stamp_ns for stamp_ns, request in self._waiting.items()
                if request.until_s < now_s]
        for stamp_ns in late:
            self._refuse(self._waiting.pop(stamp_ns).answer,
                         f'the embedder did not answer within {WAIT_S:.0f} s')

    def _ask(self, answer: 'Future[Embedded]', picture: bytes, form: str,
             size: tuple[int, int]) -> None:
        if not answer.set_running_or_notify_cancel():
            return
        if not (self._pictures.get_subscription_count() and self._embeddings.publishers()):
            self._refuse(answer, f'nobody takes {self._pictures.topic_name} and publishes '
                                 f'{self._embeddings.topic}: start a face_embedder')
        elif len(self._waiting) >= WAITING_MAX:
            self._refuse(answer, f'{WAITING_MAX} pictures are with the embedder already; try '
                                 'again later')
        else:
            self._last_ns = max(time.time_ns(), self._last_ns + 1)
            self._waiting[self._last_ns] = _Request(answer, size, time.monotonic() + WAIT_S)
            message = CompressedImage(format=form, data=array('B', picture))
            message.header.frame_id = FRAME_ID
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(self._last_ns, NS)
            self._pictures.publish(message)

    def _take_faces(self, data: bytes, received_ns: int) -> None:
        faces = decode_faces(data)
        request = self._waiting.get(faces.stamp_ns)
        if request is not None:
            request.faces = faces
            if not faces.ids:
                request.embeddings = Embeddings(faces.stamp_ns, faces.frame_id,
                                                np.empty((0, 0), np.float32))
            self._answer(faces.stamp_ns, request)

    def _take_embeddings(self, data: bytes, received_ns: int) -> None:
        embeddings = decode_embeddings(data)
        request = self._waiting.get(embeddings.stamp_ns)
        if request is not None:
            request.embeddings = embeddings
            self._answer(embeddings.stamp_ns, request)

    def _answer(self, stamp_ns: int, request: _Request) -> None:
        faces, embeddings = request.faces, request.embeddings
        if faces is None or embeddings is None:
            return
        del self._waiting[stamp_ns]
        if len(faces.ids) == len(embeddings.vectors):
            request.answer.set_result((faces, embeddings, request.size))
        else:
            self._refuse(request.answer, f'the embedder answered {len(faces.ids)} faces with '
                                         f'{len(embeddings.vectors)} embeddings')

    @staticmethod
    def _refuse(answer: 'Future[Embedded]', reason: str) -> None:
        answer.set_exception(EmbedderUnavailable(reason))
