"""One camera's faces and their embeddings: subscribed while people are to be recognised."""
import time

from rclpy.node import Node
from sensor_msgs.msg import Image
from smartcam_bridge.bridge import Bridge
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.live.status import FaceStatus
from smartcam_bridge.ros.cdr_faces import decode_embeddings, decode_faces
from smartcam_bridge.ros.subscription import RawSubscription
from vision_msgs.msg import Detection2DArray


class FaceSource:
    """Executor thread only. With recognition off, by setting, camera or hour, nothing comes."""

    def __init__(self, node: Node, camera: Camera, bridge: Bridge) -> None:
        self._name = camera.name
        self._recognition = bridge.recognition
        depth = bridge.settings.boxes_depth
        self._faces = RawSubscription(
            node, Detection2DArray, camera.faces_topic or f'{camera.name}/faces', depth,
            self._take_faces)
        self._embeddings = RawSubscription(
            node, Image, camera.embeddings_topic or f'{camera.name}/face_embeddings', depth,
            self._take_embeddings)
        self.subscriptions = (self._faces, self._embeddings)

    def look(self) -> None:
        """Subscribe or not, as it is to be at present."""
        on = self._recognition.state(self._name, time.time_ns()) == 'on'
        for subscription in self.subscriptions:
            subscription.open() if on else subscription.close()

    def status(self) -> FaceStatus:
        """Return how recognition is doing."""
        return FaceStatus(
            self._recognition.state(self._name, time.time_ns()),
            self._recognition.model_name(self._name),
            self._faces.received, self._embeddings.received,
            sum(subscription.lost for subscription in self.subscriptions),
            self._recognition.counters(self._name))

    def problems(self) -> list[str]:
        """Say for people why nobody is recognised, or fewer than could be."""
        counters = self._recognition.counters(self._name)
        sentences = self._recognition.problems(self._name)
        if counters['unpaired_faces'] and not self._embeddings.received:
            sentences.append(f'Faces come on {self._faces.topic}, but no embeddings on '
                             f'{self._embeddings.topic}: nobody is recognised.')
        if counters['unpaired_embeddings'] and not self._faces.received:
            sentences.append(f'Embeddings come on {self._embeddings.topic}, but no faces on '
                             f'{self._faces.topic}: nobody is recognised.')
        return sentences

    def _take_faces(self, data: bytes, received_ns: int) -> None:
        self._recognition.take_faces(self._name, decode_faces(data), received_ns)

    def _take_embeddings(self, data: bytes, received_ns: int) -> None:
        self._recognition.take_embeddings(self._name, decode_embeddings(data), received_ns)
