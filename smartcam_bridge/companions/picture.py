"""Pictures of the scene: flat figures on a painted street, drawn exactly where the boxes are."""
from types import MappingProxyType
from typing import Mapping, Sequence

import cv2
import numpy as np

from smartcam_bridge.companions.portrait import Colour, disc, Points, portrait
from smartcam_bridge.companions.scene import Look, Moment


def _box(x1: float, y1: float, x2: float, y2: float) -> Points:
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]


_COAT, _DARK, _SKIN, _GLASS = range(4)
_PILLAR = (96, 104, 112)
_STRIDES = 2
"""Pictures per figure: two, so that legs move."""
_SHAPES = {
    'person': (
        [(_DARK, [(0.4, 0.5), (0.62, 0.5), (0.28, 1.0), (0.0, 1.0)]),
         (_DARK, [(0.42, 0.5), (0.64, 0.5), (1.0, 1.0), (0.74, 1.0)])],
        [(_DARK, [(0.36, 0.5), (0.54, 0.5), (0.5, 1.0), (0.3, 1.0)]),
         (_DARK, [(0.5, 0.5), (0.68, 0.5), (0.74, 1.0), (0.54, 1.0)]),
         (_SKIN, [(0.62, 0.22), (0.72, 0.2), (1.0, 0.46), (0.92, 0.52)]),
         (_COAT, [(0.3, 0.2), (0.4, 0.24), (0.1, 0.5), (0.0, 0.44)])],
        [(_COAT, [(0.3, 0.2), (0.72, 0.2), (0.8, 0.56), (0.24, 0.56)]),
         (_SKIN, disc(0.33, 0.0, 0.36, 0.18))]),
    'bicycle': (
        [(_DARK, [(0.4, 0.5), (0.5, 0.5), (0.56, 0.88), (0.48, 0.88)])],
        [(_DARK, [(0.4, 0.5), (0.5, 0.5), (0.66, 0.7), (0.58, 0.76)])],
        [(_DARK, disc(0.0, 0.56, 0.44, 0.44)), (_GLASS, disc(0.05, 0.61, 0.34, 0.34)),
         (_DARK, disc(0.56, 0.56, 0.44, 0.44)), (_GLASS, disc(0.61, 0.61, 0.34, 0.34)),
         (_DARK, [(0.22, 0.76), (0.42, 0.52), (0.74, 0.5), (0.78, 0.76), (0.68, 0.56),
                  (0.46, 0.58)]),
         (_COAT, [(0.36, 0.5), (0.5, 0.54), (0.66, 0.24), (0.54, 0.18)]),
         (_COAT, [(0.6, 0.24), (0.66, 0.22), (0.8, 0.44), (0.74, 0.46)]),
         (_SKIN, disc(0.57, 0.0, 0.17, 0.2))]),
    'car': (
        [], [],
        [(_COAT, [(0.0, 0.5), (0.2, 0.42), (0.34, 0.0), (0.72, 0.0), (0.86, 0.42), (1.0, 0.5),
                  (1.0, 0.84), (0.0, 0.84)]),
         (_GLASS, [(0.27, 0.42), (0.37, 0.08), (0.52, 0.08), (0.52, 0.42)]),
         (_GLASS, [(0.56, 0.42), (0.56, 0.08), (0.69, 0.08), (0.79, 0.42)]),
         (_DARK, disc(0.1, 0.62, 0.18, 0.38)), (_DARK, disc(0.72, 0.62, 0.18, 0.38))]),
    'truck': (
        [], [],
        [(_COAT, _box(0.0, 0.0, 0.7, 0.84)), (_SKIN, _box(0.73, 0.26, 1.0, 0.84)),
         (_GLASS, _box(0.83, 0.32, 1.0, 0.54)), (_DARK, disc(0.08, 0.74, 0.15, 0.26)),
         (_DARK, disc(0.44, 0.74, 0.15, 0.26)), (_DARK, disc(0.78, 0.74, 0.15, 0.26))]),
    'dog': (
        [(_DARK, _box(0.18, 0.6, 0.26, 1.0)), (_DARK, _box(0.62, 0.6, 0.7, 1.0))],
        [(_DARK, [(0.18, 0.6), (0.26, 0.6), (0.14, 1.0), (0.06, 1.0)]),
         (_DARK, [(0.62, 0.6), (0.7, 0.6), (0.84, 1.0), (0.76, 1.0)])],
        [(_COAT, _box(0.14, 0.36, 0.74, 0.68)), (_COAT, disc(0.64, 0.0, 0.3, 0.56)),
         (_COAT, _box(0.86, 0.2, 1.0, 0.4)),
         (_COAT, [(0.0, 0.1), (0.06, 0.06), (0.2, 0.44), (0.14, 0.5)])]),
}
"""By label: what only the first stride shows, only the second, and both; in the unit square."""


class Painter:
    """Draws moments of one camera. One thread at a time; keeps a sprite per figure in view.

    panorama: width of the street all around, for a camera that turns; 0: it does not.
    """

    def __init__(self, *, caption: str, width: int, height: int, hue: float,
                 pillars: Sequence[tuple[int, int]] = (), panorama: int = 0) -> None:
        self._street = _street(max(panorama, width), height, hue)
        self._canvas = np.empty((height, width, 3), np.uint8)
        self._caption = caption
        self._pillars = pillars
        self._sprites: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}

    def paint(self, moment: Moment, caption: str,
              players: Mapping[str, int] = MappingProxyType({})) -> np.ndarray:
        """Return the picture, uint8 (height, width, 3) BGR, valid until the next call.

        players: who plays a figure, by its tracker id, and lends it a head of their own.
        """
        self._paint_street(round(moment.heading_px))
        self._sprites = {
            f.tracker_id: self._sprites.get(f.tracker_id)
            or _sprites(f, players.get(f.tracker_id)) for f in moment.figures}
        for i in np.argsort(moment.nearness, kind='stable').tolist():
            figure, (left, top, right, bottom) = moment.figures[i], moment.places[i].tolist()
            stride = int(left / (0.35 * (bottom - top))) % _STRIDES
            sprite = self._sprites[figure.tracker_id][stride]
            size = max(round(right - left), 1), max(round(bottom - top), 1)
            if size != (figure.width, figure.height):
                sprite = [cv2.resize(part, size, interpolation=cv2.INTER_NEAREST)
                          for part in sprite]
            _blit(self._canvas, *sprite, round(left), round(top))
        for left, right in self._pillars:
            self._canvas[:, left:right] = _PILLAR
        cv2.putText(self._canvas, f'{self._caption} {caption}', (12, 28),
                    cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
        return self._canvas

    def _paint_street(self, heading_px: int) -> None:
        left = heading_px % self._street.shape[1]
        ahead = self._street[:, left:left + self._canvas.shape[1]]
        self._canvas[:, :ahead.shape[1]] = ahead
        self._canvas[:, ahead.shape[1]:] = self._street[
            :, :self._canvas.shape[1] - ahead.shape[1]]


def _blit(canvas: np.ndarray, sprite: np.ndarray, mask: np.ndarray, left: int, top: int) -> None:
    x1, y1 = max(left, 0), max(top, 0)
    x2 = min(left + sprite.shape[1], canvas.shape[1])
    y2 = min(top + sprite.shape[0], canvas.shape[0])
    if x1 < x2 and y1 < y2:
        part = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
        cv2.copyTo(sprite[part], mask[part], canvas[y1:y2, x1:x2])


def _sprites(figure: Look, player: int | None) -> list[tuple[np.ndarray, np.ndarray]]:
    *strides, both = _SHAPES[figure.kind.label]
    paints = (_colour(figure.tint, 170, 200), (40, 34, 30), (150, 175, 215), (205, 190, 165))

    def painted(shapes: Sequence[tuple[int, Points]]) -> list[tuple[Colour, Points]]:
        return [(paints[paint], points) for paint, points in shapes]

    head = [] if player is None else portrait(player)
    return [_sprite(figure, painted([*stride, *both]) + head) for stride in strides]


def _sprite(figure: Look, shapes: Sequence[tuple[Colour, Points]],
            ) -> tuple[np.ndarray, np.ndarray]:
    picture = np.zeros((figure.height, figure.width, 3), np.uint8)
    mask = np.zeros((figure.height, figure.width), np.uint8)
    for colour, points in shapes:
        spots = np.array(points)
        if not figure.faces_right:
            spots[:, 0] = 1 - spots[:, 0]
        spots = np.rint(spots * (figure.width - 1, figure.height - 1)).astype(np.int32)
        cv2.fillPoly(picture, [spots], colour)
        cv2.fillPoly(mask, [spots], 255)
    return picture, mask


def _colour(hue: float, saturation: int, value: int) -> Colour:
    pixel = np.array([[[int(hue * 179), saturation, value]]], np.uint8)
    return tuple(int(c) for c in cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0])


def _street(width: int, height: int, hue: float) -> np.ndarray:
    """Paint sky, houses with windows, pavements and a road."""
    street = np.empty((height, width, 3), np.uint8)
    street[:] = np.linspace((225, 190, 150), (240, 225, 210), height)[:, None]
    rng = np.random.default_rng(int(hue * 1e6))
    x, ground = 0, int(0.5 * height)
    while x < width:
        wide, roof = int(width * rng.uniform(0.1, 0.2)), int(height * rng.uniform(0.08, 0.26))
        wall = _colour((hue + rng.uniform(-0.06, 0.06)) % 1, 60, int(rng.integers(120, 180)))
        cv2.rectangle(street, (x, roof), (x + wide, ground), wall, -1)
        pane = max(4, height // 28)
        for left in range(x + pane, x + wide - pane, 2 * pane):
            for top in range(roof + pane, ground - pane, 2 * pane):
                street[top:top + pane, left:left + pane] = (110, 96, 84)
        x += wide
    street[ground:] = (150, 152, 156)
    street[int(0.63 * height):int(0.84 * height)] = (88, 86, 84)
    dash = max(8, width // 24)
    middle, thick = int(0.72 * height), max(2, height // 180)
    for left in range(0, width, 2 * dash):
        street[middle:middle + thick, left:left + dash] = (225, 225, 225)
    return street
