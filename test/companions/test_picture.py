import dataclasses

import numpy as np
import pytest

pytest.importorskip('cv2', reason='needs OpenCV')
from smartcam_bridge.companions.face_view import heads_of  # noqa: E402
from smartcam_bridge.companions.picture import Painter  # noqa: E402
from smartcam_bridge.companions.route import drive  # noqa: E402
from smartcam_bridge.companions.scene import KINDS, NEAR_KINDS, Scene  # noqa: E402
from smartcam_bridge.companions.world import View, World  # noqa: E402

SIZE = {'width': 640, 'height': 480}


@pytest.mark.parametrize('seed', range(12))
def test_a_figure_is_drawn_exactly_in_its_box(seed):
    scene = Scene(seed=seed, objects=1, rate_hz=10.0, **SIZE)
    painter = Painter(caption='front', hue=0.3, **SIZE)
    moments = [scene.advance() for _ in range(60)]
    street = painter.paint(dataclasses.replace(moments[0], nearness=np.empty(0)), '').copy()
    whole = [m for m in moments if m.corners[0, 0] > 0 and m.corners[0, 2] < SIZE['width']]
    assert whole
    for moment in whole:
        changed = (painter.paint(moment, '') != street).any(axis=2)
        rows, columns = np.nonzero(changed.any(axis=1))[0], np.nonzero(changed.any(axis=0))[0]
        drawn = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        assert moment.corners[0] == pytest.approx(drawn, abs=0.51)


def test_every_kind_can_be_drawn():
    scene = Scene(seed=1, objects=200, rate_hz=5.0, **SIZE)
    painter = Painter(caption='front', hue=0.0, **SIZE)
    moment = scene.advance()
    assert set(moment.labels) == {kind.label for kind in KINDS}
    assert painter.paint(moment, '').shape == (480, 640, 3)


def test_sprites_of_those_who_left_are_let_go():
    scene = Scene(seed=2, objects=4, rate_hz=2.0, **SIZE)
    painter = Painter(caption='front', hue=0.0, **SIZE)
    for _ in range(300):
        moment = scene.advance()
        painter.paint(moment, '')
    assert int(moment.ids[-1]) > 40
    assert len(painter._sprites) == 4


def test_the_street_turns_with_a_camera_that_turns():
    painter = Painter(caption='', hue=0.3, panorama=2000, **SIZE)
    moment = Scene(seed=1, objects=0, rate_hz=5.0, **SIZE).advance()

    def street(heading_px):
        return painter.paint(dataclasses.replace(moment, heading_px=heading_px), '')[50:].copy()

    ahead = street(0)
    assert (street(100)[:, :-100] == ahead[:, 100:]).all()
    assert (street(-1900) == street(100)).all() and (street(1990) == street(-10)).all()
    assert (street(1990)[:, 10:] == ahead[:, :-10]).all()


def test_a_figure_that_comes_nearer_is_drawn_larger():
    view = View(World(seed=1, objects=40), 0.0, *SIZE.values(), np.random.default_rng(1))
    painter = Painter(caption='', hue=0.3, panorama=2000, **SIZE)
    moment = view.look(0, 0.0, drive(0))
    whole = next(i for i in range(len(moment.ids)) if (
        moment.corners[i] == moment.places[i]).all())
    alone = dataclasses.replace(
        moment, figures=(moment.figures[whole],), nearness=np.zeros(1),
        places=moment.places[[whole]])
    changed = (painter.paint(alone, '').copy()
               != painter.paint(dataclasses.replace(moment, nearness=np.empty(0)), '')).any(axis=2)
    rows, columns = np.nonzero(changed.any(axis=1))[0], np.nonzero(changed.any(axis=0))[0]
    assert moment.corners[whole] == pytest.approx(
        (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), abs=3)


def test_who_plays_a_figure_is_seen_in_its_head_and_nowhere_else():
    scene = Scene(seed=1, objects=1, rate_hz=10.0, kinds=NEAR_KINDS[:1], **SIZE)
    moment = next(m for m in iter(scene.advance, None) if 50 < m.corners[0, 0] < 400)
    pictures = [Painter(caption='', hue=0.3, **SIZE).paint(moment, '', players).copy()
                for players in ({}, {moment.ids[0]: 1}, {moment.ids[0]: 2})]
    left, top, right, bottom = heads_of(moment.places)[0]
    for other in pictures[0], pictures[2]:
        rows, columns = np.nonzero((pictures[1] != other).any(axis=2))
        assert left - 1 <= columns.min() and columns.max() <= right + 1
        assert top - 1 <= rows.min() and rows.max() <= bottom + 1
    assert (pictures[1] != pictures[0]).any(axis=2).sum() > 0.5 * (right - left) * (bottom - top)
