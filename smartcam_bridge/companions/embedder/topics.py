"""The topics of one camera, or of the bridge's questions: pictures in, faces out."""
from dataclasses import dataclass
from typing import Callable

import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CompressedImage, Image
from smartcam_bridge.companions import wire
from smartcam_bridge.companions.embedder.pipeline import EmbeddedFaces
from smartcam_bridge.ros.cdr import decode_compressed_image, decode_image
from smartcam_bridge.ros.convert import frame_of_compressed, image_to_bgr
from smartcam_bridge.ros.subscription import RawSubscription
from vision_msgs.msg import Detection2DArray

_ANSWERS_DEPTH = 10


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that came, with the topics that its faces go to.

    pixels: returns BGR uint8 (height, width, 3), perhaps a view of the message; raises
    FrameError. Any thread.
    """

    topics: 'FaceTopics'
    stamp_ns: int
    frame_id: str
    pixels: Callable[[], np.ndarray]


class FaceTopics:
    """Publish `faces` and `face_embeddings` of pictures that are subscribed while wanted.

    Executor thread only, but for `publish`. take: gets each picture. depth and reliable: of the
    subscriptions; what is published is reliable, which sensor-data subscribers accept too.
    """

    def __init__(self, node: Node, prefix: str, images: str,
                 take: Callable[[Picture], None], *, depth: int, reliable: bool) -> None:
        self.prefix = prefix
        self.wanted = False
        self._images = images
        self._take = take
        qos = QoSProfile(depth=_ANSWERS_DEPTH)
        self._faces = node.create_publisher(Detection2DArray, f'{prefix}/faces', qos)
        self._embeddings = node.create_publisher(Image, f'{prefix}/face_embeddings', qos)
        self._compressed = RawSubscription(
            node, CompressedImage, f'{prefix}/image/compressed', depth,
            self._take_compressed, reliable=reliable)
        self._raw = RawSubscription(node, Image, f'{prefix}/image', depth, self._take_raw,
                                    reliable=reliable)
        self._mismatches: list[str] = []

    @property
    def received(self) -> int:
        """Return how many pictures came."""
        return self._compressed.received + self._raw.received

    @property
    def invalid(self) -> int:
        """Return how many of them could not be read."""
        return self._compressed.invalid + self._raw.invalid

    def look(self) -> None:
        """Subscribe pictures while somebody listens to the faces. About twice a second."""
        self.wanted = any(publisher.get_subscription_count()
                          for publisher in (self._faces, self._embeddings))
        raw = self._images == 'raw' or (
            self._images == 'auto' and not self._compressed.publishers()
            and self._raw.publishers() > 0)
        for subscription, chosen in ((self._compressed, not raw), (self._raw, raw)):
            subscription.open() if self.wanted and chosen else subscription.close()
        self._mismatches = self._compressed.problems() + self._raw.problems()

    def problems(self) -> list[str]:
        """Return why pictures do not arrive or cannot be read, in sentences."""
        unread = [f'{self.invalid} pictures could not be read; the log says why.']
        return self._mismatches + (unread if self.invalid else [])

    def publish(self, stamp_ns: int, frame_id: str, faces: EmbeddedFaces) -> None:
        """Publish the faces of a picture, and their embeddings with the same header. Any thread.

        Embeddings go first, so that whoever waits for both has them when the faces come.
        """
        self._embeddings.publish(wire.embeddings(stamp_ns, frame_id, faces.vectors))
        self._faces.publish(wire.face_array(
            stamp_ns, frame_id, faces.corners.astype(float), faces.scores, faces.quality))

    def _take_compressed(self, data: bytes, received_ns: int) -> None:
        view = decode_compressed_image(data)
        self._take(Picture(
            self, view.stamp_ns or received_ns, view.frame_id,
            lambda: frame_of_compressed(self.prefix, view, received_ns).pixels()))

    def _take_raw(self, data: bytes, received_ns: int) -> None:
        view = decode_image(data)
        self._take(Picture(self, view.stamp_ns or received_ns, view.frame_id,
                           lambda: image_to_bgr(view)))
