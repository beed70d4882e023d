"""Faces and their embeddings against rclpy's own deserializer, and against damage."""
import struct
import tracemalloc

from detection_arrays import (
    big_endian, message, rclpy_serialization, serialize, vision_msgs)
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest
from sensor_msgs.msg import Image

from smartcam_bridge.errors import DecodeError
from smartcam_bridge.ros.cdr_faces import decode_embeddings, decode_faces, DIMENSION_MAX

NAN = float('nan')
TEXTS = st.text(st.characters(blacklist_characters='\0', blacklist_categories=['Cs']), max_size=20)
STAMPS = st.tuples(st.integers(-2**31, 2**31 - 1), st.integers(0, 2**32 - 1))
HYPOTHESES = st.lists(st.tuples(
    st.one_of(st.sampled_from(['face', 'size', 'sharpness', 'pose']), TEXTS),
    st.floats(width=64)), max_size=6)
FACES = st.tuples(st.tuples(*[st.floats(width=64)] * 5), HYPOTHESES, TEXTS, TEXTS)


def face(hypotheses, track='7'):
    return message(1, 2, 'lens', [((10., 20., 0., 30., 40.), hypotheses, track, 'lens')])


def matrix_message(vectors, *, stamp=(1, 2), frame_id='lens', padding=0, bigendian=False):
    """Build an Image of 32FC1 with `padding` bytes behind each row."""
    order = '>f4' if bigendian else '<f4'
    rows = np.frombuffer(vectors.astype(order).tobytes(), np.uint8)
    rows = rows.reshape(len(vectors), 4 * vectors.shape[1])
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=0xAA)
    image = Image(height=len(vectors), width=vectors.shape[1], encoding='32FC1',
                  step=4 * vectors.shape[1] + padding, is_bigendian=int(bigendian),
                  data=rows.tobytes())
    image.header.stamp.sec, image.header.stamp.nanosec = stamp
    image.header.frame_id = frame_id
    return image


@settings(max_examples=100, deadline=None)
@given(STAMPS, TEXTS, st.lists(FACES, max_size=8), st.sampled_from([serialize, big_endian]))
def test_faces_are_read_as_rclpy_reads_them(stamp, frame_id, faces, write):
    array = message(*stamp, frame_id, faces)
    decoded = decode_faces(write(array))
    array = rclpy_serialization.deserialize_message(serialize(array),
                                                    vision_msgs.Detection2DArray)
    assert (decoded.stamp_ns, decoded.frame_id) == (stamp[0] * 10**9 + stamp[1], frame_id)
    assert decoded.ids == tuple(box.id for box in array.detections)
    assert decoded.quality.shape == (len(faces), 3) and decoded.quality.dtype == np.float32
    for row, box in enumerate(array.detections):
        centre = box.bbox.center
        np.testing.assert_array_equal(decoded.boxes[row].tolist()[:5], [
            centre.position.x, centre.position.y, centre.theta, box.bbox.size_x, box.bbox.size_y])
        results = [(result.hypothesis.class_id, result.hypothesis.score)
                   for result in box.results]
        others = [pair for pair in results if pair[0] not in ('size', 'sharpness', 'pose')]
        scores = [pair[1] for pair in sorted(others, key=lambda pair: pair[0] != 'face')]
        np.testing.assert_array_equal(decoded.boxes['score'][row], (scores + [NAN])[0])
        for column, name in enumerate(('size', 'sharpness', 'pose')):
            told = [score for label, score in results if label == name] or [NAN]
            expected = min(max(told[0], 0), 1) if np.isfinite(told[0]) else NAN
            assert decoded.quality[row, column] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize('hypotheses, score, quality', [
    ([], NAN, [NAN] * 3),
    ([('face', 0.9)], 0.9, [NAN] * 3),
    ([('person', 0.4), ('face', 0.9)], 0.9, [NAN] * 3),
    ([('size', 0.5), ('0', 0.8), ('1', 0.9)], 0.8, [0.5, NAN, NAN]),
    ([('face', 0.9), ('pose', -3.0), ('sharpness', 7.0)], 0.9, [NAN, 1, 0]),
    ([('face', 0.9), ('pose', NAN), ('sharpness', float('inf'))], 0.9, [NAN] * 3),
    ([('face', 0.9), ('size', 0.1), ('size', 0.2), ('face', 0.3)], 0.9, [0.1, NAN, NAN])])
def test_score_and_quality_are_told_by_hypotheses(hypotheses, score, quality):
    decoded = decode_faces(serialize(face(hypotheses)))
    assert decoded.boxes['score'][0] == pytest.approx(score, nan_ok=True)
    assert decoded.quality[0].tolist() == pytest.approx(quality, nan_ok=True)


@pytest.mark.parametrize('write', [serialize, big_endian])
def test_every_truncation_of_faces_is_refused(write):
    data = write(message(1, 2, 'lens', [
        ((1., 2., 3., 4., 5.), [('face', .5), ('size', .7)], 'a', 'lens')] * 2))
    for size in range(len(data)):
        if data[size:].strip(b'\0') == b'':
            continue    # only the last text's terminator is missing
        with pytest.raises(DecodeError) as caught:
            decode_faces(data[:size])
        assert 0 <= caught.value.offset <= size


def test_more_faces_than_anybody_has_are_refused():
    data = serialize(message(1, 2, '', [((1., 2., 3., 4., 5.), [], '', '')] * 1025))
    with pytest.raises(DecodeError, match='more than 1024 faces'):
        decode_faces(data)


@pytest.mark.parametrize('count', [3, 0x7FFFFFFF, 0xFFFFFFFF])
def test_faces_that_are_announced_only_are_not_allocated(count):
    data = bytearray(serialize(face([('face', 0.9)])))
    assert struct.unpack_from('<I', data, 24) == (1,)
    struct.pack_into('<I', data, 24, count)
    tracemalloc.start()
    with pytest.raises(DecodeError):
        decode_faces(bytes(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


@settings(max_examples=80, deadline=None)
@given(STAMPS, TEXTS, st.integers(0, 5), st.integers(1, 9), st.integers(0, 5), st.booleans(),
       st.integers(0, 99))
def test_embeddings_are_read_as_they_were_written(stamp, frame_id, faces, dimension, padding,
                                                  bigendian, seed):
    vectors = np.random.default_rng(seed).normal(size=(faces, dimension)).astype(np.float32)
    decoded = decode_embeddings(serialize(matrix_message(
        vectors, stamp=stamp, frame_id=frame_id, padding=padding, bigendian=bigendian)))
    assert (decoded.stamp_ns, decoded.frame_id) == (stamp[0] * 10**9 + stamp[1], frame_id)
    assert decoded.vectors.dtype == np.dtype(np.float32)
    assert decoded.vectors.shape == vectors.shape
    np.testing.assert_array_equal(decoded.vectors, vectors)


def test_what_is_no_number_comes_through_to_be_judged():
    vectors = np.array([[np.nan, np.inf, -np.inf, 0]], np.float32)
    decoded = decode_embeddings(serialize(matrix_message(vectors)))
    np.testing.assert_array_equal(decoded.vectors, vectors)


def changed(**fields):
    image = matrix_message(np.ones((3, 4), np.float32))
    for name, value in fields.items():
        setattr(image, name, value)
    return serialize(image)


@pytest.mark.parametrize('fields, sentence', [
    ({'encoding': 'bgr8'}, "'bgr8' is not 32FC1"),
    ({'encoding': ''}, 'encoding'),
    ({'encoding': 'x' * 5000}, 'encoding'),
    ({'height': 1025}, 'more than 1024 faces'),
    ({'height': 2**32 - 1}, 'more than 1024 faces'),
    ({'height': 4}, '48 bytes are not 4 rows of 16'),
    ({'width': 0}, 'a dimension of 0'),
    ({'width': 5}, '16 bytes do not hold 5 numbers'),
    ({'width': DIMENSION_MAX + 1, 'step': 4 * DIMENSION_MAX + 4}, 'a dimension of 8193'),
    ({'width': 2**32 - 1, 'step': 2**32 - 1}, 'a dimension of 4294967295'),
    ({'step': 0}, '0 bytes do not hold'),
    ({'step': 15}, '15 bytes do not hold'),
    ({'step': 17}, '48 bytes are not 3 rows of 17'),
    ({'step': 2**32 - 1}, '48 bytes are not'),
    ({'data': b''}, '0 bytes are not'),
    ({'data': bytes(47)}, '47 bytes are not')])
def test_what_are_no_embeddings_is_refused_in_words(fields, sentence):
    with pytest.raises(DecodeError, match=sentence) as caught:
        decode_embeddings(changed(**fields))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize('width', [0, 4, 128])
def test_a_message_without_faces_has_no_rows(width):
    decoded = decode_embeddings(changed(height=0, width=width, step=4 * width, data=b''))
    assert decoded.vectors.shape == (0, width)


@pytest.mark.parametrize('bigendian', [False, True])
def test_every_truncation_of_embeddings_is_refused(bigendian):
    data = serialize(matrix_message(np.ones((3, 4), np.float32), bigendian=bigendian))
    for size in range(len(data)):
        with pytest.raises(DecodeError) as caught:
            decode_embeddings(data[:size])
        assert 0 <= caught.value.offset <= size


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([decode_embeddings, decode_faces]))
def test_random_damage_is_refused_or_read_but_never_worse(choices, decode):
    data = bytearray(serialize(
        matrix_message(np.ones((3, 4), np.float32)) if decode is decode_embeddings
        else face([('face', 0.9), ('size', 0.5)])))
    for _ in range(choices.draw(st.integers(1, 6))):
        at = choices.draw(st.integers(0, len(data) - 1))
        data[at] = choices.draw(st.integers(0, 255))
    try:
        decoded = decode(bytes(data))
    except DecodeError as error:
        assert 0 <= error.offset <= len(data)
    else:
        sizes = (decoded.vectors.size * 4 if decode is decode_embeddings
                 else len(decoded.boxes) * 60)
        assert sizes <= len(data)
