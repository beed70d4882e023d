"""Views of images and camera info against rclpy's own deserializer, and against damage."""
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from smartcam_bridge.errors import DecodeError
from smartcam_bridge.ros import cdr

rclpy_serialization = pytest.importorskip('rclpy.serialization', reason='needs ROS 2')
sensor_msgs = pytest.importorskip('sensor_msgs.msg', reason='needs ROS 2')

TEXTS = st.text(st.characters(blacklist_characters='\0', blacklist_categories=['Cs']), max_size=20)
STAMPS = st.tuples(st.integers(-2**31, 2**31 - 1), st.integers(0, 2**32 - 1))


def stamped(message, stamp, frame_id):
    message.header.stamp.sec, message.header.stamp.nanosec = stamp
    message.header.frame_id = frame_id
    return message


@settings(max_examples=80, deadline=None)
@given(STAMPS, TEXTS, TEXTS, st.binary(max_size=300), st.tuples(*[st.integers(0, 2**32 - 1)] * 3),
       st.integers(0, 255))
def test_image_is_viewed_as_rclpy_reads_it(stamp, frame_id, encoding, pixels, sizes, bigendian):
    height, width, step = sizes
    message = stamped(sensor_msgs.Image(
        height=height, width=width, step=step, encoding=encoding, is_bigendian=bigendian,
        data=pixels), stamp, frame_id)
    data = rclpy_serialization.serialize_message(message)
    view = cdr.decode_image(data)
    assert (view.stamp_ns, view.frame_id) == (stamp[0] * 10**9 + stamp[1], frame_id)
    assert (view.height, view.width, view.step) == sizes
    assert (view.encoding, view.is_bigendian) == (encoding, bigendian != 0)
    assert view.data == pixels


def test_image_pixels_are_not_copied():
    data = rclpy_serialization.serialize_message(sensor_msgs.Image(data=bytes(1000)))
    inside = np.frombuffer(cdr.decode_image(data).data, np.uint8)
    assert np.shares_memory(inside, np.frombuffer(data, np.uint8))


@settings(max_examples=50, deadline=None)
@given(STAMPS, TEXTS, TEXTS, st.binary(max_size=300))
def test_compressed_image_is_viewed_as_rclpy_reads_it(stamp, frame_id, form, payload):
    message = stamped(sensor_msgs.CompressedImage(format=form, data=payload), stamp, frame_id)
    view = cdr.decode_compressed_image(rclpy_serialization.serialize_message(message))
    assert (view.stamp_ns, view.frame_id) == (stamp[0] * 10**9 + stamp[1], frame_id)
    assert (view.format, view.data) == (form, payload)


def test_frame_size_is_read_from_camera_info():
    message = stamped(sensor_msgs.CameraInfo(height=720, width=1280), (5, 6), 'front')
    size = cdr.decode_frame_size(rclpy_serialization.serialize_message(message))
    assert size == cdr.FrameSize(5_000_000_006, 'front', 720, 1280)


@pytest.mark.parametrize('decode, message', [
    (cdr.decode_image, sensor_msgs.Image(encoding='rgb8', data=bytes(30))),
    (cdr.decode_compressed_image, sensor_msgs.CompressedImage(format='jpeg', data=bytes(30)))])
def test_every_truncated_image_is_refused_with_its_offset(decode, message):
    data = rclpy_serialization.serialize_message(message)
    for size in range(len(data)):
        with pytest.raises(DecodeError) as caught:
            decode(data[:size])
        assert 0 <= caught.value.offset <= size


def test_text_that_is_not_utf8_is_shown_with_replacements():
    assert cdr.text_of(b'caf\xe9\0') == 'caf\N{REPLACEMENT CHARACTER}'
