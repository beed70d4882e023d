"""Real networks, but tiny: they find green squares of 32 px and embed their colours.

A face here is a square of mostly green blocks whose corner lies on a multiple of 32 px; which
blocks is who it is. The detector has the outputs of YuNet, as the OpenCV at hand wants them.
"""
import cv2
import numpy as np
from onnx_bytes import Graph

CELL_PX = 32
DIMENSION = 147     # means of 7 x 7 squares, three colours
_GREEN = np.float32([[-0.6, 1.2, -0.6]]) / 255      # 1.2 for pure green, 0 for grey
MEAN = np.float32([45, 225, 45])
POINTS = np.float32([38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366,
                     41.5493, 92.3655, 70.7299, 92.2041]) / 112
OLD_OPENCV = tuple(map(int, cv2.__version__.split('.')[:2])) < (4, 8)


def detector() -> bytes:
    """Return a face detector for the OpenCV at hand."""
    return yunet_2022() if OLD_OPENCV else yunet_2023()


def yunet_2023() -> bytes:
    """Return a network with the outputs of YuNet since 2023."""
    graph = Graph('input', [1, 3, 640, 640])
    for stride in 8, 16, 32:
        pooled = graph.pool('input', stride)
        for name, bias in (('cls', [0]), ('obj', [1]), ('bbox', [.5, .5, 0, 0]), ('kps', POINTS)):
            weights = np.zeros((len(bias), 3))
            if name == 'cls' and stride == CELL_PX:
                weights = _GREEN
            values = graph.convolution(pooled, weights, bias)
            graph.rows(values, (1, -1, len(bias)), f'{name}_{stride}')
            graph.output(f'{name}_{stride}', [1, (640 // stride)**2, len(bias)])
    return graph.model()


def yunet_2022() -> bytes:
    """Return a network with the outputs of YuNet until 2022: three rows for all of its priors."""
    graph = Graph('input', [1, 3, 320, 320])
    parts = {'loc': [], 'conf': [], 'iou': []}
    # In priors of 64 px; that OpenCV reads widths and heights with different variances.
    face = np.array([0, 0, np.log(.5) / .1, np.log(.5) / .2, *(POINTS - .5) * 5])
    for stride, priors in (8, 3), (16, 2), (32, 2), (64, 3):
        pooled = graph.pool('input', stride)
        for name, bias in (('loc', face), ('conf', [0, 0]), ('iou', [1])):
            weights = np.zeros((len(bias) * priors, 3))
            if name == 'conf' and stride == CELL_PX:
                weights[1] = _GREEN
            values = graph.convolution(pooled, weights, np.tile(bias, priors))
            parts[name].append(graph.rows(values, (-1, len(bias))))
    for name, rows in parts.items():
        graph.node('Concat', rows, name, axis=0)
        graph.output(name, ['n', {'loc': 14, 'conf': 2, 'iou': 1}[name]])
    return graph.model()


def recognizer(*, mean: np.ndarray = MEAN, swapped: bool = False) -> bytes:
    """Return a network of 112 x 112: the colours of 49 squares, without `mean`.

    swapped: it wants blue first.
    """
    graph = Graph('data', [1, 3, 112, 112])
    order = np.eye(3)[::-1] if swapped else np.eye(3)
    pooled = graph.pool(graph.convolution('data', order, -np.float32(mean)), 16)
    graph.node('Flatten', [pooled], 'embedding', axis=1)
    graph.output('embedding', [1, DIMENSION])
    return graph.model()


def face(who: int) -> np.ndarray:
    """Return BGR uint8 of one cell, another one for everybody."""
    rng = np.random.default_rng(who)
    blocks = rng.integers([0, 195, 0], [90, 255, 90], (8, 8, 3))
    return np.kron(blocks, np.ones((4, 4, 1))).astype(np.uint8)


def picture(faces: dict[tuple[int, int], int], width: int = 320, height: int = 256) -> np.ndarray:
    """Return a grey picture with faces; faces: who, by column and row of the cell."""
    pixels = np.full((height, width, 3), 120, np.uint8)
    for (column, row), who in faces.items():
        y, x = row * CELL_PX, column * CELL_PX
        pixels[y:y + CELL_PX, x:x + CELL_PX] = face(who)
    return pixels


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Return how alike two embeddings are."""
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
