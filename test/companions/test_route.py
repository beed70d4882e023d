import math

import pytest
from smartcam_bridge.companions.route import drive, LAP_S


def test_a_lap_ends_where_it_began():
    begin, end = drive(0), drive(LAP_S - 1e-9)
    assert (begin.x, begin.y, begin.yaw) == pytest.approx((-2, -2, 0))
    assert (end.x, end.y) == pytest.approx((-2, -2)) and end.yaw == pytest.approx(0, abs=1e-6)
    assert drive(LAP_S * 3 + 7.0).x == pytest.approx(drive(7.0).x)


def test_the_corners_of_the_square_are_passed():
    leg_s = LAP_S / 4
    assert [(round(drive(leg_s * n).x), round(drive(leg_s * n).y)) for n in range(4)] == [
        (-2, -2), (2, -2), (2, 2), (-2, 2)]


def test_what_is_told_of_the_motion_is_how_it_moves():
    step_s = 1e-4
    for n in range(1, 400):
        at_s = n * LAP_S / 397
        here, then = drive(at_s), drive(at_s + step_s)
        if here.speed_m_s == then.speed_m_s and here.turn_rad_s == then.turn_rad_s:
            assert math.hypot(then.x - here.x, then.y - here.y) == pytest.approx(
                here.speed_m_s * step_s, abs=1e-9)
            assert math.remainder(then.yaw - here.yaw, 2 * math.pi) == pytest.approx(
                here.turn_rad_s * step_s, abs=1e-9)


def test_it_drives_turns_and_stands():
    states = [drive(n / 10) for n in range(round(LAP_S * 10))]
    assert any(s.speed_m_s for s in states) and any(s.turn_rad_s for s in states)
    assert not any(s.speed_m_s and s.turn_rad_s for s in states)
    assert sum(not s.speed_m_s and not s.turn_rad_s for s in states) / len(states) > 0.3
