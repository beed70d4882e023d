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
