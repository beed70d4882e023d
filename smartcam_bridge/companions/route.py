"""Where a robot that drives round a square is, exactly, at any time."""
from dataclasses import dataclass
import math

_SIDE_M = 4.0
_SPEED_M_S = 0.8
_TURN_RAD_S = 0.6
_STAND_S = 3.0
_LEGS = (
    (_SIDE_M / _SPEED_M_S, _SPEED_M_S, 0.0),
    (_STAND_S, 0.0, 0.0),
    (math.pi / 2 / _TURN_RAD_S, 0.0, _TURN_RAD_S),
    (_STAND_S, 0.0, 0.0),
) * 4
"""Seconds, m/s forward and rad/s to the left of each leg."""
LAP_S = sum(seconds for seconds, _, _ in _LEGS)


@dataclass(frozen=True, slots=True)
class Drive:
    """Where the robot is and what it does: metres, radians, counterclockwise from x to y."""

    x: float
    y: float
    yaw: float
    speed_m_s: float = 0.0
    turn_rad_s: float = 0.0


def drive(seconds: float) -> Drive:
    """Return the state so many seconds (from 0 on) after the start in a corner of the square."""
    x = y = -_SIDE_M / 2
    yaw, left_s = 0.0, seconds % LAP_S
    speed = turn = 0.0
    for leg_s, speed, turn in _LEGS:
        spent_s = min(left_s, leg_s)
        x += spent_s * speed * math.cos(yaw)
        y += spent_s * speed * math.sin(yaw)
        yaw += spent_s * turn
        left_s -= spent_s
        if left_s <= 0:
            break
    return Drive(x, y, math.remainder(yaw, 2 * math.pi), speed, turn)
