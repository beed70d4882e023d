import numpy as np
from smartcam_bridge.companions.portrait import HEAD, portrait


def test_a_head_touches_the_top_of_its_figure_and_stays_in_its_box():
    left, top, width, height = HEAD
    for player in range(60):
        points = np.concatenate([points for _, points in portrait(player)])
        assert (points.min(axis=0) >= (left - 1e-9, 0)).all() and points[:, 1].min() < 1e-9
        assert (points.max(axis=0) <= (left + width + 1e-9, top + height + 1e-9)).all()


def test_everybody_looks_the_same_each_time_and_unlike_the_others():
    looks = [str(portrait(player)) for player in range(200)]
    assert looks == [str(portrait(player)) for player in range(200)]
    assert len(set(looks)) == 200
