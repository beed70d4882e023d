"""Turn the pixels of any ROS image into a picture for people: BGR, eight bits."""
from functools import partial
import re

import numpy as np
from smartcam_bridge.errors import FrameError
from smartcam_bridge.live.frames import Frame
from smartcam_bridge.live.picture_size import picture_size
from smartcam_bridge.ros.cdr import CompressedImageView, ImageView

_PIXELS_MAX = 1 << 26   # 64 Mpx; a compressed picture may claim any size
_DEPTH_HEADER_BYTES = 12    # compressed_depth_image_transport puts its own header before the PNG
_FAR_NEAR = (98, 2)     # percentiles of a depth image that become black and white

# encoding -> (numpy kind, channels, name of cv2's conversion to BGR; '' where it is BGR)
_PLAIN = {
    'bgr8': ('u1', 3, ''), '8UC3': ('u1', 3, ''), 'rgb8': ('u1', 3, 'COLOR_RGB2BGR'),
    'bgra8': ('u1', 4, 'COLOR_BGRA2BGR'), '8UC4': ('u1', 4, 'COLOR_BGRA2BGR'),
    'rgba8': ('u1', 4, 'COLOR_RGBA2BGR'),
    'mono8': ('u1', 1, 'COLOR_GRAY2BGR'), '8UC1': ('u1', 1, 'COLOR_GRAY2BGR'),
    'mono16': ('u2', 1, 'COLOR_GRAY2BGR'),
    'bgr16': ('u2', 3, ''), '16UC3': ('u2', 3, ''), 'rgb16': ('u2', 3, 'COLOR_RGB2BGR'),
    'bgra16': ('u2', 4, 'COLOR_BGRA2BGR'), 'rgba16': ('u2', 4, 'COLOR_RGBA2BGR'),
    # cv2 names a Bayer pattern by its second row's second and third pixel, ROS by the first two.
    'bayer_rggb8': ('u1', 1, 'COLOR_BayerBG2BGR'), 'bayer_bggr8': ('u1', 1, 'COLOR_BayerRG2BGR'),
    'bayer_gbrg8': ('u1', 1, 'COLOR_BayerGR2BGR'), 'bayer_grbg8': ('u1', 1, 'COLOR_BayerGB2BGR'),
    'bayer_rggb16': ('u2', 1, 'COLOR_BayerBG2BGR'), 'bayer_bggr16': ('u2', 1, 'COLOR_BayerRG2BGR'),
    'bayer_gbrg16': ('u2', 1, 'COLOR_BayerGR2BGR'), 'bayer_grbg16': ('u2', 1, 'COLOR_BayerGB2BGR'),
    'yuv422': ('u1', 2, 'COLOR_YUV2BGR_UYVY'), 'uyvy': ('u1', 2, 'COLOR_YUV2BGR_UYVY'),
    'yuv422_yuy2': ('u1', 2, 'COLOR_YUV2BGR_YUY2'), 'yuyv': ('u1', 2, 'COLOR_YUV2BGR_YUY2'),
}
_TURNED = re.compile(       # tag 0x0112, one short, not 1: Exif 2.3, 4.6.4
    rb'Exif\0\0(?:MM.*?\x01\x12\0\x03\0\0\0\x01\0|II.*?\x12\x01\x03\0\x01\0\0\0)[\x02-\x08]',
    re.DOTALL)
_DEPTH = {'16UC1': 'u2', '32FC1': 'f4'}     # millimetres and metres (REP-118)


def frame_of_image(camera: str, view: ImageView, received_ns: int) -> Frame:
    """Return a sensor_msgs/Image as a frame whose pixels are converted when asked for."""
    return Frame(camera, view.stamp_ns or received_ns, received_ns, view.width, view.height, None,
                 partial(image_to_bgr, view), size_bytes=len(view.data))


def frame_of_compressed(camera: str, view: CompressedImageView, received_ns: int) -> Frame:
    """Return a sensor_msgs/CompressedImage as a frame; raises FrameError where it is none.

    Boxes are of the pixels as they are stored. A JPEG that asks to be turned when it is shown has
    only pixels here, so that it is encoded anew and no browser turns it from under its boxes.
    """
    data = view.data
    if 'compressedDepth' in view.format:
        data = data[_DEPTH_HEADER_BYTES:]
    try:
        width, height, is_jpeg, pixels_at = picture_size(data)
    except FrameError as error:
        raise FrameError(f'compressed image of format {view.format[:40]!r}: {error}') from error
    if is_jpeg and b'\xff\xd9' not in bytes(data[-64:]):
        raise FrameError(f'JPEG of {len(data)} bytes is cut off: it has no end marker')
    if not 0 < width * height <= _PIXELS_MAX:
        raise FrameError(f'compressed image says it is {width} x {height} pixels')
    as_it_is = is_jpeg and not _TURNED.search(data[:pixels_at])
    return Frame(camera, view.stamp_ns or received_ns, received_ns, width, height,
                 data if as_it_is else None, partial(_decompress, data), size_bytes=len(data))


def image_to_bgr(view: ImageView) -> np.ndarray:
    """Return uint8 (height, width, 3) BGR, a view of the message where it is that already.

    Raises FrameError. Depth images become grey, near bright, unknown black.
    """
    if view.encoding in _PLAIN:
        kind, channels, conversion = _PLAIN[view.encoding]
        pixels = _pixels(view, kind, channels)
        if conversion:
            import cv2
            try:
                pixels = cv2.cvtColor(pixels, getattr(cv2, conversion))
            except cv2.error as cause:
                raise FrameError(f'{_describe(view)}: {cause.err}') from cause
        return (pixels >> 8).astype(np.uint8) if kind == 'u2' else pixels
    if view.encoding in _DEPTH:
        return _depth_to_bgr(_pixels(view, _DEPTH[view.encoding], 1))
    return _by_cv_bridge(view)


def _describe(view: ImageView) -> str:
    return f'image {view.width} x {view.height} {view.encoding[:40]!r} step {view.step}'


def _pixels(view: ImageView, kind: str, channels: int) -> np.ndarray:
    """Return (h, w) or (h, w, channels) in native byte order, without copying where possible."""
    order = '>' if view.is_bigendian else '<'
    dtype = np.dtype(order + kind if kind != 'u1' else kind)
    row_bytes = view.width * channels * dtype.itemsize
    step = view.step or row_bytes
    if not (view.width and view.height):
        raise FrameError(f'{_describe(view)} is empty')
    needed = step * (view.height - 1) + row_bytes
    if step < row_bytes or len(view.data) < needed:
        raise FrameError(f'{_describe(view)} has {len(view.data)} bytes of pixels; a row needs '
                         f'{row_bytes}, all rows {needed}')
    strides = (step, channels * dtype.itemsize, dtype.itemsize)
    pixels = np.ndarray((view.height, view.width, channels), dtype, view.data, 0, strides)
    if channels == 1:
        pixels = pixels[:, :, 0]
    return pixels.astype(dtype.newbyteorder('='), copy=False)


def _depth_to_bgr(depth: np.ndarray) -> np.ndarray:
    depth = depth.astype(np.float32, copy=False)
    known = np.isfinite(depth) & (depth > 0)
    sample = depth[::4, ::4][known[::4, ::4]]
    if not len(sample):
        sample = depth[known]
    if not len(sample):
        return np.zeros((*depth.shape, 3), np.uint8)
    far, near = np.percentile(sample, _FAR_NEAR)
    scaled = (far - np.where(known, depth, far)) * (254.0 / max(far - near, 1e-6)) + 1.0
    grey = np.where(known, np.clip(scaled, 1, 255), 0).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _by_cv_bridge(view: ImageView) -> np.ndarray:
    """Convert what is not in the tables; apt's cv_bridge knows more encodings."""
    try:
        from cv_bridge import CvBridge
        from sensor_msgs.msg import Image
    except ImportError as cause:
        raise FrameError(f'{_describe(view)}: this encoding needs cv_bridge, which is not '
                         'installed (ros-$ROS_DISTRO-cv-bridge)') from cause
    message = Image(height=view.height, width=view.width, encoding=view.encoding, step=view.step,
                    is_bigendian=view.is_bigendian, data=bytes(view.data))
    try:
        return CvBridge().imgmsg_to_cv2(message, 'bgr8')
    except Exception as cause:  # a foreign library's any error is about this one frame
        raise FrameError(f'{_describe(view)}: {cause}') from cause


def _decompress(data: memoryview) -> np.ndarray:
    import cv2
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as cause:
        raise FrameError(f'compressed image of {len(data)} bytes: {cause.err}') from cause
    if picture is None:
        raise FrameError(f'compressed image of {len(data)} bytes cannot be read')
    if picture.ndim == 2:
        if picture.dtype != np.uint8:
            return _depth_to_bgr(picture)
        return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    return picture[:, :, :3] if picture.shape[2] == 4 else picture
