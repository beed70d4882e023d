"""Hold a companion back until somebody listens."""
from typing import Callable, Sequence

from smartcam_bridge.domain.times import NS

_SETTLE_S = 0.5
"""A publisher may know its subscriber before that one knows the publisher, and a best-effort
subscriber never gets what was sent in between."""


class StartGate:
    """Opens when nothing is missing any more, at the latest after `wait_s`.

    missing: names the topics that still have no subscriber. warn: told what is missing at last.
    """

    def __init__(self, wait_s: float, missing: Callable[[], Sequence[str]],
                 warn: Callable[[str], object]) -> None:
        self._wait_ns = round(wait_s * NS)
        self._missing = missing
        self._warn = warn
        self._since_ns = 0
        self._matched_ns = 0

    def is_open(self, now_ns: int) -> bool:
        """Say whether to begin. Call again and again until it says so."""
        if not self._wait_ns:
            return True
        self._since_ns = self._since_ns or now_ns
        if missing := self._missing():
            self._matched_ns = 0
            if now_ns - self._since_ns < self._wait_ns:
                return False
            self._warn(f'begins without subscribers of {", ".join(missing)}')
            return True
        self._matched_ns = self._matched_ns or now_ns
        return now_ns - self._matched_ns >= _SETTLE_S * NS
