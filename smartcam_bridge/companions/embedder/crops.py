"""Faces cut out of pictures, and what they are worth: size, sharpness, pose, each in [0,1]."""
import cv2
import numpy as np

TEMPLATE_PX = 112
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366],
                     [41.5493, 92.3655], [70.7299, 92.2041]], np.float32)
"""Where ArcFace and SFace want the landmarks in a picture of 112 x 112 (InsightFace's
`arcface_dst`; OpenCV's FaceRecognizerSF has the same)."""

_FULL_SIZE_PX = 112     # more pixels than a model looks at add nothing
_SHARP_PX = 64          # sharpness is looked at in this size: farther blur is a matter of size
_NOISE_SIGMA_PX = 1.0   # noise of the sensor must not count as detail
_CONTRAST_MIN = 25.0    # variance of 5 grey levels; below it is a wall
_SHARP_HALF = 0.025     # detail by contrast at which sharpness is 0.5
_PROFILE = 0.5          # nose off the middle by distances of the eyes: about 45 degrees
_NOSE_DOWN = 0.495      # nose between eyes (0) and mouth (1), in the template


def aligned(pixels: np.ndarray, landmarks: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the face turned, scaled and moved so that its landmarks lie as in the template.

    The similarity of least squares over the landmarks that are known, two at least (Umeyama,
    "Least-squares estimation of transformation parameters", 1991; in the plane a line of complex
    numbers).
    """
    known = np.isfinite(landmarks).all(axis=1)
    there = TEMPLATE[known] * [width / TEMPLATE_PX, height / TEMPLATE_PX]
    here, there = landmarks[known] @ [1, 1j], there @ [1, 1j]
    off = here - here.mean()
    turn = np.vdot(off, there - there.mean()) / max(np.vdot(off, off).real, 1e-9)
    shift = there.mean() - turn * here.mean()
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR)


def plain(pixels: np.ndarray, corners: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the box, as much of it as is in the picture, scaled to width x height."""
    return cv2.resize(_inside(pixels, corners), (width, height), interpolation=cv2.INTER_AREA)


def size_worth(corners: np.ndarray) -> float:
    """Return the shorter side by 112 px, 1 from there on."""
    return float(min(1.0, (corners[2:] - corners[:2]).min() / _FULL_SIZE_PX))


def sharpness(pixels: np.ndarray, corners: np.ndarray) -> float:
    """Return how much fine detail there is for the contrast of the face.

    r / (r + 0.025), where r is the variance of the Laplacian of the grey box, smoothed by a
    Gaussian of 1 px, by the variance of the grey box; that is at most 64 px long. A face in focus
    has about 0.7, blurred by a sigma of a 64th of its length 0.55, by 2 of them 0.33, by 4 0.14.
    """
    face = cv2.cvtColor(_inside(pixels, corners), cv2.COLOR_BGR2GRAY)
    scale = _SHARP_PX / max(face.shape)
    if scale < 1:
        size = [max(1, round(side * scale)) for side in face.shape[::-1]]
        face = cv2.resize(face, size, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(face.astype(np.float32), (0, 0), _NOISE_SIGMA_PX)
    ratio = cv2.Laplacian(smooth, cv2.CV_32F).var() / max(float(face.var()), _CONTRAST_MIN)
    return float(ratio / (ratio + _SHARP_HALF))


def pose(landmarks: np.ndarray) -> float:
    """Return 1 for a face that looks straight at the camera, 0 from about 45 degrees on.

    (1 - yaw) (1 - pitch). yaw: how far the nose is beside the line from between the eyes to the
    middle of the mouth, in half distances of the eyes. pitch: how far it is from its place on
    that line, in half lengths of the line. A head that leans does not count: the crop is turned
    upright. Without the mouth the line is upright to the eyes, and pitch is 0; NaN without nose
    or eyes.
    """
    left, right, nose, *mouth = landmarks.astype(np.float64) @ [1, 1j]
    across = right - left
    if not abs(across) > 0:
        return float('nan')
    # In distances of the eyes, from between them, the eyes level.
    nose, mouth = ((at - (left + right) / 2) / across for at in (nose, sum(mouth) / 2))
    if not np.isfinite(nose):
        return float('nan')
    if not (np.isfinite(mouth) and mouth.imag > 0):
        return float(max(0.0, 1 - abs(nose.real) / _PROFILE))
    along = nose.imag / mouth.imag
    yaw = abs(nose.real - along * mouth.real) / _PROFILE
    pitch = abs(along - _NOSE_DOWN) / 0.5
    return float(max(0.0, 1 - yaw) * max(0.0, 1 - pitch))


def _inside(pixels: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return the part of the picture within the box, one pixel at least."""
    height, width = pixels.shape[:2]
    x1, y1 = np.clip(np.floor(corners[:2]), 0, [width - 1, height - 1]).astype(int)
    x2, y2 = np.clip(np.ceil(corners[2:]), [x1 + 1, y1 + 1], [width, height]).astype(int)
    return pixels[y1:y2, x1:x2]
