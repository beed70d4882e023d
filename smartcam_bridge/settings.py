"""Every setting in one table: ROS parameters, docs/parameters.md and config/bridge.yaml follow."""
from dataclasses import dataclass
import os
from pathlib import Path
from typing import Mapping

from smartcam_bridge.errors import SettingsError
from smartcam_bridge.setting_rules import contradictions
from smartcam_bridge.specs import setting, Spec, specs_of, Value


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one bridge, valid as a whole. Immutable; a change makes a new one."""

    # Node
    autostart: bool = setting(True, 'Configure and activate by itself at start.')
    executor: str = setting(
        'auto', 'rclpy executor; auto takes events where rclpy has it, else single.',
        choices=('auto', 'events', 'single'))
    cameras: tuple[str, ...] = setting(
        ('camera',), 'Cameras that exist from the first start on; more can be added over REST. '
        'A name is also the prefix of the topics.')
    frame_width: int = setting(
        0, 'Width of the frames of a camera that publishes neither CameraInfo nor images; '
        '0: unknown.', 'px', between=(0, 65535))
    frame_height: int = setting(
        0, 'Height of the same frames; 0: unknown.', 'px', between=(0, 65535))
    waiting_max: int = setting(
        300, 'Box messages per camera that wait until the size of its frame is known.',
        'messages', between=(0, 10000))
    boxes_depth: int = setting(
        100, 'QoS history depth of subscriptions of detections, tracks, faces and embeddings.',
        'messages', between=(1, 10000))
    frames_depth: int = setting(
        5, 'QoS history depth of image subscriptions.', 'messages', between=(1, 100))

    # Tracks
    confirm_hits: int = setting(
        3, 'Observations after which a track is believed and stored.', 'observations',
        between=(1, 1000), live=True)
    confirm_score: float = setting(
        0.5, 'And the median of its last 10 scores, a miss counting 0, must be this much.',
        between=(0, 1), live=True)
    rejoin_s: float = setting(
        2.0, 'A track that is seen again sooner goes on, under its id or under another one where '
        'it was expected; else it ends.', 's', between=(0.1, 3600), live=True)
    min_score: float = setting(
        0.0, 'Boxes with a lower score are left out.', between=(0, 1), live=True)
    min_area: float = setting(
        0.0, 'Smaller boxes are left out.', 'of the frame', between=(0, 1), live=True)
    max_area: float = setting(
        1.0, 'Larger boxes are left out.', 'of the frame', between=(0, 1), live=True)
    min_aspect: float = setting(
        0.0, 'Boxes whose width by height is less are left out.', between=(0, 1000), live=True)
    max_aspect: float = setting(
        1000.0, 'Boxes whose width by height is more are left out.', between=(0, 1000),
        live=True)
    track_detections: bool = setting(
        True, 'Follow detections with the built-in tracker where nobody publishes tracks.',
        live=True)
    offline_after_s: float = setting(
        3.0, 'A camera that sent nothing for this long is offline, and its tracks end.', 's',
        between=(0.5, 3600), live=True)
    track_save_s: float = setting(
        5.0, 'How often the row of an open track is brought up to date.', 's',
        between=(0.5, 600), live=True)

    # Robot
    pose_topic: str = setting(
        '', 'Where the robot is (nav_msgs/Odometry, geometry_msgs/PoseStamped or '
        "PoseWithCovarianceStamped); 'tf' asks TF, where tf2_ros is installed; empty: it does "
        'not move.')
    pose_tf_world: str = setting('map', "Frame that poses are in where pose_topic is 'tf'.")
    pose_tf_robot: str = setting('base_link', "Frame of the robot where pose_topic is 'tf'.")
    pose_age_max_s: float = setting(
        1.0, 'A pose farther away in time than this is not taken for where something happened.',
        's', between=(0.01, 3600), live=True)
    moving_speed_m_s: float = setting(
        0.05, 'Driving faster than this a robot moves: zones, tripwires, stationary tracks and '
        'heat maps of its cameras do not count (but count_while_moving of a camera).', 'm/s',
        between=(0, 100), live=True)
    moving_turn_rad_s: float = setting(
        0.05, 'Turning faster than this it moves too.', 'rad/s', between=(0, 100), live=True)
    moving_settle_s: float = setting(
        1.0, 'It stands still after so long below both limits.', 's', between=(0, 600),
        live=True)

    # Store
    data_dir: str = setting(
        '', 'Folder of the database, backups and run files; empty: $SMARTCAM_DATA_DIR, else '
        '$XDG_DATA_HOME/smartcam_bridge, else ~/.local/share/smartcam_bridge.')
    commit_period_s: float = setting(
        0.5, 'At most this much is lost when the process is killed; when power fails, also what '
        'the operating system had not yet written.', 's', between=(0.02, 60), live=True)
    event_period_s: float = setting(
        0.1, 'An event is committed, and then told, at most this much later.', 's',
        between=(0.02, 60), live=True)
    commit_rows: int = setting(
        1000, 'A commit happens earlier when so many rows wait.', 'rows', between=(1, 100000),
        live=True)
    queue_max: int = setting(
        20000, 'Bound of the recorder queue; from 80 % on observations are thinned. Tracks and '
        'events have as many places of their own.', 'tasks',
        between=(100, 1000000))
    observations_keep_h: float = setting(
        72.0, 'Observations older than this are purged; 0 keeps them.', 'h',
        between=(0, 100000), live=True)
    tracks_keep_days: float = setting(
        30.0, 'Tracks that ended longer ago than this are purged; 0 keeps them.', 'days',
        between=(0, 10000), live=True)
    events_keep_days: float = setting(
        30.0, 'Events older than this are purged; 0 keeps them.', 'days', between=(0, 10000),
        live=True)
    media_keep_days: float = setting(
        14.0, 'Pictures of tracks are purged when they are older than this; 0 keeps them.',
        'days', between=(0, 10000), live=True)
    rollups_keep_days: float = setting(
        1826.0, 'Sums per minute, of which analytics are made, are purged when they are older '
        'than this; 0 keeps them.', 'days', between=(0, 100000), live=True)
    database_max_mb: int = setting(
        20000, 'When the database holds more, the oldest goes: boxes, then tracks and events, '
        'sums at last; 0: no limit.', 'MB', between=(0, 100000000), live=True)
    media_max_mb: int = setting(
        5000, 'When the pictures take more, the oldest go; 0: no limit.', 'MB',
        between=(0, 100000000), live=True)
    disk_low_mb: int = setting(
        1000, 'With less free an alarm is raised; at most a tenth of the disk; 0: never.', 'MB',
        between=(0, 100000000), live=True)
    disk_critical_mb: int = setting(
        300, 'With less free no new pictures are kept, with half of it free the oldest go; at '
        'most 3 % of the disk; 0: never.', 'MB', between=(0, 100000000), live=True)
    backups_keep: int = setting(
        5, 'Newest backups that are kept.', 'files', between=(1, 1000), live=True)

    severities: tuple[str, ...] = setting(
        ('',), 'Which events matter more or less than usual, as TYPE=SEVERITY, '
        'TYPE@CAMERA=SEVERITY or TYPE@CAMERA/SHAPE=SEVERITY, like '
        'dwell_exceeded@front/yard=alert; SHAPE is the name of a zone or tripwire, * is any, '
        'SEVERITY info, notice, warning or alert. The last that matches counts. Empty texts are '
        'ignored.', live=True)

    # Best shots
    best_shots: bool = setting(
        True, 'Keep the frame that shows a track best, as a thumbnail and as a whole. Images are '
        'subscribed while there are tracks.', live=True)
    shot_wait_s: float = setting(
        2.0, 'How long a frame is kept for boxes of its stamp, and boxes wait for their frame.',
        's', between=(0.5, 30), live=True)
    shot_ring_mb: float = setting(
        48.0, 'Frames of one camera that are kept for their boxes; raw ones need most.', 'MB',
        between=(0.1, 4096), live=True)
    shot_crop_px: int = setting(
        480, 'Longer side of a thumbnail; smaller ones are not enlarged.', 'px',
        between=(32, 4096), live=True)
    shot_frame_px: int = setting(
        1920, 'Width of the whole frame that is saved; smaller ones are kept as they came.', 'px',
        between=(64, 16384), live=True)
    shot_margin: float = setting(
        0.15, 'What a thumbnail shows around its box on each side, as a share of the longer side.',
        '', between=(0, 2), live=True)
    shot_quality: int = setting(
        85, 'JPEG quality of what is saved, where it did not come as a JPEG.', '',
        between=(10, 100), live=True)

    # Faces
    recognition: bool = setting(
        True, 'Recognise people from the face embeddings that are published; off, none are '
        'subscribed. Each camera can be off too, or have hours (recognition of the camera).',
        live=True)
    face_model: str = setting(
        'sface', 'Who made the embeddings of cameras that do not say (face_model of the camera). '
        'Vectors of different models are never compared.')
    face_thresholds: tuple[str, ...] = setting(
        ('',), 'From which cosine on two faces are one person, as MODEL=COSINE; known without it: '
        'sface 0.363, arcface 0.40. Empty texts are ignored.', live=True)
    face_margin: float = setting(
        0.05, 'A name is given only where the next best person is less similar by this much.',
        between=(0, 1), live=True)
    face_min_probes: int = setting(
        3, 'Faces of a track that must agree before it has a name or is a stranger.', 'faces',
        between=(1, 100), live=True)
    face_min_px: int = setting(
        32, 'Faces whose shorter side is less are not looked at.', 'px', between=(1, 4096),
        live=True)
    face_min_quality: float = setting(
        0.2, 'Faces of lower quality are not looked at.', between=(0, 1), live=True)
    face_pair_wait_s: float = setting(
        2.0, 'How long faces wait for the embeddings of their stamp, and these for them.', 's',
        between=(0.05, 60), live=True)
    enroll_min_px: int = setting(
        64, 'A face is enrolled only if its shorter side is as long as this.', 'px',
        between=(1, 4096), live=True)
    enroll_min_sharpness: float = setting(
        0.3, 'And only if it is as sharp as this.', between=(0, 1), live=True)
    enroll_duplicate: float = setting(
        0.98, 'And only if no template of that person is more similar than this.',
        between=(0.5, 1), live=True)
    gallery_max_mb: int = setting(
        512, 'Memory that templates may take; more are refused.', 'MB', between=(1, 1000000))
    stranger_window_h: float = setting(
        12.0, 'A stranger who comes again within so long is not told again.', 'h',
        between=(0, 100000), live=True)
    strangers_keep_days: float = setting(
        14.0, 'Strangers who were not seen for so long are purged; 0 keeps them.', 'days',
        between=(0, 10000), live=True)
    sightings_keep_days: float = setting(
        14.0, 'Embeddings of faces that were seen are purged when they are older than this (those '
        'of people who are enrolled stay in their templates); 0 keeps them.', 'days',
        between=(0, 10000), live=True)

    # Web
    http_host: str = setting('127.0.0.1', 'Address to listen on; loopback unless you change it.')
    http_port: int = setting(
        8080, 'Port to listen on; 0 takes a free one (see actual_port).', between=(0, 65535))
    allowed_origins: tuple[str, ...] = setting(
        ('',), 'Further origins (https://host:port) whose pages may use this bridge, besides its '
        'own. Empty texts are ignored.')
    session_h: float = setting(
        168.0, 'How long a browser stays logged in.', 'h', between=(0.1, 10000), live=True)
    body_max_kb: int = setting(
        256, 'Largest accepted request body.', 'kB', between=(1, 65536))
    live_clients_max: int = setting(
        32, 'WebSocket clients and MJPEG viewers at once, each counted apart.', 'clients',
        between=(1, 10000), live=True)
    jpeg_quality: int = setting(
        80, 'Quality of frames that are encoded here.', '', between=(10, 100), live=True)
    encode_threads: int = setting(
        1, 'Threads that resize and encode frames.', 'threads', between=(1, 8))
    frame_linger_s: float = setting(
        5.0, 'Images stay subscribed for this long after the last viewer left.', 's',
        between=(0, 600), live=True)

    @classmethod
    def from_values(cls, values: Mapping[str, Value]) -> 'Settings':
        """Return the settings with `values` in place of defaults; raise SettingsError with all."""
        specs = {spec.name: spec for spec in SPECS}
        problems = [f'{name}: there is no such setting' for name in values if name not in specs]
        values = {name: specs[name].widened(value) for name, value in values.items()
                  if name in specs}
        wrong = {name: text for name, value in values.items()
                 if (text := specs[name].problem(value))}
        good = {name: values.get(name, spec.default) for name, spec in specs.items()
                if name not in wrong}
        if problems := problems + [*wrong.values(), *contradictions(good)]:
            raise SettingsError(problems)
        return cls(**values)

    def changed(self, values: Mapping[str, Value]) -> 'Settings':
        """Return the settings with live `values` changed; raise SettingsError with all."""
        live = {spec.name for spec in SPECS if spec.live}
        fixed = [f'{name}: can only be set at start' for name in values if name not in live]
        if fixed:
            raise SettingsError(fixed)
        current = {spec.name: getattr(self, spec.name) for spec in SPECS}
        return Settings.from_values(current | dict(values))


def default_data_dir() -> Path:
    """Return the folder that is used where `data_dir` is empty: one rule for node and CLI."""
    if chosen := os.environ.get('SMARTCAM_DATA_DIR'):
        return Path(chosen)
    base = Path(os.environ.get('XDG_DATA_HOME', ''))
    if not base.is_absolute():  # unset, or relative, which the XDG specification says to ignore
        base = Path.home() / '.local' / 'share'
    return base / 'smartcam_bridge'


SPECS: tuple[Spec, ...] = specs_of(Settings)
