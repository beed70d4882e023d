"""Faces on their way in: what waits for what, and when nothing may come in."""
from dataclasses import replace

from face_builders import CAMERA, embeddings, faces, seen
import pytest

from smartcam_bridge.domain import face_intake
from smartcam_bridge.domain.face_intake import FaceIntake
from smartcam_bridge.domain.face_rules import FaceRules
from smartcam_bridge.domain.times import NS

ANNA = (7, 'a', 0.3, 0.3, 0.7, 1.0)
RULES = FaceRules(model='own', thresholds=('own=0.4',))


def intake(rules=RULES, dimension=0, camera=CAMERA):
    return FaceIntake(camera, lambda: rules, lambda model: dimension)


def send(made, stamp_ns=NS, now_ns=0):
    return made.faces(faces(stamp_ns), now_ns) + made.embeddings(embeddings(stamp_ns), now_ns)


def tracks(probes):
    return [(probe.track_id, probe.stamp_ns) for probe in probes]


def test_a_pair_whose_tracks_are_known_is_a_probe_at_once():
    made = intake()
    assert made.see(seen(NS, ANNA)) == []
    assert tracks(send(made)) == [(7, NS)]


def test_a_pair_waits_for_a_detector_that_is_slower():
    made = intake()
    made.see(seen(NS, ANNA))
    assert send(made, 2 * NS) == send(made, 3 * NS) == []
    assert made.see(seen(NS + 1, ANNA)) == []
    assert tracks(made.see(seen(3 * NS, ANNA))) == [(7, 3 * NS)]    # 2 * NS is 1 s away
    assert made.tally.trackless == 1


def test_a_pair_waits_for_a_second_at_most():
    made = intake()
    made.see(seen(NS, ANNA))
    assert send(made, NS + 50_000_000, now_ns=5 * NS) == []
    assert made.tick(6 * NS) == []
    assert tracks(made.tick(6 * NS + 1)) == [(7, NS + 50_000_000)]


def test_few_pairs_wait():
    made = intake()
    found = [probe for i in range(100) for probe in send(made, i)]
    assert found == [] and made.tally.trackless == 100 - 64


def test_pairs_that_wait_are_bounded_by_memory_too(monkeypatch):
    monkeypatch.setattr(face_intake, 'WAITING_MAX_BYTES', 5 * 4 * 8)
    made = intake()
    assert [probe for i in range(20) for probe in send(made, i)] == []
    assert made.tally.trackless == 20 - 6


def test_unpaired_ones_are_given_up_after_the_time_that_is_set():
    made = intake()
    made.faces(faces(NS), 0)
    made.tick(2 * NS + 1)
    assert made.tally.unpaired_faces == 1


@pytest.mark.parametrize('rules, camera', [
    (replace(RULES, enabled=False), CAMERA),
    (RULES, replace(CAMERA, recognition='{"enabled": false}'))])
def test_nothing_comes_in_where_recognition_is_off(rules, camera):
    made = intake(rules, camera=camera)
    made.see(seen(NS, ANNA))
    assert send(made) == [] and made.tick(9 * NS) == []
    assert sum(made.tally.as_json().values()) == 0


def test_what_waits_when_recognition_goes_off_is_dropped():
    made = intake()
    assert send(made) == []
    made.camera = replace(CAMERA, recognition='{"enabled": false}')
    assert made.see(seen(NS, ANNA)) == []
    assert made.tally.compared == 0


@pytest.mark.parametrize('rules, dimension, reason', [
    (FaceRules(model='own'), 0, 'unknown_model'), (RULES, 9, 'wrong_dimension'),
    (FaceRules(model='sface'), 0, 'wrong_dimension'), (RULES, 8, 'compared')])
def test_model_and_dimension_must_be_right(rules, dimension, reason):
    made = intake(rules, dimension)
    made.see(seen(NS, ANNA))
    send(made)
    assert getattr(made.tally, reason) == 1
