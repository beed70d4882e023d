"""How the pictures of one camera fared, for `/diagnostics`."""
from dataclasses import dataclass

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from rclpy.node import Node
from smartcam_bridge.companions.embedder.pipeline import FacePipeline, running_mean
from smartcam_bridge.companions.embedder.topics import FaceTopics


@dataclass(slots=True)
class Account:
    """Counters of the faces thread; others may read them."""

    pictures: int = 0
    faces: int = 0
    failed: int = 0
    decode_ms: float = 0.0

    def note_decoded(self, took_s: float) -> None:
        """Count a picture that was unpacked."""
        self.decode_ms = running_mean(self.decode_ms, took_s)

    def note_faces(self, count: int) -> None:
        """Count a picture that was looked at."""
        self.pictures += 1
        self.faces += count

    def status(self, node: Node, topics: FaceTopics, replaced: int,
               pipeline: FacePipeline) -> DiagnosticStatus:
        """Return all of it in words and numbers. Executor thread only."""
        problems = topics.problems()
        if self.failed:
            problems.append(f'{self.failed} pictures could not be looked at; the log says why.')
        state = 'embedding' if topics.wanted else 'nobody listens to its faces'
        values = {
            'received': topics.received, 'invalid': topics.invalid, 'replaced': replaced,
            'pictures': self.pictures, 'failed': self.failed, 'faces': self.faces,
            'faces_small': pipeline.small, 'faces_surplus': pipeline.surplus,
            'faces_unusable': pipeline.unusable, 'decode_ms': round(self.decode_ms, 3),
            'detect_ms': round(pipeline.detect_ms, 3), 'embed_ms': round(pipeline.embed_ms, 3)}
        return DiagnosticStatus(
            level=DiagnosticStatus.WARN if problems else DiagnosticStatus.OK,
            name=f'{node.get_fully_qualified_name().lstrip("/")}: {topics.prefix}',
            hardware_id=topics.prefix, message=' '.join(problems) or state,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()])
