"""Objects that move about a robot on flat ground, and what its cameras see of them."""
from dataclasses import dataclass, field
import math

import numpy as np

from smartcam_bridge.companions.route import Drive
from smartcam_bridge.companions.scene import Kind, KINDS, Look, Moment

FIELD_OF_VIEW = math.radians(70)
"""Horizontal, of the pinhole camera that sees and that camera_info describes."""
CAMERA_HEIGHT_M = 1.2   # above the robot's place, which is every camera's place
_REACH_M = 12.0         # objects turn back so far from the origin, in x and in y
_TALL_M = {'person': 1.7, 'bicycle': 1.6, 'car': 1.5, 'truck': 3.0, 'dog': 0.6}
_DEPTHS_M = (1.5, 14.0)     # nearer and farther ones are not seen
_SHARES = (0.3, 0.15)       # of one in the frame, from which it is met, and seen on
_LEAST_PX = 8
_SPRITE_PX = 200            # height of a figure's picture, which is scaled to what is seen


def mount_rad(camera: str, number: int) -> float:
    """Return to where a camera looks, from the robot's ahead counterclockwise."""
    turns = {'front': 0, 'left': 1, 'rear': 2, 'right': 3}
    return turns.get(camera, number) * math.pi / 2


class World:
    """Who is where at any time. Any thread: nothing changes.

    Everybody moves at constant velocity and turns back at the edges of a square.
    """

    def __init__(self, *, seed: int, objects: int) -> None:
        rng = np.random.default_rng(seed)
        often = np.array([kind.often for kind in KINDS])
        self.kinds: list[Kind] = [
            KINDS[k] for k in rng.choice(len(KINDS), objects, p=often / often.sum())]
        self.tall_m = np.array([_TALL_M[kind.label] for kind in self.kinds])
        self.tall_m *= rng.uniform(0.9, 1.1, objects)
        self.wide_m = self.tall_m * [kind.wide for kind in self.kinds]
        self.tints = rng.random(objects)
        self._begin = rng.uniform(-_REACH_M, _REACH_M, (objects, 2))
        ways = rng.uniform(0, 2 * math.pi, objects)
        speeds = self.tall_m * [rng.uniform(*kind.speed) for kind in self.kinds]
        self._velocities = np.stack([np.cos(ways), np.sin(ways)], axis=1) * speeds[:, None]

    def at(self, seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """Return places in metres and velocities in m/s, float64 (n, 2) both."""
        way = np.mod(self._begin + self._velocities * seconds + _REACH_M, 4 * _REACH_M)
        back = way > 2 * _REACH_M
        return (np.where(back, 4 * _REACH_M - way, way) - _REACH_M,
                np.where(back, -self._velocities, self._velocities))


@dataclass(slots=True, eq=False)
class View:
    """One camera of the robot. One thread at a time.

    An object has an id of the tracker's for as long as it stays in view, and a new one next time.
    """

    world: World
    mount_rad: float
    width: int
    height: int
    rng: np.random.Generator
    _met: int = 0
    _in_view: dict[int, Look] = field(default_factory=dict)    # by the object's number

    def look(self, step: int, seconds: float, robot: Drive) -> Moment:
        """Return what is seen from there at that time."""
        spots, velocities = self.world.at(seconds)
        yaw = robot.yaw + self.mount_rad
        ahead, right = np.array([(math.cos(yaw), math.sin(yaw)), (math.sin(yaw), -math.cos(yaw))])
        away = spots - (robot.x, robot.y)
        depths = away @ ahead
        whole = self._project(np.maximum(depths, 1e-3), away @ right)
        corners = np.clip(whole, 0, (self.width, self.height) * 2)
        seen = np.flatnonzero(self._is_seen(depths, whole, corners)).tolist()
        rightwards = velocities @ right > 0
        self._in_view = {i: self._in_view.get(i) or self._meet(i, bool(rightwards[i]))
                         for i in seen}
        looks = tuple(self._in_view.values())
        scores = 0.85 - 0.02 * depths[seen] + self.rng.normal(0, 0.02, len(seen))
        return Moment(
            step, looks, corners[seen], whole[seen], -depths[seen], np.clip(scores, 0.3, 0.99),
            tuple(look.kind.label for look in looks), tuple(look.tracker_id for look in looks),
            heading_px=-yaw * self._focal_px - self.width / 2, objects=tuple(map(str, seen)),
            spots=spots[seen])

    @property
    def _focal_px(self) -> float:
        return focal_px(self.width)

    def _project(self, depths: np.ndarray, rightwards: np.ndarray) -> np.ndarray:
        """Return corners of whole figures, (n, 4) in pixels; the camera looks level."""
        scale = self._focal_px / depths
        middle, half = self.width / 2 + scale * rightwards, scale * self.world.wide_m / 2
        feet = self.height / 2 + scale * CAMERA_HEIGHT_M
        return np.stack([middle - half, feet - scale * self.world.tall_m, middle + half, feet],
                        axis=1)

    def _is_seen(self, depths: np.ndarray, whole: np.ndarray, corners: np.ndarray) -> np.ndarray:
        sizes = corners[:, 2:] - corners[:, :2]
        shares = sizes.prod(axis=1) / (whole[:, 2:] - whole[:, :2]).prod(axis=1)
        least = np.full(len(depths), _SHARES[0])
        least[list(self._in_view)] = _SHARES[1]
        near, far = _DEPTHS_M
        return ((depths > near) & (depths < far) & (shares >= least)
                & (sizes >= _LEAST_PX).all(axis=1))

    def _meet(self, number: int, faces_right: bool) -> Look:
        self._met += 1
        kind = self.world.kinds[number]
        return Look(str(self._met), kind, round(_SPRITE_PX * kind.wide), _SPRITE_PX, faces_right,
                    float(self.world.tints[number]))


def focal_px(width: int) -> float:
    """Return the focal length of a camera with frames so wide, in pixels."""
    return width / 2 / math.tan(FIELD_OF_VIEW / 2)
