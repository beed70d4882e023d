"""A face belongs to the track that its id or its place tells, and to none where two would do."""
from face_builders import seen
from hypothesis import given, strategies as st
import numpy as np
import pytest

from smartcam_bridge.domain.containment import TrackBoxes
from smartcam_bridge.domain.face_tally import FaceTally
from smartcam_bridge.domain.model import Source
from smartcam_bridge.domain.times import NS

ANNA = (7, 'a', 0.1, 0.2, 0.3, 0.9)
BERT = (8, 'b', 0.6, 0.2, 0.8, 0.9)
ANNAS_FACE = (0.16, 0.22, 0.24, 0.32)
BERTS_FACE = (0.66, 0.22, 0.74, 0.32)


def boxes(*observations):
    tally = FaceTally()
    made = TrackBoxes(tally)
    for observation in observations:
        made.see(observation)
    return made, tally


def tracks_of(made, *faces, stamp_ns=NS, ids=None):
    return made.tracks_of(stamp_ns, ids or [''] * len(faces), np.array(faces, float))


def test_each_face_is_of_the_box_it_is_in():
    made, _ = boxes(seen(NS, ANNA, BERT))
    assert tracks_of(made, BERTS_FACE, ANNAS_FACE) == [8, 7]


@pytest.mark.parametrize('face', [
    (0.4, 0.2, 0.5, 0.3),           # between them
    (0.16, 0.7, 0.24, 0.8),         # at her knees
    (0.27, 0.22, 0.35, 0.32),       # half out of the box
    (0.1, 0.0, 0.3, 0.21)])         # above it
def test_a_face_in_no_box_where_a_face_would_be_has_no_track(face):
    made, tally = boxes(seen(NS, ANNA, BERT))
    assert tracks_of(made, face) == [0]
    assert tally.trackless == 1


def test_id_counts_before_place():
    made, _ = boxes(seen(NS, ANNA, (9, 'c', 0.1, 0.2, 0.3, 0.9)))
    assert tracks_of(made, ANNAS_FACE) == [0]
    assert tracks_of(made, ANNAS_FACE, ids=['c']) == [9]


def test_an_id_that_nobody_has_leaves_it_to_the_place():
    made, _ = boxes(seen(NS, ANNA, BERT))
    assert tracks_of(made, ANNAS_FACE, ids=['face 1']) == [7]


def test_an_id_whose_box_has_no_track_means_none():
    made, tally = boxes(seen(NS, ANNA, (0, 'c', 0.1, 0.2, 0.3, 0.9)))
    assert tracks_of(made, ANNAS_FACE, ids=['c']) == [0]
    assert tally.trackless == 1


def test_an_id_whose_track_is_elsewhere_is_not_believed():
    made, tally = boxes(seen(NS, ANNA, BERT))
    assert tracks_of(made, ANNAS_FACE, ids=['b']) == [0]
    assert tally.contradicted == 1
    assert 'elsewhere' in tally.problems()[0]


def test_an_id_is_known_for_a_second_before_and_after():
    made, tally = boxes(seen(NS, ANNA))
    assert tracks_of(made, ANNAS_FACE, stamp_ns=2 * NS, ids=['a']) == [7]
    assert tracks_of(made, ANNAS_FACE, stamp_ns=2 * NS + 1, ids=['a']) == [0]
    assert tally.trackless == 1


def test_an_id_that_went_from_track_to_track_means_none_but_at_its_exact_stamp():
    made, tally = boxes(seen(NS, ANNA), seen(NS + 60_000_000, (9, 'a', *ANNA[2:])))
    assert tracks_of(made, ANNAS_FACE, stamp_ns=NS + 20_000_000, ids=['a']) == [0]
    assert tally.torn == 1
    assert tracks_of(made, ANNAS_FACE, stamp_ns=NS, ids=['a']) == [7]
    assert tracks_of(made, ANNAS_FACE, stamp_ns=NS + 60_000_000, ids=['a']) == [9]


@pytest.mark.parametrize('apart_ms, track', [
    (0, 7), (100, 7), (-100, 7), (101, 0), (-101, 0)])
def test_place_counts_within_a_tenth_of_a_second(apart_ms, track):
    made, _ = boxes(seen(5 * NS, ANNA))
    assert tracks_of(made, ANNAS_FACE, stamp_ns=5 * NS + apart_ms * 1_000_000) == [track]


def test_the_nearest_observation_tells_the_place():
    moved = (9, 'c', *ANNA[2:])
    made, _ = boxes(seen(NS, ANNA), seen(NS + 90_000_000, moved))
    assert tracks_of(made, ANNAS_FACE, stamp_ns=NS + 40_000_000) == [7]
    assert tracks_of(made, ANNAS_FACE, stamp_ns=NS + 50_000_000) == [9]


def test_tracks_of_a_tracker_count_before_those_made_here():
    made, _ = boxes(seen(NS, (9, '', *ANNA[2:]), source=Source.DETECTIONS), seen(NS, ANNA))
    assert tracks_of(made, ANNAS_FACE) == [7]


def test_boxes_that_nobody_follows_do_not_hide_those_that_are():
    made, _ = boxes(seen(NS, ANNA), seen(NS + 10_000_000, (0, '', *ANNA[2:])))
    assert tracks_of(made, ANNAS_FACE, stamp_ns=NS + 10_000_000) == [7]


def test_a_face_in_two_boxes_is_of_the_one_it_fits_clearly_better():
    behind = (9, 'c', 0.15, 0.05, 0.35, 0.9)    # taller, to the right
    made, tally = boxes(seen(NS, ANNA, behind))
    assert tracks_of(made, ANNAS_FACE, (0.21, 0.08, 0.29, 0.18)) == [7, 9]
    assert tally.torn == 0


def test_a_face_that_could_be_of_two_tracks_is_of_none():
    beside = (9, 'c', 0.12, 0.2, 0.32, 0.9)
    made, tally = boxes(seen(NS, ANNA, beside))
    assert tracks_of(made, ANNAS_FACE) == [0]
    assert tally.torn == 1


def test_a_track_has_one_face_the_likelier():
    made, tally = boxes(seen(NS, ANNA))
    peeking = (0.11, 0.3, 0.17, 0.36)       # over her shoulder, of somebody without a box
    assert tracks_of(made, peeking, ANNAS_FACE) == [0, 7]
    assert tally.torn == 1


def test_two_faces_as_likely_for_one_track_are_of_none():
    made, tally = boxes(seen(NS, ANNA))
    assert tracks_of(made, (0.12, 0.22, 0.19, 0.31), (0.21, 0.22, 0.28, 0.31)) == [0, 0]
    assert tally.torn == 2


def test_two_faces_with_one_id_are_of_none():
    made, tally = boxes(seen(NS, ANNA))
    assert tracks_of(made, ANNAS_FACE, ANNAS_FACE, ids=['a', 'a']) == [0, 0]
    assert tally.torn == 2


def test_a_box_round_the_face_alone_is_a_track_too_but_the_whole_person_comes_first():
    face = (9, 'f', 0.155, 0.215, 0.245, 0.325, 'face')
    made, _ = boxes(seen(NS, face))
    assert tracks_of(made, ANNAS_FACE) == [9]
    made, _ = boxes(seen(NS, face, ANNA))
    assert tracks_of(made, ANNAS_FACE) == [7]


@pytest.mark.parametrize('label, expected', [('car', 7), ('person', 0)])
def test_a_person_comes_before_what_they_sit_in(label, expected):
    made, _ = boxes(seen(NS, ANNA, (9, 'c', 0.05, 0.18, 0.35, 0.9, label)))
    assert tracks_of(made, ANNAS_FACE) == [expected]


def test_it_is_bounded():
    made, _ = boxes(*[seen(i * NS, (i, str(i), *ANNA[2:])) for i in range(1, 2000)])
    assert tracks_of(made, ANNAS_FACE, stamp_ns=1400 * NS) == [0]
    assert tracks_of(made, ANNAS_FACE, stamp_ns=1900 * NS) == [1900]


def test_it_knows_how_far_observations_came():
    made, _ = boxes()
    assert not made.reached(0)
    made.see(seen(NS))
    assert made.reached(NS) and not made.reached(NS + 1)


corner = st.floats(0, 0.8)
box = st.tuples(corner, corner, st.floats(0.01, 0.2), st.floats(0.01, 0.2)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3]))


@given(st.lists(box, max_size=8), st.lists(box, min_size=1, max_size=8),
       st.lists(st.sampled_from(['', '1', '2', '3']), min_size=8, max_size=8))
def test_no_track_ever_has_two_faces_and_every_face_is_counted_or_has_one(tracks, faces, ids):
    made, tally = boxes(seen(NS, *[(i, str(i), *track) for i, track in enumerate(tracks, 1)]))
    found = tracks_of(made, *faces, ids=ids[:len(faces)])
    given_out = [track for track in found if track]
    assert len(set(given_out)) == len(given_out)
    assert found.count(0) == tally.trackless + tally.torn + tally.contradicted
