"""The parameters of the companions, each in one table as the bridge's are."""
from dataclasses import dataclass

from smartcam_bridge.specs import setting


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """Parameters of `demo_scene`."""

    cameras: tuple[str, ...] = setting(
        ('front', 'rear', 'left', 'right'), 'Cameras; a name is also the prefix of the topics.')
    objects: int = setting(
        10, 'Objects that each camera sees at any time.', 'objects', between=(0, 1000))
    rate_hz: float = setting(
        30.0, 'Messages of boxes per second and camera.', 'Hz', between=(0.1, 1000))
    frame_hz: float = setting(
        15.0, 'Pictures per second and camera, at most rate_hz; drawn only while subscribed.',
        'Hz', between=(0.1, 1000))
    width: int = setting(960, 'Width of the pictures.', 'px', between=(64, 8192))
    height: int = setting(540, 'Height of the pictures.', 'px', between=(64, 8192))
    frames: str = setting(
        'compressed', 'Which pictures are offered: <camera>/image/compressed, <camera>/image.',
        choices=('compressed', 'raw', 'both', 'none'))
    boxes: str = setting(
        'both', 'Which boxes are offered: <camera>/tracks, <camera>/detections.',
        choices=('tracks', 'detections', 'both'))
    jpeg_quality: int = setting(80, 'Quality of compressed pictures.', '', between=(10, 100))
    duration_s: float = setting(
        0.0, 'Scene time after which the node ends; 0: never.', 's', between=(0, 1e6))
    seed: int = setting(
        1, 'The same seed gives the same scene.', '', between=(0, 2**31 - 1))
    wait_for_subscribers: float = setting(
        0.0, 'Begin when boxes (and faces) of every camera have subscribers, at the latest after '
        'this time; 0: at once.', 's', between=(0, 3600))
    truth_path: str = setting(
        '', 'File to write at the end: exactly what was sent, as JSON; empty: none.')

    drives: bool = setting(
        False, 'A robot that drives and turns carries the cameras (front, left, rear, right; '
        'others look a quarter turn further each) through a flat world of as many objects.')
    pose_topic: str = setting(
        'odom', 'nav_msgs/Odometry, where the robot drives.')
    pose_hz: float = setting(
        20.0, 'Poses per second.', 'Hz', between=(0.1, 1000))

    # What is wrong with detections; tracks stay exact.
    occlusion: bool = setting(
        False, 'Detections are cut, fainter or missing where something else stands in front.')
    pillars: int = setting(
        0, 'Pillars in front of the street, which hide what is behind them from detections.',
        'pillars', between=(0, 20))
    miss_rate: float = setting(
        0.0, 'Share of detections that are missing or, every other one, have a low score.', '',
        between=(0, 1))
    false_rate: float = setting(
        0.0, 'False boxes in a message of detections, on average.', 'boxes', between=(0, 1000))
    mislabel_rate: float = setting(
        0.0, 'Share of detections with a wrong label.', '', between=(0, 1))
    jitter: float = setting(
        0.0, 'How far the sides of detections are off, in sizes of the box (a sigma), and their '
        'scores.', '', between=(0, 1))

    # Faces, and embeddings as of ArcFace.
    faces: bool = setting(
        False, 'People of the street come near, have faces (<camera>/faces, '
        '<camera>/face_embeddings) and come again, in any camera.')
    identities: int = setting(
        30, 'People who can be enrolled (gallery_path).', 'people', between=(0, 1000))
    strangers: int = setting(
        10, 'People besides, who are in no gallery.', 'people', between=(0, 1000))
    lookalikes: int = setting(
        0, 'Pairs of people who look alike, and as many strangers who look like somebody.',
        'pairs', between=(0, 300))
    lookalike_cosine: float = setting(
        0.5, 'How alike those are; no two others are more than 0.5.', '', between=(0, 0.99))
    face_hz: float = setting(
        5.0, 'Messages of faces per second and camera, at most rate_hz.', 'Hz',
        between=(0.1, 1000))
    face_delay_s: float = setting(
        0.1, 'Faces are published so much later than the boxes of their stamp.', 's',
        between=(0, 10))
    face_after_s: float = setting(
        0.0, 'Scene time before which there are no faces, so that people can be enrolled.', 's',
        between=(0, 1e6))
    face_no_id: float = setting(
        0.2, 'Share of faces that do not say which track they belong to.', '', between=(0, 1))
    face_poor: float = setting(
        0.2, 'Share of seconds in which somebody is turned away or blurred.', '', between=(0, 1))
    gallery_path: str = setting(
        '', 'File to write at the start: what the people are enrolled with, for smartcam enroll; '
        'empty: none.')
    gallery_templates: int = setting(
        3, 'Templates of each of them.', 'templates', between=(1, 100))


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """Parameters of `video_source`."""

    source: str = setting(
        '', 'A video file, the number of a webcam, or an address (rtsp://...). $NAME stands for '
        'an environment variable, so that a password need not be a parameter.')
    camera: str = setting('camera', 'Name of the camera; the prefix of the topics.')
    loop: bool = setting(False, 'Begin a file again at its end; ids and stamps go on.')
    compressed: bool = setting(True, 'Offer <camera>/image/compressed.')
    raw: bool = setting(False, 'Offer <camera>/image.')
    jpeg_quality: int = setting(80, 'Quality of compressed pictures.', '', between=(10, 100))
    wait_for_subscribers: float = setting(
        0.0, 'Begin when the tracks have a subscriber, at the latest after this time; 0: at '
        'once.', 's', between=(0, 3600))
    report_path: str = setting(
        '', 'File to write at the end: exactly what was sent, as JSON; empty: none.')
