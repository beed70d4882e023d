"""Build Detection2DArray messages and their bytes in either order."""
import struct

import pytest

rclpy_serialization = pytest.importorskip('rclpy.serialization', reason='needs ROS 2')
vision_msgs = pytest.importorskip('vision_msgs.msg', reason='needs vision_msgs')


def message(seconds, nanos, frame_id, boxes):
    """Build a Detection2DArray; boxes: (cx cy theta w h), [(class, score)], id, frame id."""
    array = vision_msgs.Detection2DArray()
    array.header.stamp.sec, array.header.stamp.nanosec = seconds, nanos
    array.header.frame_id = frame_id
    for (cx, cy, theta, w, h), hypotheses, tracker_id, box_frame_id in boxes:
        box = vision_msgs.Detection2D(id=tracker_id)
        box.header.frame_id = box_frame_id
        box.bbox.center.position.x, box.bbox.center.position.y = cx, cy
        box.bbox.center.theta, box.bbox.size_x, box.bbox.size_y = theta, w, h
        for class_id, score in hypotheses:
            result = vision_msgs.ObjectHypothesisWithPose()
            result.hypothesis.class_id, result.hypothesis.score = class_id, score
            box.results.append(result)
        array.detections.append(box)
    return array


def serialize(array):
    return rclpy_serialization.serialize_message(array)


def big_endian(array):
    """Write the same message in the other byte order, field by field."""
    out = bytearray()

    def put(form, *values):
        size = struct.calcsize(form[-1])
        out.extend(bytes(-len(out) % size) + struct.pack('>' + form, *values))

    def text(value):
        raw = value.encode() + b'\0'
        put('I', len(raw))
        out.extend(raw)

    def header(value):
        put('i', value.stamp.sec)
        put('I', value.stamp.nanosec)
        text(value.frame_id)

    header(array.header)
    put('I', len(array.detections))
    for box in array.detections:
        header(box.header)
        put('I', len(box.results))
        for result in box.results:
            text(result.hypothesis.class_id)
            put('d', result.hypothesis.score)
            put('43d', *[0.0] * 43)
        centre = box.bbox.center
        put('5d', centre.position.x, centre.position.y, centre.theta, box.bbox.size_x,
            box.bbox.size_y)
        text(box.id)
    return b'\0\0\0\0' + bytes(out)
