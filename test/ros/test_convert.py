"""Every encoding, step and byte order becomes the same picture; bad frames are refused."""
import struct

import cv2
from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from smartcam_bridge.errors import FrameError
from smartcam_bridge.ros import convert
from smartcam_bridge.ros.cdr import CompressedImageView, ImageView

HEIGHT, WIDTH = 40, 64
RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)


def stripes():
    """Return a BGR picture: red, green and blue columns, dark below."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for i, colour in enumerate((RED, GREEN, BLUE, (200, 100, 50))):
        picture[:30, 16 * i:16 * (i + 1)] = colour
    return picture


def view(pixels, encoding, *, pad=0, bigendian=False):
    """Wrap (h, w) or (h, w, c) pixels as an Image with `pad` bytes behind each row."""
    pixels = pixels.astype(pixels.dtype.newbyteorder('>' if bigendian else '<'))
    rows = [row.tobytes() + b'\xEE' * pad for row in pixels]
    return ImageView(1, 'f', pixels.shape[0], pixels.shape[1], encoding, bigendian,
                     len(rows[0]), memoryview(b''.join(rows)))


def mosaic(pattern):
    """Sample the picture through a Bayer filter; pattern: the first two rows' colours."""
    bgr = stripes()
    out = np.empty((HEIGHT, WIDTH), np.uint8)
    for i, colour in enumerate(pattern):
        out[i // 2::2, i % 2::2] = bgr[i // 2::2, i % 2::2, 'bgr'.index(colour)]
    return out


def yuv(order):
    """Return the picture as packed 4:2:2; order: 'uyvy' or 'yuyv'."""
    luma, red, blue = cv2.split(cv2.cvtColor(stripes(), cv2.COLOR_BGR2YCrCb).astype(float))
    luma = 16 + luma * 219 / 255
    chroma = 128 + (np.stack([blue, red]) - 128) * 224 / 255
    out = np.empty((HEIGHT, WIDTH, 2), np.uint8)
    y, c = (1, 0) if order == 'uyvy' else (0, 1)
    out[..., y] = luma.round()
    out[:, 0::2, c], out[:, 1::2, c] = chroma[0, :, 0::2].round(), chroma[1, :, 0::2].round()
    return out


COLOUR = {
    'bgr8': stripes(), '8UC3': stripes(), 'rgb8': stripes()[..., ::-1],
    'bgra8': np.dstack([stripes(), np.full((HEIGHT, WIDTH), 9, np.uint8)]),
    'rgba8': np.dstack([stripes()[..., ::-1], np.full((HEIGHT, WIDTH), 9, np.uint8)]),
    'bgr16': stripes().astype('u2') * 257, 'rgb16': stripes()[..., ::-1].astype('u2') * 257,
    'yuv422': yuv('uyvy'), 'yuv422_yuy2': yuv('yuyv'),
    'bayer_rggb8': mosaic('rggb'), 'bayer_bggr8': mosaic('bggr'),
    'bayer_gbrg8': mosaic('gbrg'), 'bayer_grbg8': mosaic('grbg'),
    'bayer_rggb16': mosaic('rggb').astype('u2') * 257,
}


@pytest.mark.parametrize('encoding', COLOUR)
@pytest.mark.parametrize('pad, bigendian', [(0, False), (10, False), (6, True)])
def test_colours_are_right_in_every_encoding(encoding, pad, bigendian):
    picture = convert.image_to_bgr(view(COLOUR[encoding], encoding, pad=pad, bigendian=bigendian))
    assert picture.shape == (HEIGHT, WIDTH, 3) and picture.dtype == np.uint8
    for i, colour in enumerate((RED, GREEN, BLUE)):     # inside the stripes, away from edges
        error = np.abs(picture[4:26, 16 * i + 4:16 * i + 12].astype(int) - colour)
        assert error.max() <= 6, (encoding, colour)


@pytest.mark.parametrize('encoding, kind, factor', [
    ('mono8', 'u1', 1), ('8UC1', 'u1', 1), ('mono16', 'u2', 257)])
@pytest.mark.parametrize('pad, bigendian', [(0, False), (6, True)])
def test_grey_stays_grey(encoding, kind, factor, pad, bigendian):
    ramp = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 256
    picture = convert.image_to_bgr(
        view((ramp * factor).astype(kind), encoding, pad=pad, bigendian=bigendian))
    np.testing.assert_array_equal(picture, np.repeat(ramp[:, :, None], 3, axis=2))


@pytest.mark.parametrize('encoding, unit, unknown', [
    ('16UC1', 1000, 0), ('32FC1', 1, np.nan), ('32FC1', 1, np.inf)])
@pytest.mark.parametrize('bigendian', [False, True])
def test_depth_shows_near_bright_far_dark_unknown_black(encoding, unit, unknown, bigendian):
    metres = np.linspace(1, 5, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) * unit
    metres[0, :8] = unknown
    depth = metres.astype('u2' if encoding == '16UC1' else 'f4')
    picture = convert.image_to_bgr(view(depth, encoding, pad=4, bigendian=bigendian))
    assert not picture[0, :8].any()
    rows = picture[1:, :, 0].mean(axis=1)
    assert np.all(np.diff(rows) <= 0) and rows[0] > 230 and rows[-1] < 20


def test_depth_without_any_distance_is_black():
    picture = convert.image_to_bgr(view(np.zeros((HEIGHT, WIDTH), 'u2'), '16UC1'))
    assert picture.shape == (HEIGHT, WIDTH, 3) and not picture.any()


def test_eight_bit_bgr_is_not_copied():
    image = view(stripes(), 'bgr8', pad=4)
    assert np.shares_memory(convert.image_to_bgr(image), np.frombuffer(image.data, np.uint8))


def test_step_zero_means_rows_without_padding():
    packed = view(stripes(), 'bgr8')
    image = ImageView(1, 'f', HEIGHT, WIDTH, 'bgr8', False, 0, packed.data)
    np.testing.assert_array_equal(convert.image_to_bgr(image), stripes())


@pytest.mark.parametrize('height, width, encoding, step, size', [
    (40, 64, 'bgr8', 192, 40 * 192 - 1), (40, 64, 'bgr8', 100, 8000), (0, 0, 'bgr8', 0, 0),
    (40, 64, 'no such thing', 64, 2560), (2**32 - 1, 2**32 - 1, 'mono8', 0, 10),
    (3, 3, 'yuv422', 6, 18)])
def test_impossible_images_are_refused(height, width, encoding, step, size):
    image = ImageView(1, 'f', height, width, encoding, False, step, memoryview(bytes(size)))
    with pytest.raises(FrameError):
        convert.image_to_bgr(image)


def compressed(extension, picture=None, form='bgr8; jpeg compressed bgr8', before=b''):
    data = cv2.imencode(extension, stripes() if picture is None else picture)[1].tobytes()
    return CompressedImageView(7, 'f', form, memoryview(before + data))


def test_jpeg_is_passed_through_with_its_size():
    source = compressed('.jpg')
    frame = convert.frame_of_compressed('front', source, 99)
    assert frame.jpeg == source.data and (frame.width, frame.height) == (WIDTH, HEIGHT)
    assert (frame.stamp_ns, frame.received_ns) == (7, 99)
    assert np.abs(frame.pixels().astype(int) - stripes())[4:26, 4:12].max() < 30


@pytest.mark.parametrize('picture', [
    stripes(), np.dstack([stripes(), stripes()[..., :1]]), stripes()[..., 0],
    stripes().astype('u2') * 257], ids=['bgr', 'bgra', 'grey', '16 bit'])
def test_png_of_any_depth_becomes_bgr(picture):
    frame = convert.frame_of_compressed('front', compressed('.png', picture, 'png'), 99)
    expected = stripes() if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    assert frame.jpeg is None and (frame.width, frame.height) == (WIDTH, HEIGHT)
    np.testing.assert_array_equal(frame.pixels(), expected)


def test_compressed_depth_is_shown():
    depth = np.linspace(500, 4000, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype('u2')
    source = compressed('.png', depth, '16UC1; compressedDepth png', before=bytes(12))
    rows = convert.frame_of_compressed('front', source, 1).pixels()[..., 0].mean(axis=1)
    assert rows[0] > 230 and rows[-1] < 20


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 3000), st.binary(max_size=4), st.sampled_from(['.jpg', '.png']))
def test_damaged_pictures_are_refused_or_read_but_never_worse(at, bytes_, extension):
    data = bytearray(compressed(extension).data)
    at %= len(data)
    data[at:at + len(bytes_)] = bytes_
    try:
        picture = convert.frame_of_compressed(
            'front', CompressedImageView(1, 'f', 'x', memoryview(bytes(data))), 1).pixels()
    except FrameError:
        return
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3


@pytest.mark.parametrize('data', [
    b'', b'\xff\xd8\xff', b'\xff\xd8\xff\xe0\x00', b'\x89PNG\r\n\x1a\n', b'hello' * 10,
    b'\x89PNG\r\n\x1a\n' + bytes(8) + struct.pack('>II', 2**31, 2**31) + bytes(20)])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(FrameError):
        convert.frame_of_compressed('front', CompressedImageView(1, 'f', 'x', memoryview(data)), 1)


def test_jpeg_that_was_cut_off_is_refused():
    whole = compressed('.jpg').data
    with pytest.raises(FrameError, match='cut off'):
        convert.frame_of_compressed(
            'front', CompressedImageView(1, 'f', 'x', whole[:len(whole) * 2 // 3]), 1)


@pytest.mark.parametrize('order', ['MM', 'II'])
@pytest.mark.parametrize('orientation', [1, 3, 6, 8])
def test_pixels_lie_as_their_boxes_do_whatever_exif_says(order, orientation):
    plain = bytes(compressed('.jpg').data)
    sign = '>' if order == 'MM' else '<'
    exif = b'Exif\0\0' + order.encode() + struct.pack(
        sign + 'HIHHHIHHI', 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    data = plain[:2] + b'\xff\xe1' + struct.pack('>H', len(exif) + 2) + exif + plain[2:]
    assert cv2.imdecode(np.frombuffer(data, np.uint8), 1).shape[:2] == (
        (WIDTH, HEIGHT) if orientation > 4 else (HEIGHT, WIDTH)), 'this is what it asks for'
    frame = convert.frame_of_compressed(
        'front', CompressedImageView(1, 'f', 'jpeg', memoryview(data)), 1)
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)
    np.testing.assert_array_equal(frame.pixels(), cv2.imdecode(np.frombuffer(plain, np.uint8), 1))
    assert (frame.jpeg is None) == (orientation != 1), 'nobody else gets to turn it'
