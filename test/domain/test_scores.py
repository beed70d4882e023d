"""What became of scores is known for as many tracks as there are."""
import numpy as np
import pytest

from smartcam_bridge.domain.scores import Scores


@pytest.mark.parametrize('slot', [0, 63, 64, 1000])
def test_tracks_beyond_the_first_have_room_and_disturb_none(slot: int) -> None:
    scores = Scores(4096)
    scores.open(5)
    scores.take_in(np.array([5]), np.array([[0.25], [0.75], [0.5]]), True)
    scores.open(slot)
    scores.take_in(np.array([5, slot]), np.array([[0.5, 0.1], [np.nan, 0.9]]), False)
    assert scores.summary(5) == (4, 0.75, 0.5, 0.5, 0.5)
    assert scores.summary(slot) == (2, 0.9, 0.5, 0.9, 0.5)


def test_a_slot_begins_anew() -> None:
    scores = Scores(4096)
    for score in (0.25, 0.75):
        scores.open(100)
        scores.take_in(np.array([100]), np.array([[score]]), True)
    assert scores.summary(100) == (1, 0.75, 0.75, 0.75, 0.75)
