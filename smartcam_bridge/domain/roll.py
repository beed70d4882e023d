"""Which open track a tracker's id stands for."""
from smartcam_bridge.domain.crowd import NO_TRACK


class Roll:
    """Slots of open tracks by id. A track may lose its id, and another one may take it."""

    def __init__(self, capacity: int) -> None:
        self.names: dict[int, str] = {}     # by slot, the id it came with: all open tracks
        self._slots: dict[str, int] = {}
        self._held: dict[int, str] = {}     # by slot, the id it has at present
        self._free = list(range(capacity - 1, -1, -1))

    def find(self, ids: tuple[str, ...]) -> list[int]:
        """Return the slot per id, NO_TRACK for none."""
        found = list(map(self._slots.get, ids))
        return [NO_TRACK if slot is None else slot for slot in found] if None in found else found

    def enter(self, tracker_id: str) -> int:
        """Return a free slot that has this id from now on, NO_TRACK where there is no room."""
        if not self._free:
            return NO_TRACK
        slot = self._free.pop()
        self.names[slot] = tracker_id
        self.hold(slot, tracker_id)
        return slot

    def hold(self, slot: int, tracker_id: str) -> None:
        """Give a track this id in place of the one that it had."""
        self.release(slot)
        self._held[slot] = tracker_id
        self._slots[tracker_id] = slot

    def release(self, slot: int) -> None:
        """Take a track's id from it; it stays open."""
        tracker_id = self._held.pop(slot, None)
        if tracker_id is not None:
            del self._slots[tracker_id]

    def leave(self, slot: int) -> None:
        """Let go of a track."""
        self.release(slot)
        del self.names[slot]
        self._free.append(slot)
