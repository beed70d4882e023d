"""A limit on failed logins."""
from collections import deque, OrderedDict
import math
import time

from smartcam_bridge.web.problems import Problem

FAILURES_MAX = 5        # per address and window
WINDOW_S = 60.0
ADDRESSES_MAX = 1024    # remembered; the longest silent goes first


class Attempts:
    """Count login attempts per address; a successful one clears the count. Web thread only."""

    def __init__(self) -> None:
        self._tried: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, address: str) -> None:
        """Count an attempt before it is looked at; raise Problem 429 when it is one too many."""
        now = time.monotonic()
        tried = self._tried.setdefault(address, deque())
        self._tried.move_to_end(address)
        while tried and now - tried[0] >= WINDOW_S:
            tried.popleft()
        if len(tried) >= FAILURES_MAX:
            wait_s = math.ceil(WINDOW_S - (now - tried[0]))
            raise Problem(429, 'too_many_logins',
                          f'Too many failed logins from here; try again in {wait_s} s.',
                          headers={'Retry-After': str(wait_s)})
        tried.append(now)
        if len(self._tried) > ADDRESSES_MAX:
            self._tried.popitem(last=False)

    def clear(self, address: str) -> None:
        """Forget the attempts of somebody who got in."""
        self._tried.pop(address, None)
