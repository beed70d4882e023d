"""What of the settings decides over tracks, and over when the robot moves."""
from dataclasses import dataclass

from smartcam_bridge.domain.filters import BoxRules, RULES
from smartcam_bridge.domain.robot import MotionRules
from smartcam_bridge.settings import Settings


@dataclass(frozen=True, slots=True)
class TrackRules:
    """The rules of all cameras' pipelines. One object for as long as they stay the same."""

    confirm_hits: int
    rejoin_s: float
    save_s: float
    offline_after_s: float = 3.0
    track_detections: bool = True
    boxes: BoxRules = BoxRules()


def track_rules(settings: Settings) -> TrackRules:
    """Take the rules from the settings."""
    return TrackRules(
        settings.confirm_hits, settings.rejoin_s, settings.track_save_s,
        settings.offline_after_s, settings.track_detections,
        BoxRules(**{name: getattr(settings, name) for name in RULES}))


def motion_rules(settings: Settings) -> MotionRules:
    """Take the limits from the settings."""
    return MotionRules(settings.moving_speed_m_s, settings.moving_turn_rad_s,
                       settings.moving_settle_s, settings.pose_age_max_s)
