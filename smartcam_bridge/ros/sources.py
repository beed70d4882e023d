"""One camera's topics: which are subscribed when, and how they are doing."""
from collections.abc import Callable

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from smartcam_bridge.bridge import Bridge
from smartcam_bridge.domain.model import Camera, Detections, Source
from smartcam_bridge.domain.times import NS
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.status import CameraStatus
from smartcam_bridge.ros import cdr, convert
from smartcam_bridge.ros.cdr_detections import DetectionsDecoder
from smartcam_bridge.ros.face_source import FaceSource
from smartcam_bridge.ros.identities import Identities
from smartcam_bridge.ros.subscription import RawSubscription
from vision_msgs.msg import Detection2DArray

_INFO_DEPTH = 1
_LOOK_AGAIN_NS = NS     # how old the answer may be whether somebody publishes tracks


class CameraSource:
    """Subscribe what one camera needs at present. Executor thread only.

    Boxes: `tracks`, and `detections` only as long as nobody publishes tracks, since tracks are
    the same boxes and more. Pixels: while somebody watches, or until the size of the frame is
    known where no CameraInfo says it; raw where only that is published, else compressed, also
    in advance: so its first frame arrives.
    """

    def __init__(self, node: Node, camera: Camera, bridge: Bridge) -> None:
        self.camera = camera
        self.watched = False
        self._bridge = bridge
        settings = bridge.settings
        name = camera.name
        image = camera.image_topic or f'{name}/image'

        def subscription(kind: type, topic: str, depth: int,
                         take: Callable[[bytes, int], None]) -> RawSubscription:
            return RawSubscription(node, kind, topic, depth, take)

        self.info = subscription(CameraInfo, camera.info_topic or f'{name}/camera_info',
                                 _INFO_DEPTH, self._take_info)
        self.tracks = subscription(Detection2DArray, camera.tracks_topic or f'{name}/tracks',
                                   settings.boxes_depth, self._take_tracks)
        self.detections = subscription(
            Detection2DArray, camera.detections_topic or f'{name}/detections',
            settings.boxes_depth, self._take_detections)
        self.image = subscription(Image, image, settings.frames_depth, self._take_image)
        self.compressed = subscription(CompressedImage, f'{image}/compressed',
                                       settings.frames_depth, self._take_compressed)
        self._boxes = (self.tracks, self.detections)
        self._pixels = (self.image, self.compressed)
        self.faces = FaceSource(node, camera, bridge)
        self.identities = Identities(node, name)
        self._all = (self.info, *self._boxes, *self._pixels, *self.faces.subscriptions)
        self._decoders = (DetectionsDecoder(), DetectionsDecoder())
        self._tracks_published = False
        self._looked_ns = 0
        self._superseded = 0
        self._rates = (0, 0, 0)     # boxes, frames, at
        self._mismatches: tuple[str, ...] = ()

    def open(self) -> None:
        """Subscribe boxes, frame size, and faces where people are to be recognised."""
        self.info.open()
        self.tracks.open()
        self.detections.open()
        self.faces.look()

    def close(self) -> None:
        """Unsubscribe everything; for good."""
        for subscription in self._all:
            subscription.close()
        self.identities.close()

    def watch(self, watched: bool) -> None:
        """Take notice of whether somebody wants to see the camera."""
        self.watched = watched
        self.choose_pixels()

    def choose_pixels(self) -> None:
        """Subscribe the image topic that is needed at present, if any."""
        sizeless = not all(self._bridge.pipeline(self.camera.name).size)
        needed = self.watched or (sizeless and not self.info.publishers())
        raw = not self.compressed.publishers() and self.image.publishers() > 0
        for subscription, wanted in ((self.compressed, not raw), (self.image, raw)):
            subscription.open() if needed and wanted else subscription.close()

    def status(self, now_ns: int) -> CameraStatus:
        """Return how the camera is doing; call about once a second: rates are since last time."""
        pipeline = self._bridge.pipeline(self.camera.name)
        boxes = sum(subscription.received for subscription in self._boxes) - self._superseded
        frames = sum(subscription.received for subscription in self._pixels)
        boxes_before, frames_before, before_ns = self._rates
        elapsed_s = (now_ns - before_ns) / NS if before_ns else 0
        self._rates = (boxes, frames, now_ns)
        boxes_ns = max(subscription.last_ns for subscription in self._boxes)
        frames_ns = max(subscription.last_ns for subscription in self._pixels)
        return CameraStatus(
            state='live' if pipeline.online else 'silent',
            width=pipeline.size[0], height=pipeline.size[1],
            boxes_hz=round((boxes - boxes_before) / elapsed_s, 1) if elapsed_s else 0.0,
            frames_hz=round((frames - frames_before) / elapsed_s, 1) if elapsed_s else 0.0,
            boxes_age_s=_age_s(now_ns, boxes_ns), frames_age_s=_age_s(now_ns, frames_ns),
            open_tracks=pipeline.open_tracks, watched=self.watched,
            received=boxes, frames_received=frames,
            boxes_lost=sum(subscription.lost for subscription in self._boxes),
            frames_lost=sum(subscription.lost for subscription in self._pixels),
            invalid=(sum(subscription.invalid for subscription in self._all)
                     + pipeline.tally.boxes_invalid),
            waiting=pipeline.waiting,
            source=self._newest_source(), counters=pipeline.tally.as_json(),
            faces=self.faces.status(), problems=tuple(self._problems()))

    def look(self) -> None:
        """Look at the graph: who publishes what, and does it match. Every second or so."""
        self._tracks_published = self.tracks.publishers() > 0
        if self._tracks_published:
            self.detections.close()
        else:
            self.detections.open()
        self.choose_pixels()
        self.faces.look()
        self._mismatches = tuple(
            sentence for subscription in self._all for sentence in subscription.problems())

    def _newest_source(self) -> str | None:
        """Say which topic the last boxes came from."""
        if not (self.tracks.received or self.detections.received):
            return None
        return 'tracks' if self.tracks.last_ns >= self.detections.last_ns else 'detections'

    def _problems(self) -> list[str]:
        pipeline = self._bridge.pipeline(self.camera.name)
        sentences = list(self._mismatches)
        if pipeline.waiting:
            sentences.append(
                f'{pipeline.waiting} box messages wait because the size of the frame is not '
                f'known: publish {self.info.topic} or an image, or set frame_width and '
                'frame_height, or width and height of the camera.')
        if invalid := sum(subscription.invalid for subscription in self._all):
            sentences.append(f'{invalid} messages could not be read; the log says why.')
        return sentences + pipeline.tally.problems() + self.faces.problems()

    def _take_info(self, data: bytes, received_ns: int) -> None:
        self._bridge.sign_of_life(self.camera.name, received_ns)
        size = cdr.decode_frame_size(data)
        self._bridge.resize(self.camera.name, size.width, size.height)

    def _take_tracks(self, data: bytes, received_ns: int) -> None:
        self._tracks_published = True
        self._receive(self._decoders[0].decode(data), Source.TRACKS, received_ns)

    def _take_detections(self, data: bytes, received_ns: int) -> None:
        if received_ns - self._looked_ns > _LOOK_AGAIN_NS:
            self._tracks_published = self.tracks.publishers() > 0
            self._looked_ns = received_ns
        if self._tracks_published:
            self._superseded += 1
            return
        self._receive(self._decoders[1].decode(data), Source.DETECTIONS, received_ns)

    def _receive(self, detections: Detections, source: Source, received_ns: int) -> None:
        observation = self._bridge.receive(self.camera.name, detections, source, received_ns)
        if observation is not None and self.identities.wanted:
            named = self._bridge.recognition.named(observation)
            if named:
                self.identities.publish(detections.frame_id, self._bridge.pipeline(
                    self.camera.name).size, observation, named)

    def _take_image(self, data: bytes, received_ns: int) -> None:
        view = cdr.decode_image(data)
        self._show(convert.frame_of_image(self.camera.name, view, received_ns))

    def _take_compressed(self, data: bytes, received_ns: int) -> None:
        view = cdr.decode_compressed_image(data)
        self._show(convert.frame_of_compressed(self.camera.name, view, received_ns))

    def _show(self, frame: Frame) -> None:
        self._bridge.sign_of_life(self.camera.name, frame.received_ns)
        if not self.info.received:      # CameraInfo, where there is one, knows better
            self._bridge.resize(self.camera.name, frame.width, frame.height)
        self._bridge.show(frame)


def _age_s(now_ns: int, then_ns: int) -> float | None:
    return round(max(0, now_ns - then_ns) / NS, 3) if then_ns else None
