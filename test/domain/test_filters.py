"""Which boxes count: rules by label and camera, and masks."""
from dataclasses import replace
import json

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from smartcam_bridge.domain.filters import BoxRules, parse_label_rules, stored_label_rules
from smartcam_bridge.domain.model import Camera
from smartcam_bridge.domain.shapes import Mask
from smartcam_bridge.errors import LabelRulesError
from streams import box, HEIGHT, RULES, Stream, WIDTH

LEFT = ((0.0, 0.0), (.5, 0.0), (.5, 1.0), (0.0, 1.0))


def stream_with(own=None, **common):
    camera = Camera(1, 'front', width=WIDTH, height=HEIGHT, label_rules=json.dumps(own or {}))
    return Stream(replace(RULES, boxes=BoxRules(**common)), camera)


def kept(stream, *boxes, at_s=0):
    return list(stream.send(at_s, {str(i): b for i, b in enumerate(boxes)}).observation.ids)


@pytest.mark.parametrize('rule, low, high', [
    ('min_score', box(300, 200, score=.29), box(300, 200, score=.31)),
    ('min_area', box(300, 200, width=90), box(300, 200, width=800)),
    ('min_aspect', box(300, 200, width=30), box(300, 200, width=40)),
    ('max_area', box(300, 200, width=800), box(300, 200, width=90)),
    ('max_aspect', box(300, 200, width=40), box(300, 200, width=30))])
@pytest.mark.parametrize('where', ['settings', 'all', 'label'])
def test_each_rule_leaves_out_what_it_says(rule, low, high, where):
    value = {'score': .3, 'area': .1, 'aspect': .3}[rule[4:]]
    own = {'settings': {}, 'all': {'*': {rule: value}}, 'label': {'person': {rule: value}}}[where]
    stream = stream_with(own, **({rule: value} if where == 'settings' else {}))
    assert kept(stream, low, high) == ['1']
    assert stream.pipeline.tally.boxes_filtered == 1


def test_the_most_particular_rule_counts():
    stream = stream_with({'*': {'min_score': .5}, 'dog': {'min_score': .1}}, min_score=.9)
    assert kept(stream, box(100, 200, score=.6), box(300, 200, score=.4),
                box(500, 200, score=.2) + ('dog',)) == ['0', '2']


def test_what_stands_in_a_mask_is_left_out_and_what_leaves_it_counts_again():
    stream = Stream()
    mask = Mask(id=1, camera_id=1, name='tree', points=LEFT, labels=('person',))
    other = Mask(id=2, camera_id=2, name='other camera', points=LEFT)
    off = Mask(id=3, camera_id=1, name='off', points=LEFT, enabled=False)
    stream.pipeline.change_shapes((mask, other, off))
    boxes = box(100, 200), box(100, 300) + ('dog',), box(500, 200)
    assert kept(stream, *boxes) == ['1', '2'] and stream.pipeline.tally.boxes_masked == 1
    stream.pipeline.change_shapes(())
    assert kept(stream, *boxes, at_s=1) == ['0', '1', '2']


def test_a_target_that_stays_in_a_mask_is_no_track():
    stream = Stream()
    stream.pipeline.change_shapes((Mask(id=1, camera_id=1, name='tree', points=LEFT),))
    for i in range(20):
        stream.send(i / 10, {'in': box(100, 200), 'out': box(500, 200)})
    assert [track.tracker_id for track in stream.rows().values()] == ['out']
    first, *_, last = stream.outcomes
    assert last.observation.ids == first.observation.ids == ('out',)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(
    st.integers(40, 600).filter(lambda x: x != 320), st.integers(70, 400),
    st.sampled_from([.1, .4, .8]), st.sampled_from(['person', 'dog', 'car'])), max_size=8))
def test_filtering_agrees_with_a_plain_look(boxes):
    stream = stream_with({'dog': {'min_score': .5}, 'car': {'max_area': .01}}, min_score=.2)
    stream.pipeline.change_shapes((Mask(id=1, camera_id=1, name='m', points=LEFT,
                                        labels=('person',)),))
    expected = [str(i) for i, (x, _, score, label) in enumerate(boxes) if {
        'person': score >= .2 and x > 320, 'dog': score >= .5, 'car': False}[label]]
    assert kept(stream, *(box(x, y, score=score) + (label,)
                          for x, y, score, label in boxes)) == expected


@pytest.mark.parametrize('given_rules, problem', [
    ([], 'label_rules: is not an object'), ({'': {}}, '1 to 256 characters'),
    ({'a': 3}, 'label_rules.a: is not an object'),
    ({'a': {'size': 1}}, 'label_rules.a.size: is not one of min_score'),
    ({'a': {'min_score': 2}}, 'min_score: 2 is not a number from 0 to 1'),
    ({'a': {'min_score': True}}, 'True is not a number'),
    ({'a': {'min_area': float('nan')}}, 'nan is not a number'),
    ({'a': {'min_area': .5, 'max_area': .1}}, 'min_area: 0.5 is more than max_area')])
def test_wrong_rules_are_refused_with_the_reason(given_rules, problem):
    with pytest.raises(LabelRulesError, match=problem):
        parse_label_rules(given_rules)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(LabelRulesError) as told:
        parse_label_rules({'a': {'size': 1, 'min_score': -1}, 'b': 3})
    assert len(told.value.problems) == 3


def test_rules_that_cannot_be_read_are_none():
    assert stored_label_rules('{') == stored_label_rules('{"a": 1}') == {}
