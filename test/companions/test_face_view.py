import dataclasses

import numpy as np
import pytest
from smartcam_bridge.companions.face_view import FaceView, heads_of
from smartcam_bridge.companions.face_world import FaceWorld
from smartcam_bridge.companions.scene import NEAR_KINDS, Scene

SIZE = {'width': 960, 'height': 540}
WORLD = FaceWorld(seed=1, people=4, strangers=2, dimension=64)


def scene(objects=6, seed=1):
    return Scene(seed=seed, objects=objects, rate_hz=10.0, kinds=NEAR_KINDS, **SIZE)


def view(**faults):
    return FaceView(WORLD, seed=1, **SIZE, **{'poor': 0.0, 'nameless': 0.0} | faults)


def players(moment):
    """Return the players of a moment: 0, 1, 2 and 3 in turn."""
    return {name: int(name) % 4 for name, label in zip(moment.ids, moment.labels)
            if label == 'person'}


def looks(steps=200, **faults):
    """Return moments and the faces seen of them."""
    street, eyes = scene(), view(**faults)
    moments = [street.advance() for _ in range(steps)]
    return [(moment, eyes.look(moment, moment.step / 10, players(moment))) for moment in moments]


def alone(moment, number, **changed):
    """Return a moment with one of its figures, and another nearness or place of it."""
    return dataclasses.replace(
        moment, figures=moment.figures[number:number + 1], ids=moment.ids[number:number + 1],
        labels=moment.labels[number:number + 1], corners=moment.corners[[number]],
        places=changed.get('places', moment.places[[number]]),
        nearness=moment.nearness[[number]], scores=moment.scores[[number]])


def test_faces_are_the_heads_of_people_who_are_played():
    for moment, seen in looks():
        heads = dict(zip(moment.ids, heads_of(moment.places).tolist()))
        assert set(seen.tracks) <= players(moment).keys()
        assert seen.players == tuple(players(moment)[name] for name in seen.tracks)
        for name, box in zip(seen.tracks, seen.corners):
            assert box == pytest.approx(np.clip(heads[name], 0, [960, 540, 960, 540]))


def test_embeddings_are_of_whose_face_it_is_and_better_of_better_faces():
    good = [(face @ WORLD.identities[player], player, face) for _, seen in looks()
            for face, player in zip(seen.vectors, seen.players)]
    poor = [face @ WORLD.identities[player] for _, seen in looks(poor=1.0)
            for face, player in zip(seen.vectors, seen.players)]
    assert len(good) > 200 and np.mean([cosine for cosine, *_ in good]) > 0.6
    assert np.mean(poor) < 0.45
    ranked = [(WORLD.identities @ face).argmax() == player for _, player, face in good]
    assert np.mean(ranked) > 0.99
    assert np.allclose([np.linalg.norm(face) for *_, face in good], 1, atol=1e-5)


def test_a_face_behind_somebody_else_or_at_the_edge_is_not_seen():
    moment = scene().advance()
    number = moment.labels.index('person')
    width, height = moment.places[number, 2:] - moment.places[number, :2]
    middle = np.array([[400.0, 100.0, 400.0 + width, 100.0 + height]])
    single = alone(moment, number, places=middle)
    assert len(view().look(single, 0.0, players(single)).ids) == 1
    at_the_edge = alone(moment, number, places=middle - (400 + width / 2, 0) * 2)
    assert len(view().look(at_the_edge, 0.0, players(single)).ids) == 0
    behind = dataclasses.replace(
        single, ids=(*single.ids, '99'), labels=('person', 'car'),
        places=np.concatenate([middle, middle]), nearness=single.nearness[0] + np.array([0, 1]))
    assert len(view().look(behind, 0.0, players(single)).ids) == 0
    in_front = dataclasses.replace(behind, nearness=-behind.nearness)
    assert len(view().look(in_front, 0.0, players(single)).ids) == 1
    walls = np.array([[400, -np.inf, 400 + width, np.inf]])
    assert len(view(walls=walls).look(single, 0.0, players(single)).ids) == 0


@pytest.mark.parametrize('share', [0.0, 0.3, 1.0])
def test_the_share_asked_for_has_no_id(share):
    told = [(told, track) for _, seen in looks(nameless=share)
            for told, track in zip(seen.ids, seen.tracks)]
    assert {told for told, track in told} - {track for _, track in told} <= {''}
    assert np.mean([not name for name, _ in told]) == pytest.approx(share, abs=0.06)


@pytest.mark.parametrize('share', [0.0, 0.4])
def test_somebody_is_turned_away_or_blurred_for_whole_seconds(share):
    spells = {}
    for moment, seen in looks(steps=600, poor=share):
        for name, (_, sharpness, pose) in zip(seen.tracks, seen.quality):
            spells.setdefault((name, moment.step // 10), set()).add((sharpness, pose))
    assert all(len(each) == 1 for each in spells.values())
    worst = np.array([min(*each) for each in spells.values() for each in each])
    assert np.mean(worst < 0.5) == pytest.approx(share, abs=0.08)


def test_the_same_seed_gives_the_same_faces():
    for (_, one), (_, other) in zip(looks(30, poor=0.3, nameless=0.3),
                                    looks(30, poor=0.3, nameless=0.3)):
        assert one.ids == other.ids and (one.vectors == other.vectors).all()
