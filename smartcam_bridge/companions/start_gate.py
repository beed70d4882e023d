"""Hold a companion back until somebody listens."""
from typing import Sequence

from rclpy.node import Node

from smartcam_bridge.companions.camera_topics import CameraTopics
from smartcam_bridge.domain.times import NS

_SETTLE_S = 0.5
"""A publisher may know its subscriber before that one knows the publisher, and a best-effort
subscriber never gets what was sent in between."""


class StartGate:
    """Opens when the boxes of every camera have a subscriber, at the latest after `wait_s`.

    Executor thread only.
    """

    def __init__(self, node: Node, topics: Sequence[CameraTopics], wait_s: float) -> None:
        self._log = node.get_logger()
        self._topics = topics
        self._wait_ns = round(wait_s * NS)
        self._since_ns = 0
        self._matched_ns = 0

    def open(self, now_ns: int) -> bool:
        """Say whether to begin. Call again and again until it says so."""
        if not self._wait_ns:
            return True
        self._since_ns = self._since_ns or now_ns
        missing = [topic for topics in self._topics if (topic := topics.unmatched())]
        if missing:
            self._matched_ns = 0
            if now_ns - self._since_ns < self._wait_ns:
                return False
            self._log.warning(f'begins without subscribers of {", ".join(missing)}')
            return True
        self._matched_ns = self._matched_ns or now_ns
        return now_ns - self._matched_ns >= _SETTLE_S * NS
