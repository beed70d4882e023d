"""Who was seen before is known again, without a name."""
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from smartcam_bridge.companions.face_world import FaceWorld
from smartcam_bridge.domain import strangers as module
from smartcam_bridge.domain.face_models import FaceModel
from smartcam_bridge.domain.faces import Stranger
from smartcam_bridge.domain.strangers import BEGIN_QUALITY, joins_from, Look, Strangers

MODEL = FaceModel('arcface', 0.40, 512)
HOUR_NS = 3600 * 10 ** 9


def look_of(vectors: np.ndarray, qualities: np.ndarray) -> Look:
    return Look((vectors * qualities[:, None]).sum(axis=0).astype(np.float32),
                float(qualities.sum()), len(vectors), float(qualities.max()))


def axis(number: int, quality: float = 1.0) -> Look:
    """Return what faces look like of which no two have anything in common."""
    return look_of(np.eye(8, dtype=np.float32)[[number]], np.array([quality]))


def begun(known: tuple[Stranger, ...] = ()) -> Strangers:
    return Strangers(count(1 + len(known)).__next__, known)


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('poorest', [0.1, 0.4])
def test_500_sightings_of_5_strangers_are_5(seed: int, poorest: float) -> None:
    world, rng = FaceWorld(seed, 1, 5), np.random.default_rng(seed)
    strangers, whose = begun(), {}
    for stamp_ns in range(1, 101):
        identity = int(rng.choice(world.strangers))
        qualities = rng.uniform(poorest, 1, 5)
        look = look_of(world.track(identity, rng, qualities), qualities)
        whose.setdefault(strangers.place(MODEL, look, stamp_ns), set()).add(identity)
    assert sorted(map(len, whose.values())) == [1] * 5
    assert sum(one.sightings for one in strangers.take_changed()) == 500


def test_strangers_who_look_alike_are_two_up_to_a_point() -> None:
    """Below 0.5 they stay two, from 0.65 on they are one, whatever the order they come in."""
    rng = np.random.default_rng(3)
    world = FaceWorld(3, 3, 2, lookalikes=1, lookalike_cosine=0.42)
    strangers = begun()
    pair = world.lookalikes[0]      # both of them not enrolled, for once
    ids = [{strangers.place(MODEL, look_of(world.track(identity, rng, [1.0] * 8), np.ones(8)), 1)
            for _ in range(20)} for identity in pair]
    assert [len(each) for each in ids] == [1, 1] and ids[0] != ids[1]


@pytest.mark.parametrize('seed', range(3))
def test_two_poses_of_5_strangers_are_5_in_any_order(seed: int) -> None:
    """Poses are at a cosine of 0.65, so that one's poor faces are not like the other's centre."""
    world = FaceWorld(seed, 15, lookalikes=5, lookalike_cosine=0.65)
    rng = np.random.default_rng(seed)
    looks = []
    for _ in range(100):
        qualities = rng.uniform(0.2, 1, 5)
        looks.append(look_of(world.track(int(rng.integers(10)), rng, qualities), qualities))
    split = False
    for _ in range(8):
        strangers, stored, placed = begun(), {}, 0
        for stamp_ns, number in enumerate(rng.permutation(len(looks)).tolist(), 1):
            placed += strangers.place(MODEL, looks[number], stamp_ns) > 0
            split = split or len(strangers) > 5
            for gone, stays in strangers.take_joined():
                assert gone > stays and gone not in strangers
                stored.pop(gone, None)
            stored |= {one.id: one for one in strangers.take_changed()}
        assert len(strangers) == len(stored) == 5
        assert sum(one.sightings for one in stored.values()) == 5 * placed
        assert sum(one.tracks for one in stored.values()) == placed > 90
    assert split


@pytest.mark.parametrize('seed', range(3))
def test_lookalikes_at_less_than_a_half_stay_two_in_any_order(seed: int) -> None:
    world = FaceWorld(seed, 15, lookalikes=5, lookalike_cosine=0.45)
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.repeat(np.arange(10), 10))
    strangers = begun()
    for stamp_ns, who in enumerate(order.tolist(), 1):
        qualities = rng.uniform(0.4, 1, 5)
        strangers.place(MODEL, look_of(world.track(who, rng, qualities), qualities), stamp_ns)
    assert (len(strangers), strangers.take_joined()) == (10, [])


def test_two_become_one_with_all_that_is_known_of_both() -> None:
    strangers = begun()
    assert [strangers.place(MODEL, axis(number), stamp_ns)
            for stamp_ns, number in ((10, 2), (11, 0), (12, 1))] == [1, 2, 3]
    assert strangers.tell(3, HOUR_NS, HOUR_NS)
    between = look_of(np.array([[0.6, 0.8] + [0] * 6] * 8, np.float32), np.ones(8))
    assert strangers.place(MODEL, between, 20) == 2     # the smaller number stays
    assert strangers.take_joined() == [(3, 2)] and strangers.take_joined() == []
    one, two = sorted(strangers.take_changed(), key=lambda one: one.id)
    assert (two.id, two.first_ns, two.last_ns, two.sightings, two.tracks) == (2, 11, 20, 10, 3)
    assert two.centre.tolist() == pytest.approx([5.8, 7.4] + [0] * 6)
    assert not strangers.tell(2, HOUR_NS + 1, HOUR_NS)      # nobody is alerted again
    assert strangers.add(MODEL, 3, axis(1), 30) == 3 and len(strangers) == 2


def test_near_is_not_yet_the_same() -> None:
    """Between the threshold and where two become one, what is two stays two."""
    known = (stranger(1, [1, 0]), stranger(2, [0.48, (1 - 0.48 ** 2) ** 0.5]))
    strangers = begun(known)
    assert MODEL.threshold < 0.48 < joins_from(MODEL)
    strangers.add(MODEL, 1, look_of(np.array([[1, 0]], np.float32), np.ones(1)), 5)
    assert len(strangers) == 2


def stranger(id_: int, centre: list[float], **fields: int) -> Stranger:
    return replace(Stranger(id_, MODEL.name, 1, 2, 0, 1, 1, np.array(centre, np.float32)),
                   **fields)


@pytest.mark.parametrize('known, sightings', [
    ((1, 2), {2: 2}), ((1,), {2: 9}), ((2,), {2: 9}), ((), {})])
def test_what_people_say_is_one_is_one(known: tuple[int, ...], sightings: dict) -> None:
    strangers = begun(tuple(stranger(id_, [id_, 1 - id_]) for id_ in known))
    strangers.adopt(1, stranger(2, [1, 1], sightings=9))
    assert {one.id: one.sightings for one in strangers.take_changed()} == sightings
    assert 1 not in strangers


def test_poor_faces_join_but_begin_nobody() -> None:
    strangers, poor = begun(), BEGIN_QUALITY / 2
    assert strangers.place(MODEL, axis(0, poor), 1) == 0
    assert len(strangers) == 0
    assert strangers.place(MODEL, axis(0), 2) == strangers.place(MODEL, axis(0, poor), 3) == 1


def test_another_model_or_dimension_is_never_compared() -> None:
    strangers = begun()
    other = replace(MODEL, name='other')
    short = look_of(np.eye(4, dtype=np.float32)[[0]], np.ones(1))
    assert [strangers.place(MODEL, axis(0), 1), strangers.place(other, axis(0), 1),
            strangers.place(MODEL, short, 1), strangers.place(MODEL, axis(0), 1)] == [1, 2, 3, 1]


def test_one_alert_per_stranger_and_window() -> None:
    strangers = begun()
    first, second = (strangers.place(MODEL, axis(number), 1) for number in (0, 1))
    told = [strangers.tell(who, hour * HOUR_NS, 12 * HOUR_NS)
            for hour in range(1, 30) for who in (first, second)]
    assert sum(told) == 6 and told[:2] == [True, True]
    assert not strangers.tell(99, HOUR_NS, 0)


def test_alerts_are_remembered_over_a_restart() -> None:
    strangers = begun()
    strangers.tell(strangers.place(MODEL, axis(0), 1), HOUR_NS, 12 * HOUR_NS)
    again = begun(tuple(strangers.take_changed()))
    assert again.place(MODEL, axis(0), 2 * HOUR_NS) == 1
    assert not again.tell(1, 2 * HOUR_NS, 12 * HOUR_NS)
    assert [(one.tracks, one.sightings) for one in again.take_changed()] == [(2, 2)]


def test_what_is_taken_back_is_as_if_it_had_not_been() -> None:
    strangers = begun()
    strangers.place(MODEL, axis(0), 1)
    before, = strangers.take_changed()
    slanted = look_of(np.array([[0.9, 0.436] + [0] * 6], np.float32), np.ones(1))
    assert strangers.place(MODEL, slanted, 2) == 1
    strangers.take_back(1, slanted)
    after, = strangers.take_changed()
    assert np.allclose(after.centre, before.centre, atol=1e-6)
    assert (after.sightings, after.tracks) == (1, 1)
    strangers.take_back(1, axis(0))
    assert strangers.place(MODEL, axis(0), 3) == 2      # nothing is left of the first
    strangers.take_back(77, axis(0))


def test_who_is_forgotten_is_not_written_any_more() -> None:
    strangers = begun()
    for number in range(4):
        strangers.place(MODEL, axis(number), 1)
    strangers.forget(2)
    strangers.forget(2)
    strangers.add(MODEL, 2, axis(1), 5)
    assert [one.id for one in strangers.take_changed()] == [1, 3, 4]
    assert [strangers.place(MODEL, axis(number), 2) for number in (0, 2, 3, 1)] == [1, 3, 4, 5]


def test_the_one_not_seen_for_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'STRANGERS_MAX', 3)
    strangers = begun()
    for stamp, number in enumerate((0, 1, 2, 0, 3)):
        strangers.place(MODEL, axis(number), stamp)
    assert [who in strangers for who in (1, 2, 3, 4)] == [True, False, True, True]
    assert len(strangers) == 3
