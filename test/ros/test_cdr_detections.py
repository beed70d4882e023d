"""The decoder against rclpy's own deserializer, and against damage."""
import math
import struct
import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from smartcam_bridge.errors import DecodeError
from smartcam_bridge.ros.cdr_detections import DetectionsDecoder

from detection_arrays import (  # noqa: E402, I100
    big_endian, message, rclpy_serialization, serialize, vision_msgs)

NUMBERS = st.floats(width=64)
TEXTS = st.one_of(
    st.sampled_from(['', 'person', 'Fußgänger', '自転車']),
    st.text(st.characters(blacklist_characters='\0', blacklist_categories=['Cs']), max_size=40),
    st.integers(100, 3000).map(lambda size: 'x' * size))
HYPOTHESES = st.lists(st.tuples(TEXTS, NUMBERS), max_size=8)
BOXES = st.tuples(st.tuples(*[NUMBERS] * 5), HYPOTHESES, TEXTS, TEXTS)
MESSAGES = st.tuples(
    st.integers(-2**31, 2**31 - 1), st.integers(0, 2**32 - 1), TEXTS,
    st.tuples(st.lists(BOXES, max_size=12), st.sampled_from([1, 1, 1, 20])).map(
        lambda drawn: (drawn[0] * drawn[1])[:200]))


def street(count, stamp=1, seed=0, label='person'):
    """Build a plain message of `count` boxes, as a tracker publishes them."""
    random = np.random.default_rng([seed, stamp])
    return message(stamp, 5, 'front', [
        (tuple(random.uniform(0, 640, 5)), [(label, float(random.uniform()))], str(7 * i), 'front')
        for i in range(count)])


def expected(array):
    """Say what the decoder should return, from a message that rclpy deserialized."""
    boxes, labels = [], []
    for box in array.detections:
        ranked = [(result.hypothesis.score, result.hypothesis.class_id) for result in box.results]
        best = None
        for score, label in ranked:
            if best is None or score > best[0] or (math.isnan(best[0]) and not math.isnan(score)):
                best = score, label
        score, label = best or (0.0, '')
        centre = box.bbox.center
        boxes.append((centre.position.x, centre.position.y, centre.theta, box.bbox.size_x,
                      box.bbox.size_y, score))
        labels.append(label)
    stamp = array.header.stamp
    return (stamp.sec * 10**9 + stamp.nanosec, array.header.frame_id, boxes, tuple(labels),
            tuple(box.id for box in array.detections))


def assert_equal(decoded, array):
    stamp_ns, frame_id, boxes, labels, ids = expected(array)
    assert (decoded.stamp_ns, decoded.frame_id) == (stamp_ns, frame_id)
    assert (decoded.labels, decoded.ids) == (labels, ids)
    np.testing.assert_array_equal(decoded.boxes.view('<f8').reshape(-1, 6),
                                  np.array(boxes, float).reshape(-1, 6))


@settings(max_examples=150, deadline=None)
@given(MESSAGES)
def test_any_message_decodes_as_rclpy_does(fields):
    data = serialize(message(*fields))
    array = rclpy_serialization.deserialize_message(data, vision_msgs.Detection2DArray)
    decoder = DetectionsDecoder()
    for _ in range(3):      # unknown, then learned, then known
        assert_equal(decoder.decode(data), array)


@settings(max_examples=60, deadline=None)
@given(MESSAGES)
def test_either_byte_order_says_the_same(fields):
    array = message(*fields)
    assert_equal(DetectionsDecoder().decode(big_endian(array)), array)


@pytest.mark.parametrize('count', [0, 1, 2, 10, 100, 200])
def test_known_layout_gives_the_numbers_of_the_new_message(count):
    decoder = DetectionsDecoder()
    for stamp in range(5):
        array = street(count, stamp)
        assert_equal(decoder.decode(serialize(array)), array)
    assert (decoder.misses, decoder.hits) == (1, 4)


@pytest.mark.parametrize('frame_id', ['', 'front', 'a much longer frame than that of the array'])
def test_boxes_may_name_another_frame_than_the_array(frame_id):
    decoder = DetectionsDecoder()
    for stamp in range(4):
        array = message(stamp, 5, 'front', [
            ((1., 2., 0., float(stamp), 5.), [('person', .5)], str(i), frame_id)
            for i in range(5)])
        assert_equal(decoder.decode(serialize(array)), array)
    assert decoder.hits == 3


@pytest.mark.parametrize('at', [22, 23, 46, 47, 63])
def test_what_stands_in_padding_does_not_matter(at):
    decoder = DetectionsDecoder()
    for stamp in range(3):
        data = bytearray(serialize(street(2, stamp)))
        data[at] = stamp
        assert_equal(decoder.decode(bytes(data)), street(2, stamp))
    assert decoder.hits == 2


def test_layouts_are_not_kept_while_none_comes_again():
    decoder = DetectionsDecoder()
    for stamp in range(1, 9):
        array = street(stamp)
        assert_equal(decoder.decode(serialize(array)), array)
    assert len(decoder._layouts) == 1


def test_same_size_with_another_text_is_not_taken_for_known():
    decoder = DetectionsDecoder()
    for stamp, label in enumerate(['person', 'person', 'person', 'animal', 'person', 'robots']):
        array = street(3, stamp, label=label)
        assert_equal(decoder.decode(serialize(array)), array)


def test_texts_are_the_same_object_while_they_stay_the_same():
    decoder = DetectionsDecoder()
    first, second, third = (decoder.decode(serialize(street(9, stamp))) for stamp in range(3))
    assert first.ids is second.ids is third.ids
    assert first.labels is second.labels is third.labels


def test_ever_new_layouts_do_not_grow_memory():
    decoder = DetectionsDecoder()
    for count in range(1, 120):
        for stamp in range(2):
            decoder.decode(serialize(street(count, stamp, label=f'label {count}')))
    assert len(decoder._layouts) <= 16 and len(decoder._texts) <= 4096 + 240


@pytest.mark.parametrize('array', [
    street(3),
    message(1, 2, 'camera', [((1., 2., 3., 4., 5.), [('a', .5), ('bb', .7)], '', '')] * 2)],
    ids=['plain', 'several hypotheses'])
@pytest.mark.parametrize('write', [serialize, big_endian])
def test_every_truncation_is_refused_with_its_offset(array, write):
    data = write(array)
    for size in range(len(data)):
        if data[size:].strip(b'\0') == b'':
            continue    # only the last text's terminator is missing
        with pytest.raises(DecodeError) as caught:
            DetectionsDecoder().decode(data[:size])
        assert 0 <= caught.value.offset <= size


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_random_damage_is_refused_or_read_but_never_worse(choices):
    data = bytearray(serialize(street(choices.draw(st.integers(0, 20)))))
    decoder = DetectionsDecoder()
    for _ in range(2):
        decoder.decode(bytes(data))
    for _ in range(choices.draw(st.integers(1, 6))):
        at = choices.draw(st.integers(0, len(data) - 1))
        data[at] = choices.draw(st.integers(0, 255))
    try:
        decoded = decoder.decode(bytes(data))
    except DecodeError as error:
        assert 0 <= error.offset <= len(data)
    else:
        assert len(decoded.boxes) == len(decoded.labels) == len(decoded.ids) <= len(data) / 60


@pytest.mark.parametrize('count', [0x7FFFFFFF, 0xFFFFFFFF, 100_000])
@pytest.mark.parametrize('place', ['detections', 'results'])
def test_an_announced_crowd_is_not_allocated(count, place):
    data = bytearray(serialize(street(2)))
    at = {'detections': 4 + 20, 'results': 4 + 24 + 8 + 12}[place]
    assert struct.unpack_from('<I', data, at) == ({'detections': 2, 'results': 1}[place],)
    struct.pack_into('<I', data, at, count)
    tracemalloc.start()
    with pytest.raises(DecodeError, match=f'{count} announced'):
        DetectionsDecoder().decode(bytes(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize('data', [b'', b'\0', b'\0\1\0', b'\0\1\0\0', b'\7\7\0\0' + bytes(64)])
def test_what_is_no_message_is_refused(data):
    with pytest.raises(DecodeError):
        DetectionsDecoder().decode(data)
