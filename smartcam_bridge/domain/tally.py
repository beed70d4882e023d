"""What went wrong on a camera's way in, counted by kind."""
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from smartcam_bridge.domain.counters import Counters


@dataclass(slots=True)
class Tally(Counters):
    """Counters of one camera since its start. Ingest thread only."""

    observations: int = 0
    boxes_invalid: int = 0      # without area in the frame, or not finite
    boxes_filtered: int = 0     # left out by the rules of their label: score, area, aspect
    boxes_masked: int = 0       # left out because they stood in a mask
    scores_clipped: int = 0     # messages with scores outside [0,1]
    stamps_zero: int = 0        # a header without a stamp; the time of receipt was taken
    stamps_future: int = 0      # too far ahead of the clock here; the time of receipt was taken
    stamps_late: int = 0        # older than the newest by at most 2 s: counted for their tracks
    stamps_stale: int = 0       # older than that: stored, but no track follows from it
    stamps_twice: int = 0       # the same message again: left out
    clock_steps: int = 0        # the clock here, the sender's, or a recording that began anew
    ids_twice: int = 0          # an id stood twice in a message; the second has no track
    ids_jumped: int = 0         # an id went on elsewhere: another target
    tracks_rejoined: int = 0    # a track went on under a new id
    tracks_refused: int = 0     # boxes without a track because too many are open
    tracks_unconfirmed: int = 0     # ended before they were believed
    waited: int = 0             # messages that came before the frame's size was known
    waiting_dropped: int = 0    # of these, what found no room

    SENTENCES: ClassVar[Mapping[str, str]] = {
        'waiting_dropped': '{} box messages were dropped because too many waited for the size of '
                           'the frame.',
        'boxes_invalid': '{} boxes were refused: outside the frame, without area, or not finite.',
        'stamps_zero': '{} messages had no stamp; the time of their receipt was taken.',
        'stamps_future': '{} messages had a stamp far ahead of the clock here; the time of their '
                         'receipt was taken.',
        'stamps_late': '{} messages came out of order.',
        'stamps_stale': '{} messages came more than 2 s late; no tracks followed from them.',
        'stamps_twice': '{} messages came twice and were left out.',
        'clock_steps': 'A clock stepped, or a recording began anew, {} times.',
        'ids_twice': '{} boxes had an id that stood twice in their message.',
        'tracks_refused': '{} boxes went without a track: too many tracks are open.'}
