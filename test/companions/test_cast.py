import dataclasses

import pytest
from smartcam_bridge.companions.cast import Cast
from smartcam_bridge.companions.scene import NEAR_KINDS, Scene

SIZE = {'width': 640, 'height': 480, 'rate_hz': 5.0}


def plays(seed=1, size=12, steps=600):
    """Return who played whom in two cameras, step by step."""
    cast = Cast(seed=seed, size=size)
    scenes = {name: Scene(seed=number, objects=5, kinds=NEAR_KINDS, **SIZE)
              for number, name in enumerate(('front', 'rear'))}
    return [{name: (moment := scene.advance(), dict(cast.play(name, moment)))
             for name, scene in scenes.items()} for _ in range(steps)]


def test_people_keep_their_player_for_a_visit_and_nobody_else_has_one():
    kept = {}
    for step in plays():
        for name, (moment, on) in step.items():
            people = {i for i, label in zip(moment.ids, moment.labels) if label == 'person'}
            assert on.keys() == people
            for tracker_id, player in on.items():
                assert kept.setdefault((name, tracker_id), player) == player


def test_nobody_is_in_two_places_and_everybody_comes_again_elsewhere():
    visits = {}
    for step in plays():
        on = [(name, key, player) for name, (_, on) in step.items() for key, player in on.items()]
        assert len({player for *_, player in on}) == len(on)
        for name, key, player in on:
            visits.setdefault(player, set()).add((name, key))
    assert set(visits) == set(range(12))
    assert all({name for name, _ in came} == {'front', 'rear'} for came in visits.values())


def test_where_nobody_is_left_a_figure_has_no_player():
    on = [on for step in plays(size=3, steps=50) for _, on in step.values()]
    assert max(map(len, on)) <= 3
    assert {player for one in on for player in one.values()} == {0, 1, 2}


def test_where_objects_are_known_each_is_the_same_person_in_every_camera():
    cast = Cast(seed=1, size=4)
    moment = Scene(seed=1, objects=6, kinds=NEAR_KINDS[:1], **SIZE).advance()
    front, rear = (dataclasses.replace(moment, ids=ids, objects=('0', '7', '2', '3', '4', '5'))
                   for ids in (tuple('abcdef'), tuple('uvwxyz')))
    assert cast.play('front', front) == dict(zip('abcdef', (0, 3, 2, 3, 0, 1)))
    assert cast.play('rear', rear) == dict(zip('uvwxyz', (0, 3, 2, 3, 0, 1)))


@pytest.mark.parametrize('seed, same', [(1, True), (2, False)])
def test_the_same_seed_gives_the_same_cast(seed, same):
    first, second = ([[on for _, on in step.values()] for step in plays(seed=s, steps=40)]
                     for s in (1, seed))
    assert (first == second) is same
