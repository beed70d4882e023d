"""Small pictures of faces; what is sent is looked at before it is decoded."""
import struct

import cv2
import numpy as np
import pytest

from smartcam_bridge.errors import FrameError
from smartcam_bridge.live import face_pictures
from smartcam_bridge.live.face_pictures import face_jpeg, kept_face_jpeg, open_sent, to_embed
from smartcam_bridge.live.picture_size import jpeg_scans, picture_size

LEFT_HALF_WHITE = np.zeros((60, 80, 3), np.uint8)
LEFT_HALF_WHITE[:, :40] = 255
JPEG = cv2.imencode('.jpg', LEFT_HALF_WHITE)[1].tobytes()
PNG = cv2.imencode('.png', LEFT_HALF_WHITE)[1].tobytes()


def turned(jpeg, orientation):
    """Let a JPEG say how it lies, as Exif 2.3 has it in 4.6.4."""
    exif = b'Exif\0\0MM\0*\0\0\0\x08' + struct.pack('>HHHIHHI', 1, 0x0112, 3, 1, orientation, 0, 0)
    return jpeg[:2] + b'\xff\xe1' + struct.pack('>H', len(exif) + 2) + exif + jpeg[2:]


def claiming(png, width, height):
    """Return a PNG whose header says that it is larger than it is."""
    return png[:16] + struct.pack('>II', width, height) + png[24:]


@pytest.mark.parametrize('data', [JPEG, PNG], ids=['jpeg', 'png'])
def test_a_picture_says_how_large_it_is(data):
    size = picture_size(data)
    assert (size.width, size.height, size.is_jpeg) == (80, 60, data is JPEG)


@pytest.mark.parametrize('data', [
    b'', b'GIF89a' + bytes(100), JPEG[:3], JPEG[:20], JPEG[:2] + bytes(100), PNG[:20],
    b'\xff\xd8\xff\xe0\x00\x00' * 20], ids=str)
def test_what_says_nothing_is_refused(data):
    with pytest.raises(FrameError):
        picture_size(data)


@pytest.mark.parametrize('data', [JPEG, PNG, JPEG + bytes(9999)], ids=['jpeg', 'png', 'trailer'])
def test_a_picture_that_was_sent_is_opened(data):
    np.testing.assert_allclose(open_sent(data), LEFT_HALF_WHITE, atol=12)


@pytest.mark.parametrize('data', [
    JPEG[:-2], JPEG[:len(JPEG) // 2], claiming(PNG, 100_000, 100_000), claiming(PNG, 0, 5),
    PNG[:30], b'no picture', b''], ids=range(7))
def test_a_picture_that_is_none_is_refused(data):
    with pytest.raises(FrameError):
        open_sent(data)


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(cv2, 'imdecode', lambda *_: pytest.fail('it was decoded'))
    with pytest.raises(FrameError, match='32 million'):
        open_sent(claiming(PNG, 8000, 4001))


def segment(marker, data):
    return struct.pack('>HH', 0xFF00 + marker, len(data) + 2) + data


def progressive(scans):
    """Return a grey JPEG of 8 x 8 px that goes over its pixels so often (ITU-T T.81, G)."""
    first = bytes([1] + [0] * 15)       # a Huffman table of one code of one bit
    ac = segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + b'\x7f'
    return b''.join([
        b'\xff\xd8', segment(0xDB, b'\0' + bytes([1] * 64)),
        segment(0xC2, struct.pack('>BHHB', 8, 8, 8, 1) + bytes([1, 0x11, 0])),
        segment(0xC4, b'\0' + first + b'\0'), segment(0xC4, b'\x10' + first + b'\0'),
        segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + b'\x7f', ac * (scans - 1), b'\xff\xd9'])


def test_a_jpeg_of_endless_scans_is_refused_before_it_is_decoded(monkeypatch):
    assert open_sent(progressive(64)).shape == (8, 8, 3)
    monkeypatch.setattr(cv2, 'imdecode', lambda *_: pytest.fail('it was decoded'))
    with pytest.raises(FrameError, match='65 scans'):
        open_sent(progressive(65))


def test_scans_are_not_hidden_behind_an_end_that_is_none():
    comment = segment(0xFE, b'\xff\xd9')
    there = picture_size(JPEG).pixels_at
    assert jpeg_scans(JPEG[:there] + comment + JPEG[there:], there) == 1
    assert jpeg_scans(JPEG[:there] + b'\xff\x01' + JPEG[there:], there) == 1   # has no length


def test_a_picture_is_put_upright():
    assert open_sent(turned(JPEG, 6)).shape == (80, 60, 3)
    upright = open_sent(turned(JPEG, 6))
    assert upright[:30].mean() > 200 and upright[-30:].mean() < 50


def test_a_large_picture_is_shrunk_and_stays_good_enough():
    large = cv2.imencode('.jpg', np.full((100, 4000, 3), 90, np.uint8))[1].tobytes()
    bgr = open_sent(large)
    assert bgr.shape == (48, face_pictures._SENT_PX, 3)
    assert picture_size(to_embed(bgr))[:3] == (1920, 48, True)


def test_a_face_has_a_margin_and_is_small():
    bgr = np.zeros((600, 800, 3), np.uint8)
    bgr[240:360, 360:440] = 255
    small = cv2.imdecode(np.frombuffer(face_jpeg(bgr, (0.45, 0.4, 0.55, 0.6)), np.uint8), 1)
    assert small.shape[:2] == (160, 125)    # 180 x 140 of the picture, at most 160 high
    white = (small > 128).mean()
    assert white == pytest.approx(120 * 80 / (180 * 140), abs=0.02)


def test_a_face_at_the_edge_and_one_without_extent_have_pictures_too():
    for box in (0.0, 0.0, 0.1, 0.1), (0.9, 0.9, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0), (0.5,) * 4:
        assert min(picture_size(face_jpeg(LEFT_HALF_WHITE, box))[:2]) >= 1


def test_pictures_of_ours_are_never_turned():
    assert picture_size(kept_face_jpeg(turned(JPEG, 6), None))[:2] == (80, 60)
    wide = cv2.imencode('.jpg', np.full((100, 320, 3), 9, np.uint8))[1].tobytes()
    assert picture_size(kept_face_jpeg(wide, None))[:2] == (160, 50)
    left = cv2.imdecode(np.frombuffer(kept_face_jpeg(JPEG, (0.0, 0.0, 0.2, 0.5)), np.uint8), 1)
    assert left.mean() > 200
    with pytest.raises(FrameError):
        kept_face_jpeg(b'x', None)
