"""A heat map as a picture: an even scale of colours, over what the camera shows or alone."""
import functools

import numpy as np

PLAIN_PX = (960, 540)   # width and height where there is no picture below
WIDEST_PX = 960

_ALPHA = 0.85           # of the hottest cell over a picture
# The scale goes along a line through Oklab, in which equal distances look equally far apart:
# lightness grows evenly while the hue turns from violet over green to yellow.
_LIGHTNESS = (0.24, 0.92)
_HUE_DEG = (305.0, 105.0)
_CHROMA = 0.125
# https://bottosson.github.io/posts/oklab/
_LMS = np.array([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728],
                 [1, -0.0894841775, -1.2914855480]])
_RGB = np.array([[4.0767416621, -3.3077115913, 0.2309699292],
                 [-1.2684380046, 2.6097574011, -0.3413193965],
                 [-0.0041960863, -0.7034186147, 1.7076147010]])


@functools.lru_cache(maxsize=1)
def scale() -> np.ndarray:
    """Return the colours from nothing to most, uint8 (256, 3), RGB. Never written."""
    share = np.linspace(0, 1, 256)
    hue = np.deg2rad(_HUE_DEG[0] + (_HUE_DEG[1] - _HUE_DEG[0]) * share)
    lab = np.stack([_LIGHTNESS[0] + (_LIGHTNESS[1] - _LIGHTNESS[0]) * share,
                    _CHROMA * np.cos(hue), _CHROMA * np.sin(hue)], axis=1)
    linear = np.clip((lab @ _LMS.T) ** 3 @ _RGB.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def heat_png(cells: np.ndarray, below: np.ndarray | None) -> bytes:
    """Return a PNG of counts (rows, columns). Takes some 20 ms; any thread.

    below: BGR uint8 (height, width, 3) that it is laid over, shrunk to WIDEST_PX; None: nothing.
    Shown is the square root of a count, as a share of the greatest, so that little is seen too.
    """
    import cv2  # 40 MB that a bridge without viewers does not need
    if below is not None and below.shape[1] > WIDEST_PX:
        height = max(1, round(below.shape[0] * WIDEST_PX / below.shape[1]))
        below = cv2.resize(below, (WIDEST_PX, height), interpolation=cv2.INTER_AREA)
    size = PLAIN_PX if below is None else below.shape[1::-1]
    share = np.sqrt(cells / max(int(cells.max()), 1)).astype(np.float32)
    share = np.clip(cv2.resize(share, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    picture = scale()[np.rint(share * 255).astype(np.uint8)][..., ::-1]
    if below is not None:
        alpha = _ALPHA * np.sqrt(share)[..., None]
        picture = np.rint(picture * alpha + below * (1 - alpha)).astype(np.uint8)
    _, png = cv2.imencode('.png', np.ascontiguousarray(picture),
                          [cv2.IMWRITE_PNG_COMPRESSION, 3])
    return png.tobytes()
