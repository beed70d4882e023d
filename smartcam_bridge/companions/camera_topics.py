"""The publishers of one camera."""
import cv2
import numpy as np
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from smartcam_bridge.companions import wire
from smartcam_bridge.companions.world import focal_px
from vision_msgs.msg import Detection2DArray

_BOXES_DEPTH = 500
"""Boxes wait for a slow subscriber for 16 s at 30 Hz before any is lost."""
_FRAMES_DEPTH = 10


class CameraTopics:
    """What a companion says of one camera; reliable, which sensor-data subscribers accept too.

    Names are relative. Everything but `wait_acked` only hands over to the middleware. One thread
    at a time.
    """

    def __init__(self, node: Node, camera: str, *, compressed: bool, raw: bool, detections: bool,
                 tracks: bool, jpeg_quality: int, faces: bool = False) -> None:
        boxes, frames = _reliable(_BOXES_DEPTH), _reliable(_FRAMES_DEPTH)
        latest = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE,
                            durability=DurabilityPolicy.TRANSIENT_LOCAL)

        def publisher(wanted: bool, kind: type, topic: str, qos: QoSProfile) -> Publisher | None:
            return node.create_publisher(kind, f'{camera}/{topic}', qos) if wanted else None

        self.camera = camera
        self._frame_id = f'{camera}_optical_frame'
        self._jpeg = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality]
        self._info = publisher(True, CameraInfo, 'camera_info', latest)
        self._compressed = publisher(compressed, CompressedImage, 'image/compressed', frames)
        self._raw = publisher(raw, Image, 'image', frames)
        self._detections = publisher(detections, Detection2DArray, 'detections', boxes)
        self._tracks = publisher(tracks, Detection2DArray, 'tracks', boxes)
        self._faces = publisher(faces, Detection2DArray, 'faces', boxes)
        self._embeddings = publisher(faces, Image, 'face_embeddings', boxes)

    def publish_info(self, stamp_ns: int, width: int, height: int) -> None:
        """Publish the size of the frames and a pinhole camera that fits it."""
        focal = focal_px(width)
        info = CameraInfo(width=width, height=height, distortion_model='plumb_bob', d=[0.0] * 5)
        info.header.stamp = Time(nanoseconds=stamp_ns).to_msg()
        info.header.frame_id = self._frame_id
        info.k = [focal, 0.0, width / 2, 0.0, focal, height / 2, 0.0, 0.0, 1.0]
        info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
        info.p = [focal, 0.0, width / 2, 0.0, 0.0, focal, height / 2, 0.0, 0.0, 0.0, 1.0, 0.0]
        self._info.publish(info)

    def publish_detections(self, stamp_ns: int, corners: np.ndarray, scores: np.ndarray,
                           labels: tuple[str, ...]) -> None:
        """Publish the boxes of one instant on `detections`, if offered. Arrays: see wire."""
        if self._detections:
            self._detections.publish(
                wire.detection_array(stamp_ns, self._frame_id, corners, scores, labels))

    def publish_tracks(self, stamp_ns: int, corners: np.ndarray, scores: np.ndarray,
                       labels: tuple[str, ...], ids: tuple[str, ...]) -> None:
        """Publish the boxes of one instant on `tracks`, if offered. Arrays: see wire."""
        if self._tracks:
            self._tracks.publish(
                wire.detection_array(stamp_ns, self._frame_id, corners, scores, labels, ids))

    def publish_faces(self, stamp_ns: int, corners: np.ndarray, scores: np.ndarray,
                      quality: np.ndarray, ids: tuple[str, ...], vectors: np.ndarray) -> None:
        """Publish the faces of one instant and their embeddings, if offered. Arrays: see wire."""
        if self._faces:
            self._faces.publish(
                wire.face_array(stamp_ns, self._frame_id, corners, scores, quality, ids))
            self._embeddings.publish(wire.embeddings(stamp_ns, self._frame_id, vectors))

    def frames_wanted(self) -> bool:
        """Say whether anybody subscribes to pictures: nobody should draw for nobody."""
        return _watched(self._compressed) or _watched(self._raw)

    def publish_frame(self, stamp_ns: int, pixels: np.ndarray) -> None:
        """Publish uint8 BGR (height, width, 3) on every image topic that has a subscriber."""
        if _watched(self._compressed):
            jpeg = cv2.imencode('.jpg', pixels, self._jpeg)[1].tobytes()
            self._compressed.publish(wire.compressed_image(stamp_ns, self._frame_id, jpeg))
        if _watched(self._raw):
            self._raw.publish(wire.image(stamp_ns, self._frame_id, pixels))

    def unmatched(self) -> str | None:
        """Return a topic that nobody subscribes to: tracks, else detections, or of faces."""
        wanted = self._tracks or self._detections, self._faces, self._embeddings
        return next((publisher.topic_name for publisher in wanted
                     if publisher and not _watched(publisher)), None)

    def wait_acked(self, timeout: Duration) -> bool:
        """Block until reliable subscribers have all of it; False when `timeout` was too short."""
        all_acked = [publisher.wait_for_all_acked(timeout) for publisher in (
            self._tracks, self._detections, self._faces, self._embeddings, self._compressed,
            self._raw) if publisher]
        return all(all_acked)


def _reliable(depth: int) -> QoSProfile:
    return QoSProfile(depth=depth, reliability=ReliabilityPolicy.RELIABLE)


def _watched(publisher: Publisher | None) -> bool:
    return publisher is not None and publisher.get_subscription_count() > 0
