"""The table of open tracks: opening, confirming, voting, paths, ending."""
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from smartcam_bridge.domain import tracks as module
from smartcam_bridge.domain.model import EndReason
from smartcam_bridge.domain.tracks import TrackTable

PERSON, DOG = 1, 2


def table():
    return TrackTable(7, count(100).__next__)


def observe(tracks, stamp_ns, ids, *, feet=None, scores=None, labels=None):
    """Put one message in; ids: a sequence of texts."""
    size = len(ids)
    return tracks.observe(
        stamp_ns, tuple(ids), np.full((2, size), .5) if feet is None else np.array(feet, float).T,
        np.full(size, .8, np.float32) if scores is None else np.array(scores, np.float32),
        np.full(size, PERSON, np.uint16) if labels is None else np.array(labels, np.uint16))


def test_ids_are_given_once_and_stay():
    tracks = table()
    assert observe(tracks, 1, ['a', 'b']).tolist() == [100, 101]
    assert observe(tracks, 2, ['b', 'c', 'a']).tolist() == [101, 102, 100]


def test_track_is_confirmed_once_with_its_first_observation():
    tracks = table()
    started = []
    for stamp in range(1, 6):
        observe(tracks, stamp, ['a'])
        started += tracks.confirm(3)
    assert [(track.first_ns, track.last_ns, track.observations) for track in started] == [
        (1, 3, 3)]
    assert len(tracks) == 1


def test_tentative_track_ends_without_a_word():
    tracks = table()
    observe(tracks, 1, ['a'])
    assert tracks.confirm(3) == [] and tracks.end(EndReason.LOST) == []
    assert observe(tracks, 9, ['a']).tolist() == [101]


def test_only_tracks_unseen_since_then_end():
    tracks = table()
    observe(tracks, 10, ['a', 'b'])
    observe(tracks, 20, ['b'])
    tracks.confirm(1)
    ended = tracks.end(EndReason.LOST, 15)
    assert [(track.tracker_id, track.last_ns, track.end_reason) for track in ended] == [
        ('a', 10, EndReason.LOST)]
    assert observe(tracks, 30, ['b', 'a']).tolist() == [101, 102]


def test_scores_are_summed_up():
    tracks = table()
    for stamp, score in enumerate([.5, .9, .4]):
        observe(tracks, stamp, ['a'], scores=[score])
    track, = tracks.confirm(1)
    assert track.score_top == pytest.approx(.9)
    assert track.score_mean == pytest.approx(.6)
    assert track.score_last == pytest.approx(.4)


def test_label_is_the_one_with_the_most_votes_by_score():
    tracks = table()
    for score, label in [(.9, PERSON), (.5, DOG), (.3, DOG), (.2, DOG)]:
        observe(tracks, 1, ['a'], scores=[score], labels=[label])
    assert tracks.confirm(1)[0].label_id == DOG
    observe(tracks, 2, ['a'], scores=[.5], labels=[PERSON])
    assert tracks.end(EndReason.LOST)[0].label_id == PERSON


def test_same_id_twice_in_a_message_counts_once():
    tracks = table()
    assert observe(tracks, 1, ['a', 'a', 'b']).tolist() == [100, 0, 101]
    assert tracks.duplicates == 1
    assert [track.observations for track in tracks.confirm(1)] == [1, 1]


def test_boxes_without_id_have_no_track():
    assert observe(table(), 1, ['', 'a', '']).tolist() == [0, 100, 0]


def test_flood_of_ids_is_refused_and_counted(monkeypatch):
    monkeypatch.setattr(module, 'OPEN_MAX', 3)
    tracks = table()
    assert observe(tracks, 1, 'abcde').tolist() == [100, 101, 102, 0, 0]
    assert tracks.refused == 2


def test_columns_grow_with_the_crowd_and_are_used_again():
    tracks = table()
    for round_ in range(20):
        observe(tracks, round_, [f'{round_}.{i}' for i in range(200)])
        tracks.confirm(1)
        assert len(tracks.end(EndReason.LOST)) == 200
    assert len(tracks._labels) == 256


def test_path_follows_a_target_and_leaves_out_trembling():
    tracks = table()
    for step in range(100):
        observe(tracks, step, ['still', 'moving'],
                feet=[[.5 + .002 * (step % 2), .5], [.005 * step, .5]])
    still, moving = tracks.confirm(1)
    assert len(still.path) == 1
    xs = moving.path['x']
    assert xs[0] == 0 and xs[-1] > .48 and np.all(np.diff(xs) <= .016)
    assert np.all(np.diff(moving.path['stamp_ns']) > 0)


def test_path_is_bounded_and_keeps_its_beginning():
    tracks = table()
    for step in range(20_000):
        observe(tracks, step, ['a'], feet=[[step * .02 % 1, .5]])
    track, = tracks.confirm(1)
    assert len(track.path) <= module.PATH_MAX
    assert track.path['stamp_ns'][0] == 0


def test_unsaved_returns_what_changed_since():
    tracks = table()
    observe(tracks, 1, ['a', 'b'])
    tracks.confirm(1)
    assert tracks.unsaved() == []
    observe(tracks, 2, ['b'])
    assert [track.tracker_id for track in tracks.unsaved()] == ['b']
    assert tracks.unsaved() == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(
    st.lists(st.sampled_from('abcdefg'), unique=True, max_size=5), st.booleans()), max_size=30))
def test_any_coming_and_going_agrees_with_a_plain_count(messages):
    tracks, truth, ended = table(), {}, []
    for stamp, (ids, end_all) in enumerate(messages):
        given_ids = observe(tracks, stamp, ids)
        for tracker_id, track_id in zip(ids, given_ids.tolist()):
            first, _, number = truth.get(track_id, (stamp, tracker_id, 0))
            truth[track_id] = (first, tracker_id, number + 1)
        tracks.confirm(1)
        if end_all:
            ended += tracks.end(EndReason.LOST)
    ended += tracks.end(EndReason.LOST)
    assert {track.id: (track.first_ns, track.tracker_id, track.observations)
            for track in ended} == truth
