"""The synthetic faces are what their docstring says."""
import numpy as np
import pytest

from smartcam_bridge.companions.face_world import ALIKE_MAX, closeness, FaceWorld


def cosines(world):
    return world.identities @ world.identities.T


def test_same_seed_gives_the_same_people_and_another_gives_others():
    one, again, other = FaceWorld(3, 5), FaceWorld(3, 5), FaceWorld(4, 5)
    assert np.array_equal(one.identities, again.identities)
    assert np.array_equal(one.templates(2), again.templates(2))
    assert np.abs(one.identities - other.identities).max() > 0.01
    views = [world.face(1, np.random.default_rng(9), 0.7) for world in (one, again)]
    assert np.array_equal(*views)


@pytest.mark.parametrize('cosine', [0.3, 0.55, 0.7])
def test_lookalikes_have_the_cosine_that_was_set_and_nobody_else_is_so_alike(cosine):
    world = FaceWorld(0, 30, 10, lookalikes=4, lookalike_cosine=cosine)
    found = cosines(world)
    for one, two in world.lookalikes:
        assert found[one, two] == pytest.approx(cosine, abs=1e-5)
        found[one, two] = found[two, one] = 0
    np.fill_diagonal(found, 0)
    assert found.max() <= ALIKE_MAX + 1e-6
    within = [pair for pair in world.lookalikes if pair[1] in world.people]
    across = [pair for pair in world.lookalikes if pair[1] in world.strangers]
    assert len(within) == len(across) == 4
    assert len({one for pair in world.lookalikes for one in pair}) == 16


@pytest.mark.parametrize('dimension, isotropic, spread', [
    (512, False, 0.17), (128, False, 0.185), (512, True, 0.044)])
def test_spectrum(dimension, isotropic, spread):
    world = FaceWorld(1, 200, dimension=dimension, isotropic=isotropic)
    apart = cosines(world)[np.triu_indices(200, 1)]
    assert apart.std() == pytest.approx(spread, rel=0.15)
    assert np.abs(np.linalg.norm(world.identities, axis=1) - 1).max() < 1e-6


@pytest.mark.parametrize('quality', [1.0, 0.5, 0.2, 0.0])
def test_a_face_is_as_close_as_its_quality_says(quality):
    world, rng = FaceWorld(2, 3), np.random.default_rng(0)
    close = [world.face(0, rng, quality) @ world.identities[0] for _ in range(300)]
    assert np.mean(close) == pytest.approx(closeness(quality), abs=0.02)
    assert closeness(1) == 0.8 and 0.63 < closeness(0.5) < 0.65


def test_faces_of_one_track_are_more_alike_than_faces_of_two():
    world, rng = FaceWorld(2, 1), np.random.default_rng(0)
    one, two = (world.track(0, rng, [0.8] * 40) for _ in range(2))
    within, across = one[:20] @ one[20:].T, one @ two.T
    assert within.mean() > across.mean() + 0.1
    assert np.abs(np.linalg.norm(one, axis=1) - 1).max() < 1e-5


def test_a_good_face_meets_its_own_templates_best():
    world, rng = FaceWorld(5, 30, lookalikes=3), np.random.default_rng(0)
    templates = np.stack([world.templates(person) for person in world.people])
    faces = np.stack([world.face(person, rng, 0.9) for person in world.people])
    found = np.einsum('pd,gtd->pgt', faces, templates).max(axis=2)
    assert (found.argmax(axis=1) == np.arange(30)).all()
    assert 0.55 < np.diag(found).mean() < 0.7


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match='do not fit'):
        FaceWorld(0, 40, dimension=2)
    with pytest.raises(ValueError, match='look-alikes'):
        FaceWorld(0, 5, 5, lookalikes=2)
