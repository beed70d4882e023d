import gc
import threading
import tracemalloc
import warnings
import weakref

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import invariant, rule, RuleBasedStateMachine
import numpy as np
import pytest
from smartcam_bridge.domain import gallery_heads, gallery_plan, gallery_rows, gallery_scan
from smartcam_bridge.domain.gallery import bytes_for, Candidate, Gallery, unit
from smartcam_bridge.errors import GalleryError

D = 8


def vectors(count, dimension=D, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def filled(count, *, people=0, dimension=D, seed=0):
    gallery = Gallery('sface', dimension)
    ids = np.arange(1, count + 1)
    gallery.load(ids, ids % (people or count) + 1, vectors(count, dimension, seed))
    return gallery


def expected(templates, rejections, probe, k):
    """Rank as the docstring says, in float64, one template at a time."""
    probe = probe.astype(np.float64)
    best = {}
    for template_id, (person_id, vector) in sorted(templates.items()):
        similarity = float(np.einsum('i,i->', vector.astype(np.float64), probe))
        if person_id not in best or similarity > best[person_id].similarity:
            best[person_id] = Candidate(person_id, template_id, similarity)
    for person_id, vector in rejections.values():
        said = float(np.einsum('i,i->', vector.astype(np.float64), probe))
        if person_id in best and said >= best[person_id].similarity:
            best[person_id] = Candidate(person_id, 0, -2)
    ranked = sorted((found for found in best.values() if found.template_id),
                    key=lambda found: (-found.similarity, found.template_id))
    return ranked[:k]


def assert_same(found, wanted):
    assert [(one.person_id, one.template_id) for one in found] == [
        (one.person_id, one.template_id) for one in wanted]
    assert all(abs(one.similarity - other.similarity) < 1e-5
               for one, other in zip(found, wanted))


def assert_exact(gallery, templates, probes, k=5, rejections=None):
    snapshot = gallery.snapshot()
    assert len(snapshot) == len(templates)
    for probe, found in zip(probes, snapshot.match(probes, k)):
        assert_same(found, expected(templates, rejections or {}, probe, k))


# A few directions, so that equal vectors and ties are common.
POOL = np.concatenate([vectors(5, seed=1), vectors(1, seed=1), -vectors(2, seed=2)])
picks = st.integers(0, len(POOL) - 1)
people = st.integers(1, 4)
ids = st.integers(1, 30)


class AnyOrder(RuleBasedStateMachine):
    """Whatever is done in whatever order, it matches as a plain dict does."""

    def __init__(self):
        super().__init__()
        self.gallery = Gallery('sface', D)
        self.templates, self.rejections, self.kept, self.plan = {}, {}, [], None

    @rule(template_id=ids, person_id=people, pick=picks)
    def add(self, template_id, person_id, pick):
        if template_id not in self.templates:
            self.gallery.add(template_id, person_id, POOL[pick])
            self.templates[template_id] = (person_id, POOL[pick])

    @rule(first=st.integers(31, 60), person_id=people, chosen=st.lists(picks, max_size=4))
    def load(self, first, person_id, chosen):
        new = [first * 10 + number for number in range(len(chosen))]
        if not self.templates.keys() & set(new):
            assert self.gallery.load(np.array(new, int), np.full(len(new), person_id),
                                     POOL[chosen]) == []
            self.templates.update({one: (person_id, POOL[pick])
                                   for one, pick in zip(new, chosen)})

    @rule(gone=st.lists(st.one_of(ids, st.integers(310, 340)), max_size=5))
    def remove(self, gone):
        self.gallery.remove(gone)
        for template_id in gone:
            self.templates.pop(template_id, None)

    @rule(person_id=people, to_id=people)
    def give(self, person_id, to_id):
        self.gallery.give(person_id, to_id)
        for held in (self.templates, self.rejections):
            for key, (whose, vector) in held.items():
                held[key] = (to_id if whose == person_id else whose, vector)

    @rule(rejection_id=ids, person_id=people, pick=picks)
    def reject(self, rejection_id, person_id, pick):
        self.gallery.reject(rejection_id, person_id, POOL[pick])
        self.rejections[rejection_id] = (person_id, POOL[pick])

    @rule(rejection_id=ids)
    def withdraw(self, rejection_id):
        self.gallery.withdraw([rejection_id])
        self.rejections.pop(rejection_id, None)

    @rule(k=st.integers(0, 6))
    def keep(self, k):
        wanted = [expected(self.templates, self.rejections, probe, k) for probe in POOL]
        self.kept.append((self.gallery.snapshot(), k, wanted))

    @rule()
    def let_go(self):
        self.kept.clear()

    @rule()
    def learn(self):
        self.plan = self.gallery.snapshot().learn()

    @rule()
    def adopt(self):
        if self.plan is not None:
            self.gallery.adopt(self.plan)
            self.plan = None

    @invariant()
    def matches_as_a_dict(self):
        assert_exact(self.gallery, self.templates, POOL, 3, self.rejections)

    @invariant()
    def snapshots_stay(self):
        for snapshot, k, wanted in self.kept:
            for found, same in zip(snapshot.match(POOL, k), wanted):
                assert_same(found, same)


class TestAnyOrder(AnyOrder.TestCase):
    settings = settings(max_examples=30, stateful_step_count=40, deadline=None)


class TestAnyOrderInSmallBlocks(AnyOrder.TestCase):
    """Rows of the same gallery lie in many blocks, gaps close early, and plans are adopted."""

    settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

    @pytest.fixture(autouse=True)
    def small_blocks(self, monkeypatch):
        for module in (gallery_heads, gallery_rows, gallery_scan, gallery_plan):
            monkeypatch.setattr(module, 'BLOCK_ROWS', 6)
        for module in (gallery_heads, gallery_rows, gallery_scan, gallery_plan):
            monkeypatch.setattr(module, 'STRIP_ROWS', 3)
        monkeypatch.setattr(gallery_heads, 'STRIPS', 2)
        monkeypatch.setattr(gallery_scan, '_SLICE', 3)
        monkeypatch.setattr(gallery_rows, '_FEW', 3)
        monkeypatch.setattr(gallery_rows, '_MOVES', 2)
        monkeypatch.setattr(gallery_plan, 'PLAN_FROM', 4)
        monkeypatch.setattr(gallery_plan, '_BATCH_FROM', 4)
        monkeypatch.setattr(gallery_plan, '_WORTH', 99)
        monkeypatch.setattr(gallery_plan, '_SEEDS', (1, 2))


@pytest.mark.parametrize('count, people, dimension', [
    (1, 1, 128), (50, 7, 128), (4096, 900, 128), (16385, 9000, 128), (20000, 5000, 64),
    (9000, 3, 512), (30000, 2, 16)])
def test_the_best_are_those_of_a_float64_reference(count, people, dimension):
    gallery = filled(count, people=people, dimension=dimension)
    rows = vectors(count, dimension)
    probes = np.concatenate([vectors(4, dimension, seed=9), rows[:2]])
    wide = rows.astype(np.float64) @ probes.astype(np.float64).T
    owners = np.arange(1, count + 1) % people + 1
    for probe, found in zip(wide.T, gallery.snapshot().match(probes, 5)):
        best = np.full(people + 1, -2.0)
        np.maximum.at(best, owners, probe)
        order = np.argsort(-best)[:min(5, people)]
        assert [one.person_id for one in found] == order.tolist()
        assert all(owners[one.template_id - 1] == one.person_id for one in found)
        assert np.abs([one.similarity for one in found] - best[order]).max() < 1e-5


def test_nearly_equal_rows_are_ranked_as_float64_does():
    """Float32 sums cannot tell these apart."""
    base = vectors(1, 512)[0].astype(np.float64)
    rows = np.tile(base, (3000, 1)).astype(np.float32)
    rows[np.arange(3000), np.arange(3000) % 512] += np.float32(6e-8) * (
        np.arange(3000) // 512 + 1)
    templates = {number + 1: (number + 1, row) for number, row in enumerate(rows)}
    gallery = Gallery('sface', 512)
    gallery.load(np.arange(1, 3001), np.arange(1, 3001), rows)
    assert_exact(gallery, templates, vectors(2, 512, seed=3))


@pytest.mark.parametrize('count', [10, 5000, 20000])
def test_of_equal_vectors_the_older_template_is_first_and_each_person_once(count):
    gallery = Gallery('sface', D)
    row = vectors(1)
    gallery.load(np.arange(count, 0, -1), np.arange(count) // 2 + 1, np.repeat(row, count, 0))
    found = gallery.snapshot().match(row, 3)[0]
    assert [one.template_id for one in found] == [1, 3, 5]
    assert {one.similarity for one in found} == {found[0].similarity}


def test_more_people_asked_for_than_there_are():
    snapshot = filled(9, people=3).snapshot()
    assert sorted(one.person_id for one in snapshot.match(vectors(1), 50)[0]) == [1, 2, 3]
    assert snapshot.match(vectors(1), 0) == [[]]
    assert Gallery('sface', D).snapshot().match(vectors(2), 5) == [[], []]
    assert snapshot.match(vectors(0), 5) == []


def test_what_is_not_a_number_finds_nobody_and_hangs_nobody():
    snapshot = filled(50).snapshot()
    assert snapshot.match(np.full((1, D), np.nan, np.float32)) == [[]]


def test_batches_equal_singles():
    snapshot = filled(20000, people=4000, dimension=64).snapshot()
    probes = vectors(70, 64, seed=4)
    for probe, found in zip(probes, snapshot.match(probes)):
        assert_same(found, snapshot.match(probe[None])[0])


def test_similarity_is_of_the_persons_best_template():
    snapshot = filled(10, people=5).snapshot()
    rows = vectors(10)
    found = snapshot.similarity(3, rows[6])
    assert (found.person_id, found.template_id) == (3, 7)
    assert found.similarity == pytest.approx(1) and found.similarity <= 1
    assert snapshot.similarity(99, rows[6]) is None
    assert snapshot.similarity(0, rows[6]) is None


def test_nobody_of_a_gap_is_similar():
    gallery = filled(10)
    gallery.remove(range(1, 4))
    kept = gallery.snapshot()
    assert kept.similarity(0, vectors(1)[0]) is None
    assert len(kept) == 7 and len(kept.match(vectors(1), 50)[0]) == 7


def test_a_probe_like_a_rejected_face_leaves_the_person_out():
    gallery = Gallery('sface', D)
    mine, other, third = np.eye(D, dtype=np.float32)[:3]
    gallery.add(1, 1, mine)
    gallery.add(2, 2, other)
    not_me = unit(mine + 0.5 * third)
    gallery.reject(1, 1, not_me)
    snapshot = gallery.snapshot()
    assert [one.person_id for one in snapshot.match(not_me[None])[0]] == [2]
    assert [one.person_id for one in snapshot.match(mine[None])[0]] == [1, 2]
    gallery.reject(2, 1, mine)      # as similar as the template: that is enough
    assert [one.person_id for one in gallery.snapshot().match(mine[None])[0]] == [2]
    gallery.withdraw([2, 77])
    assert [one.person_id for one in gallery.snapshot().match(mine[None])[0]] == [1, 2]
    assert snapshot.match(mine[None]) == gallery.snapshot().match(mine[None])


@pytest.mark.parametrize('what', [
    lambda gallery: gallery.add(1, 1, np.ones(D + 1, np.float32)),
    lambda gallery: gallery.add(1, 1, np.ones((1, D), np.float32)),
    lambda gallery: gallery.reject(1, 1, np.ones(D - 1, np.float32)),
    lambda gallery: gallery.load(np.ones(2, int), np.ones(2, int), vectors(2, D + 1)),
    lambda gallery: gallery.snapshot().match(vectors(1, D + 1)),
    lambda gallery: gallery.snapshot().similarity(1, vectors(1, D + 1)[0])])
def test_another_dimension_is_refused(what):
    gallery = filled(3)
    with pytest.raises(GalleryError) as refused:
        what(gallery)
    assert refused.value.code == 'vector_dimension'
    assert len(gallery.snapshot()) == 3


@pytest.mark.parametrize('vector, code', [
    (np.ones((2, 2)), 'vector_shape'), (np.zeros(0), 'vector_shape'),
    (np.array([1, np.nan]), 'vector_not_finite'), (np.array([1, np.inf]), 'vector_not_finite'),
    (np.zeros(4), 'vector_zero')])
def test_unit_refuses(vector, code):
    with pytest.raises(GalleryError) as refused:
        unit(vector)
    assert refused.value.code == code


@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=20).filter(
    lambda row: np.linalg.norm(row) > 1e-8))
def test_unit_has_unit_length(row):
    assert np.linalg.norm(unit(np.array(row)).astype(np.float64)) == pytest.approx(1, abs=1e-6)


def test_damaged_rows_are_left_out_and_named():
    rows = vectors(6)
    rows[1, 0], rows[2], rows[4, 3] = np.nan, 0, 1e30
    gallery = Gallery('sface', D)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert gallery.load(np.arange(1, 7), np.arange(1, 7), rows) == [2, 3, 5]
    found = gallery.snapshot().match(rows[:1], 9)[0]
    assert sorted(one.template_id for one in found) == [1, 4, 6]


def test_loads_what_is_read_only_page_by_page():
    gallery, rows = Gallery('sface', D), vectors(9000)
    for begin in range(0, 9000, 1000):
        page = np.frombuffer(rows[begin:begin + 1000].tobytes(), np.float32).reshape(-1, D)
        ids = list(range(begin + 1, begin + 1001))
        assert gallery.load(ids, ids, page) == []
    found = gallery.snapshot().match(rows[::997], 1)
    assert [one.template_id for one, in found] == list(range(1, 9001, 997))


def test_more_than_the_memory_limit_is_refused_before_it_is_taken():
    limit = bytes_for(10, 512)
    gallery = Gallery('arcface', 512, max_bytes=limit)
    rows = vectors(10, 512)
    gallery.load(np.arange(1, 10), np.ones(9, int), rows[:9])
    gallery.add(10, 1, rows[9])
    assert gallery.size_bytes == limit
    for attempt in (lambda: gallery.add(11, 1, rows[0]),
                    lambda: gallery.load(range(10**6), range(10**6), np.broadcast_to(
                        rows[0], (10**6, 512)))):
        tracemalloc.start()
        with pytest.raises(GalleryError, match="templates of 'arcface' take .* MB") as refused:
            attempt()
        assert refused.value.code == 'gallery_full'
        assert tracemalloc.get_traced_memory()[1] < 1e6
        tracemalloc.stop()
    assert len(gallery.snapshot()) == 10
    gallery.remove([1])
    gallery.add(11, 1, rows[0])
    assert len(gallery.snapshot()) == 10


def test_growing_copies_no_vector_and_snapshots_share_them():
    gallery = filled(gallery_rows.BLOCK_ROWS, dimension=256)
    before = gallery.snapshot()
    tracemalloc.start()
    gallery.add(10**6, 10**6, vectors(1, 256)[0])
    after = gallery.snapshot()
    tracemalloc.stop()
    assert np.shares_memory(before.held.blocks[0], after.held.blocks[0])
    assert len(before) == gallery_rows.BLOCK_ROWS and len(after) == len(before) + 1


def memory(gallery):
    """All that is written in the blocks."""
    rows = gallery._rows
    return np.concatenate([*rows.blocks, np.zeros((0, D), np.float32)])[:rows.count]


def test_what_was_removed_is_overwritten_when_its_last_snapshot_is_gone():
    gallery, rows = filled(20), vectors(20)
    old = gallery.snapshot()
    gallery.remove([7])
    newer = gallery.snapshot()
    assert gallery.reclaim() == 1
    assert (memory(gallery) == rows[6]).all(axis=1).any()
    assert old.match(rows[6:7], 1)[0][0].template_id == 7
    assert newer.match(rows[6:7], 1)[0][0].template_id != 7
    del old
    assert gallery.reclaim() == 0
    assert not (memory(gallery) == rows[6]).all(axis=1).any()
    gallery.add(21, 21, rows[6])
    assert len(memory(gallery)) == 20       # in the place of the old
    assert newer.match(rows[6:7], 1)[0][0].template_id != 7


def test_memory_is_flat_over_many_changes():
    gallery = filled(3000)
    row = vectors(1)[0]
    kept = gallery.snapshot()
    for number in range(3001, 23001):
        gallery.add(number, number, row)
        gallery.remove([number - 3000])
        if number % 50 == 0:
            kept = gallery.snapshot()
    assert len(kept) == 3000
    assert gallery._rows.count <= 3200
    assert len(gallery._rows._readers) <= 2


def test_gaps_close_in_small_steps_while_snapshots_stay_right():
    count = 5 * gallery_rows.BLOCK_ROWS
    gallery, rows = filled(count), vectors(count)
    full = gallery.snapshot()
    left = list(range(40, count, 100))
    gallery.remove(set(range(1, count + 1)) - set(left))
    half = gallery.snapshot()
    assert full.match(rows[17:18], 1)[0][0].template_id == 18
    del full
    templates = {one: (one % count + 1, rows[one - 1]) for one in left}
    for _ in range(len(left)):
        gallery.snapshot()
    assert_exact(gallery, templates, rows[:2])
    assert half.match(rows[39:40], 1)[0][0].template_id == 40
    del half
    gallery.snapshot()
    assert len(gallery._rows.blocks) == 1
    assert_exact(gallery, templates, rows[:2])
    gallery.remove(left)
    assert gallery.reclaim() == 0 and gallery._rows.count == 0 and not gallery._rows.blocks
    gallery.add(1, 1, rows[0])
    assert_exact(gallery, {1: (1, rows[0])}, rows[:2])


def test_a_snapshot_is_let_go_by_its_gallery():
    gallery = filled(3)
    gone = weakref.ref(gallery.snapshot())
    gc.collect()
    assert gone() is None


def test_readers_match_while_the_owner_changes():
    gallery, rows = filled(6000, dimension=64), vectors(6000, 64)
    latest, failures, done = [gallery.snapshot()], [], threading.Event()

    def read():
        while not done.is_set():
            found = latest[0].match(rows[:2], 1)
            if [one.template_id for one, in found] != [1, 2]:
                failures.append(found)

    readers = [threading.Thread(target=read, name=f'reader {number}') for number in range(2)]
    for reader in readers:
        reader.start()
    for number in range(6001, 7001):
        gallery.add(number, number, rows[number - 5001])
        gallery.remove([number - 100] if number > 6100 else [])
        latest[0] = gallery.snapshot()
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []


def uneven(count, dimension, seed=0):
    """Return unit rows whose energy falls like 1/i, along directions that are not the axes."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(dimension, dimension)))
    rows = rng.normal(size=(count, dimension)) / np.sqrt(np.arange(1, dimension + 1)) @ turn
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def planned():
    """Return a gallery with a plan, and its templates."""
    rows = uneven(8000, 128)
    gallery = Gallery('sface', 128)
    gallery.load(np.arange(1, 8001), np.arange(8000) // 2 + 1, rows)
    gallery.adopt(gallery.snapshot().learn())
    return gallery, {number + 1: (number // 2 + 1, row) for number, row in enumerate(rows)}


def test_a_plan_finds_the_same_with_fewer_rows_read(planned, monkeypatch):
    gallery, templates = planned
    read = []
    for name in ('gather', 'dots_of'):
        monkeypatch.setattr(gallery_plan, name, lambda blocks, rows, *probe, read_them=getattr(
            gallery_plan, name): (read.append(len(rows)), read_them(blocks, rows, *probe))[1])
    probes = np.concatenate([uneven(5, 128, seed=5), [templates[9][1], templates[8000][1]]])
    assert_exact(gallery, templates, probes)
    assert 0 < sum(read) < 8000 * len(probes) / 5


def test_a_plan_holds_for_what_comes_and_goes_after_it(planned):
    gallery, templates = planned
    for number, row in enumerate(uneven(40, 128, seed=6), 9001):
        gallery.add(number, number, row)
        templates[number] = (number, row)
    more = uneven(3000, 128, seed=8)
    gallery.load(np.arange(10001, 13001), np.arange(10001, 13001), more)
    templates.update({10001 + number: (10001 + number, row) for number, row in enumerate(more)})
    gallery.remove(range(5, 60))
    for number in range(5, 60):
        del templates[number]
    gallery.reclaim()
    for number, row in enumerate(uneven(20, 128, seed=9), 14001):    # in freed rows
        gallery.add(number, number, row)
        templates[number] = (number, row)
    probes = np.concatenate([[templates[number][1] for number in (1, 9001, 10001, 13000, 14003)],
                             uneven(3, 128, seed=5)])
    assert_exact(gallery, templates, probes)


def test_changes_between_learning_and_adopting_are_in_the_plan():
    rows = uneven(8100, 128)
    gallery = Gallery('sface', 128)
    gallery.load(np.arange(1, 8001), np.arange(1, 8001), rows[:8000])
    plan = gallery.snapshot().learn()
    assert plan.heads is not None
    gallery.remove(range(1, 51))
    for number in range(8001, 8101):
        gallery.add(number, number, rows[number - 1])
    gallery.adopt(plan)
    templates = {number: (number, rows[number - 1]) for number in range(51, 8101)}
    assert_exact(gallery, templates, rows[[0, 49, 50, 7999, 8000, 8099]])


def test_even_energy_gets_no_plan_and_little_of_it_costs_a_scan_of_all(planned):
    even = filled(6000, dimension=128)
    plan = even.snapshot().learn()
    assert plan.heads is None and plan.share == 1
    even.adopt(plan)
    assert not even.snapshot().is_plan_due
    assert_exact(even, {number: (number % 6000 + 1, row) for number, row in enumerate(
        vectors(6000, 128), 1)}, vectors(2, 128, 3))
    gallery, templates = planned
    assert_exact(gallery, templates, vectors(4, 128, seed=3))    # flat probes: most rows may be


def test_a_plan_is_due_when_the_gallery_is_large_or_has_outgrown_its_plan(planned):
    gallery, _ = planned
    assert not filled(gallery_plan.PLAN_FROM - 1).snapshot().is_plan_due
    assert filled(gallery_plan.PLAN_FROM).snapshot().is_plan_due
    assert not gallery.snapshot().is_plan_due
    gallery.load(np.arange(8001, 16002), np.ones(8001, int), uneven(8001, 128))
    assert gallery.snapshot().is_plan_due


def test_few_people_with_many_templates_are_found_through_a_plan():
    rows = uneven(9000, 64)
    gallery = Gallery('sface', 64)
    gallery.load(np.arange(1, 9001), np.arange(9000) % 3 + 1, rows)
    gallery.adopt(gallery.snapshot().learn())
    templates = {number + 1: (number % 3 + 1, row) for number, row in enumerate(rows)}
    assert_exact(gallery, templates, uneven(3, 64, seed=4))
    assert_exact(gallery, templates, uneven(3, 64, seed=4), k=2)


def test_what_a_plan_knows_of_a_removed_vector_is_overwritten_too(planned):
    gallery, _ = planned
    heads = gallery.snapshot().held.heads
    gallery.remove([11])
    assert gallery.reclaim() == 0
    assert not heads.blocks[0][0, :, 10].any() and heads.blocks[0][0, :, 11].any()
    assert heads.tails[10] < 0.01
