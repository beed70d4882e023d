import tracemalloc

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest
from smartcam_bridge.companions.face_world import FaceWorld
from smartcam_bridge.domain import face_rates
from smartcam_bridge.domain.face_rates import measure_rates, RatesAt
from smartcam_bridge.domain.gallery import Gallery


def gallery_of(people, rows):
    gallery = Gallery('sface', rows.shape[1])
    gallery.load(np.arange(1, len(rows) + 1), people, rows)
    return gallery


def vectors(count, dimension=16, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def brute_force(people, rows):
    genuine, impostor = [], []
    for me, (person, row) in enumerate(zip(people, rows)):
        own = [float(row @ other) for it, other in enumerate(rows)
               if people[it] == person and it != me]
        others = [float(row @ other) for it, other in enumerate(rows) if people[it] != person]
        genuine += [max(own)] if own else []
        impostor += [max(others)] if others else []
    return sorted(genuine), sorted(impostor)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=40), st.integers(0, 1000))
def test_rates_are_those_of_brute_force(people, seed):
    rows = vectors(len(people), seed=seed)
    rates = measure_rates(gallery_of(np.array(people), rows).snapshot())
    genuine, impostor = brute_force(people, rows)
    assert (rates.people, rates.templates, rates.sampled) == (
        len(set(people)), len(people), len(people))
    assert rates.genuine.tolist() == pytest.approx(genuine, abs=1e-6)
    assert rates.impostor.tolist() == pytest.approx(impostor, abs=1e-6)


def test_a_threshold_accepts_what_reaches_it():
    angles = np.radians([0, 40, 70, 75])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    rates = measure_rates(gallery_of(np.array([1, 1, 2, 3]), rows).snapshot())
    # genuine: cos 40 twice; impostor: cos 70, cos 30, cos 5, cos 5
    assert rates.at(0.5) == RatesAt(0.5, 0.75, 0.0)
    assert rates.at(0.8) == RatesAt(0.8, 0.75, 1.0)
    assert rates.at(0.9) == RatesAt(0.9, 0.5, 1.0)
    assert rates.at(float(rates.impostor[0])).false_accept == 1.0
    assert [one.threshold for one in rates.curve([0.1, 0.2])] == [0.1, 0.2]
    curve = rates.curve()
    assert (curve[0].threshold, curve[-1].threshold, len(curve)) == (0, 1, 101)


def test_what_cannot_be_counted_is_none():
    alone = measure_rates(gallery_of(np.array([1, 2]), vectors(2)).snapshot())
    assert alone.at(0.99) == RatesAt(0.99, 0.0, None)
    one = measure_rates(gallery_of(np.array([1, 1]), vectors(2)).snapshot())
    assert one.at(0.99) == RatesAt(0.99, None, 1.0)
    nobody = measure_rates(Gallery('sface', 4).snapshot())
    assert (nobody.people, nobody.templates, nobody.sampled) == (0, 0, 0)
    assert nobody.at(0.5) == RatesAt(0.5, None, None)


def test_removed_templates_do_not_count():
    people, rows = np.repeat(np.arange(1, 11), 3), vectors(30)
    gallery = gallery_of(people, rows)
    kept = gallery.snapshot()
    gallery.remove([1, 5, 6, 30])
    rates = measure_rates(gallery.snapshot())
    left = [number for number in range(30) if number + 1 not in (1, 5, 6, 30)]
    genuine, impostor = brute_force(people[left], rows[left])
    assert rates.genuine.tolist() == pytest.approx(genuine, abs=1e-6)
    assert rates.impostor.tolist() == pytest.approx(impostor, abs=1e-6)
    assert measure_rates(kept).templates == 30


def test_a_large_gallery_is_sampled_each_probe_against_all():
    people, rows = np.arange(3000) // 3 + 1, vectors(3000)
    snapshot = gallery_of(people, rows).snapshot()
    rates, every = measure_rates(snapshot, pairs=3000 * 500), measure_rates(snapshot)
    assert (rates.sampled, every.sampled) == (500, 3000)
    assert len(rates.genuine) == len(rates.impostor) == 500
    assert set(rates.impostor.round(4)) <= set(every.impostor.round(4))
    assert rates.at(0.75).false_accept == pytest.approx(every.at(0.75).false_accept, abs=0.08)
    assert measure_rates(snapshot, pairs=1).sampled == 1
    again = measure_rates(snapshot, pairs=3000 * 500)
    assert (again.genuine == rates.genuine).all()


def test_memory_is_bounded(monkeypatch):
    snapshot = gallery_of(np.arange(5000) // 2 + 1, vectors(5000)).snapshot()
    monkeypatch.setattr(face_rates, '_AT_ONCE', 100_000)
    tracemalloc.start()
    measure_rates(snapshot)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6       # all at once would be 100 MB


def test_people_of_the_synthetic_world_are_told_apart():
    world = FaceWorld(3, people=60)
    rows = np.concatenate([world.templates(person, 3) for person in world.people])
    rates = measure_rates(gallery_of(np.repeat(np.arange(1, 61), 3), rows).snapshot())
    assert rates.at(0.4).false_accept < 0.05
    assert rates.at(0.4).false_reject < 0.05
    assert rates.at(0.1).false_accept > 0.5 and rates.at(0.9).false_reject == 1
