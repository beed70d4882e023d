from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs ROS 2')
vision = pytest.importorskip('vision_msgs.msg', reason='needs vision_msgs')
from rclpy.serialization import deserialize_message, serialize_message  # noqa: E402
from reading import stamp_ns  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402

from smartcam_bridge.companions import wire  # noqa: E402

TEXT = st.text(st.characters(exclude_characters='\0', exclude_categories=['Cs']), max_size=20)
NUMBER = st.floats(-1e6, 1e6)
BOX = st.tuples(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), NUMBER, TEXT, TEXT)
STAMP_NS = st.integers(0, 2**31 * 1_000_000_000 - 1)


@settings(max_examples=150, deadline=None)
@given(STAMP_NS, TEXT, st.lists(BOX, max_size=12), st.booleans())
def test_detection_array_reads_back_as_written(stamp, frame_id, boxes, tracked):
    corners = np.array([box[0] for box in boxes]).reshape(-1, 4)
    scores = np.array([box[1] for box in boxes])
    labels, ids = [box[2] for box in boxes], [box[3] for box in boxes]
    written = wire.detection_array(stamp, frame_id, corners, scores, labels,
                                   ids if tracked else None)
    message = deserialize_message(written, vision.Detection2DArray)
    assert (stamp_ns(message), message.header.frame_id) == (stamp, frame_id)
    assert len(message.detections) == len(boxes)
    for i, read in enumerate(message.detections):
        assert read.header == message.header
        (result,) = read.results
        assert (result.hypothesis.class_id, result.hypothesis.score) == (labels[i], scores[i])
        assert result.pose == vision.ObjectHypothesisWithPose().pose
        assert read.id == (ids[i] if tracked else '')
        centre = read.bbox.center
        x1, y1, x2, y2 = corners[i]
        assert (centre.position.x, centre.position.y) == ((x1 + x2) / 2, (y1 + y2) / 2)
        assert (read.bbox.size_x, read.bbox.size_y, centre.theta) == (x2 - x1, y2 - y1, 0)
    assert len(serialize_message(message)) == len(written)


@settings(max_examples=60, deadline=None)
@given(STAMP_NS, TEXT, st.binary(max_size=50), TEXT)
def test_compressed_image_reads_back_as_written(stamp, frame_id, picture, form):
    written = wire.compressed_image(stamp, frame_id, picture, form)
    message = deserialize_message(written, CompressedImage)
    assert (stamp_ns(message), message.header.frame_id) == (stamp, frame_id)
    assert (message.format, bytes(message.data)) == (form, picture)


@settings(max_examples=60, deadline=None)
@given(STAMP_NS, TEXT, st.integers(1, 9), st.integers(1, 9))
def test_image_reads_back_as_written(stamp, frame_id, width, height):
    pixels = np.random.default_rng(width).integers(0, 255, (height, width, 3), np.uint8)
    message = deserialize_message(wire.image(stamp, frame_id, pixels), Image)
    assert (stamp_ns(message), message.header.frame_id) == (stamp, frame_id)
    assert (message.width, message.height, message.step) == (width, height, 3 * width)
    assert (message.encoding, message.is_bigendian) == ('bgr8', 0)
    assert bytes(message.data) == pixels.tobytes()


def float32s(rows, columns):
    return st.lists(st.lists(st.floats(width=32), min_size=columns, max_size=columns),
                    min_size=rows, max_size=rows).map(
        lambda values: np.array(values, np.float32).reshape(rows, columns))


@settings(max_examples=60, deadline=None)
@given(STAMP_NS, TEXT, st.tuples(st.integers(0, 5), st.integers(1, 9)).flatmap(
    lambda size: float32s(*size)))
def test_embeddings_read_back_as_written(stamp, frame_id, matrix):
    message = deserialize_message(wire.embeddings(stamp, frame_id, matrix), Image)
    assert (stamp_ns(message), message.header.frame_id) == (stamp, frame_id)
    assert (message.height, message.width) == matrix.shape
    assert (message.encoding, message.is_bigendian) == ('32FC1', 0)
    assert message.step == 4 * matrix.shape[1]
    assert bytes(message.data) == matrix.tobytes()


def test_embeddings_of_another_layout_read_back_as_written():
    matrix = np.arange(12, dtype=np.float64).reshape(4, 3).T
    message = deserialize_message(wire.embeddings(1, '', matrix), Image)
    assert (message.height, message.width, message.step) == (3, 4, 16)
    assert np.frombuffer(bytes(message.data), np.float32).tolist() == matrix.ravel().tolist()


FACE = st.tuples(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER), NUMBER,
                 st.tuples(*[st.one_of(st.just(float('nan')), st.floats(0, 1))] * 3), TEXT)


@settings(max_examples=100, deadline=None)
@given(STAMP_NS, TEXT, st.lists(FACE, max_size=8), st.booleans())
def test_face_array_reads_back_as_written(stamp, frame_id, faces, tracked):
    corners = np.array([face[0] for face in faces]).reshape(-1, 4)
    scores = np.array([face[1] for face in faces])
    quality = np.array([face[2] for face in faces]).reshape(-1, 3)
    written = wire.face_array(stamp, frame_id, corners, scores, quality,
                              [face[3] for face in faces] if tracked else None)
    message = deserialize_message(written, vision.Detection2DArray)
    assert (stamp_ns(message), message.header.frame_id) == (stamp, frame_id)
    assert len(message.detections) == len(faces)
    for read, ((x1, y1, x2, y2), score, told, track) in zip(message.detections, faces):
        expected = [('face', score), *zip(('size', 'sharpness', 'pose'), told)]
        assert [(result.hypothesis.class_id, result.hypothesis.score)
                for result in read.results] == [pair for pair in expected if pair[1] == pair[1]]
        assert read.id == (track if tracked else '')
        centre = read.bbox.center.position
        assert (centre.x, centre.y) == ((x1 + x2) / 2, (y1 + y2) / 2)
        assert (read.bbox.size_x, read.bbox.size_y) == (x2 - x1, y2 - y1)
    assert len(serialize_message(message)) == len(written)
