"""Node `demo_scene`: a street with moving figures, its pictures, boxes and exact truth."""
import math
import sys
from typing import Callable, Sequence
import zlib

import numpy as np
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.timer import Timer
from smartcam_bridge.companions.camera_topics import CameraTopics
from smartcam_bridge.companions.demo_people import DemoFaces, DemoPeople
from smartcam_bridge.companions.detector import Detector, Faults, pillars
from smartcam_bridge.companions.odometry import FRAME, OdometryTopic
from smartcam_bridge.companions.picture import Painter
from smartcam_bridge.companions.route import drive
from smartcam_bridge.companions.run import run
from smartcam_bridge.companions.scene import KINDS, Moment, NEAR_KINDS, Scene
from smartcam_bridge.companions.sent import SentCamera, SentRobot, write_account
from smartcam_bridge.companions.settings import DemoSettings
from smartcam_bridge.companions.start_gate import StartGate
from smartcam_bridge.companions.world import focal_px, mount_rad, View, World
from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import SettingsError
from smartcam_bridge.ros.parameters import declare
from smartcam_bridge.setting_rules import camera_name_problem
from smartcam_bridge.specs import specs_of

_ACKED_WITHIN = Duration(seconds=3)
_BEHIND_MAX_S = 1.0
"""Further behind than this the clock of the scene is set forward; no step is left out."""


See = Callable[[int], Moment]
"""Tells what a camera sees at a step; asked once for each, in order."""


class _DemoCamera:
    """One camera: what it sees, its picture and its topics."""

    def __init__(self, topics: CameraTopics, settings: DemoSettings, see: See,
                 people: DemoPeople | None) -> None:
        seed = _seed(topics.camera, settings)
        size = {'width': settings.width, 'height': settings.height}
        self.topics = topics
        self.sent = SentCamera(**size)
        self._truth = bool(settings.truth_path)
        faults = Faults(settings.occlusion, settings.pillars, settings.miss_rate,
                        settings.false_rate, settings.mislabel_rate, settings.jitter)
        self._detector = Detector(seed=seed, faults=faults, **size) if faults != Faults() else None
        self._people = people
        self._faces = DemoFaces(people, settings, topics.camera, seed) if people else None
        self._see = see
        self._painter = Painter(
            caption=topics.camera, **size, pillars=pillars(settings.pillars, settings.width),
            hue=(settings.seed if settings.drives else seed) % 997 / 997,   # one world, one street
            panorama=round(2 * math.pi * focal_px(settings.width)) if settings.drives else 0)

    def publish(self, step: int, stamp_ns: int, caption: str | None, faced: bool) -> None:
        """Publish the next step; with a caption and a subscriber, its picture first.

        faced: its faces are looked at, and published when they are due.
        """
        moment = self._see(step)
        players = self._faces.meet(moment) if self._faces else {}
        if caption is not None and self.topics.frames_wanted():
            self.topics.publish_frame(stamp_ns, self._painter.paint(moment, caption, players))
            self.sent.frames += 1
        seen = self._detector.detect(moment) if self._detector else moment
        self.topics.publish_detections(stamp_ns, seen.corners, seen.scores, seen.labels)
        self.topics.publish_tracks(stamp_ns, moment.corners, moment.scores, moment.labels,
                                   moment.ids)
        if self._faces and faced:
            self._faces.see(moment, stamp_ns, players)
        if self._truth:
            self.sent.note_boxes(stamp_ns, moment.corners, moment.labels, moment.ids,
                                 detected=len(seen.labels))
            if moment.spots is not None:
                self.sent.note_spots(moment.ids, moment.objects, moment.spots)
            self.sent.note_people({key: self._people.name(player)
                                   for key, player in players.items()})

    def publish_faces(self, now_ns: int) -> bool:
        """Publish the faces that are due; return whether more will be."""
        if self._faces is None:
            return False
        for stamp_ns, seen in self._faces.due(now_ns):
            self.topics.publish_faces(stamp_ns, seen.corners, seen.scores, seen.quality,
                                      seen.ids, seen.vectors)
            if self._truth:
                self.sent.note_faces(stamp_ns, seen.corners, seen.quality, seen.ids, seen.tracks,
                                     [self._people.name(player) for player in seen.players])
        return self._faces.waiting


class _DemoRobot:
    """The robot that carries the cameras: its odometry, and where it truly was."""

    def __init__(self, node: Node, settings: DemoSettings) -> None:
        self.sent = SentRobot(FRAME)
        self._topic = OdometryTopic(node, settings.pose_topic)
        self._rate_hz = settings.pose_hz
        self._told = 0

    def publish(self, start_ns: int, until_s: float) -> None:
        """Publish the poses up to this scene time."""
        while self._told / self._rate_hz <= until_s:
            seconds = self._told / self._rate_hz
            self._topic.publish(start_ns + round(seconds * NS), drive(seconds))
            self._told += 1

    def note(self, stamp_ns: int, seconds: float) -> None:
        """Account for where it was when boxes were published."""
        at = drive(seconds)
        self.sent.stamps_ns.append(stamp_ns)
        self.sent.poses.append([round(value, 6) for value in (at.x, at.y, at.yaw)])


class DemoScene:
    """Publishes the scenes of all cameras in step. Executor thread only.

    A step's stamp is the start plus step / rate_hz, also where its message goes out late, so that
    pictures, detections and tracks of one step carry exactly the same stamp.
    """

    def __init__(self, node: Node) -> None:
        settings = DemoSettings(**declare(node, specs_of(DemoSettings)))
        names = [name for name in settings.cameras if name]
        _refuse_bad_names(names)
        self.node = node
        self._settings = settings
        self._steps = round(settings.duration_s * settings.rate_hz) or None
        self._robot = _DemoRobot(node, settings) if settings.drives else None
        people = DemoPeople(settings) if settings.faces else None
        if people and settings.gallery_path:
            people.write_gallery(settings.gallery_path, settings.gallery_templates)
        sights = _sights(names, settings, self._steps)
        self._cameras = [_DemoCamera(CameraTopics(
            node, name, jpeg_quality=settings.jpeg_quality,
            compressed=settings.frames in ('compressed', 'both'),
            raw=settings.frames in ('raw', 'both'),
            detections=settings.boxes in ('detections', 'both'),
            tracks=settings.boxes in ('tracks', 'both'), faces=settings.faces), settings, see,
            people)
            for name, see in zip(names, sights)]
        self._gate = StartGate(settings.wait_for_subscribers, self._unmatched,
                               node.get_logger().warning)
        self._step = 0
        self._faces_left = False
        self._start_ns = 0
        self._timers: list[Timer] = []

    def start(self) -> None:
        """Tell the size of the frames, and begin when the gate opens."""
        self._publish_info()
        self._timers = [self.node.create_timer(1 / self._settings.rate_hz, self._tick),
                        self.node.create_timer(1.0, self._publish_info)]

    def finished(self) -> bool:
        """Say whether the last step was published, and the last face."""
        return self._step == self._steps and not self._faces_left

    def close(self) -> None:
        """Wait until subscribers have everything (bounded), then write the truth."""
        for timer in self._timers:
            timer.cancel()
        acked = [camera.topics.wait_acked(_ACKED_WITHIN) for camera in self._cameras]
        if not all(acked):
            self.node.get_logger().warning('a subscriber did not take everything in time')
        if path := self._settings.truth_path:
            write_account(path, {c.topics.camera: c.sent for c in self._cameras},
                          self._robot and self._robot.sent)
            self.node.get_logger().info(f'wrote what was sent to {path}')

    def _unmatched(self) -> list[str]:
        return [topic for c in self._cameras if (topic := c.topics.unmatched())]

    def _tick(self) -> None:
        now_ns = self.node.get_clock().now().nanoseconds
        if not self._start_ns:
            if not self._gate.is_open(now_ns):
                return
            # A quarter of a period back, so that a timer's jitter makes no step wait for the next.
            self._start_ns = now_ns - round(NS / self._settings.rate_hz / 4)
        due = int((now_ns - self._start_ns) * self._settings.rate_hz / NS)
        late_s = (due - self._step) / self._settings.rate_hz
        if late_s > _BEHIND_MAX_S:
            self.node.get_logger().warning(f'set forward by {late_s:.1f} s: too slow, or the '
                                           'clock jumped')
            self._start_ns += round(late_s * NS)
            due = self._step
        due = due if self._steps is None else min(due, self._steps - 1)
        steps = range(self._step, due + 1)
        pictures = (step for step in steps if self._has_turn(step, self._settings.frame_hz))
        pictured = max(pictures, default=None)
        for step in steps:
            self._publish(step, pictured=step == pictured)
        left = [camera.publish_faces(now_ns) for camera in self._cameras]
        self._faces_left = any(left)

    def _has_turn(self, step: int, rate_hz: float) -> bool:
        """Say whether what comes so often comes at this step."""
        share = min(1.0, rate_hz / self._settings.rate_hz)
        return step == 0 or int(step * share) != int((step - 1) * share)

    def _publish(self, step: int, *, pictured: bool) -> None:
        seconds = step / self._settings.rate_hz
        stamp_ns = self._start_ns + round(seconds * NS)
        if self._robot:
            self._robot.publish(self._start_ns, seconds)
            if self._settings.truth_path:
                self._robot.note(stamp_ns, seconds)
        faced = (seconds >= self._settings.face_after_s
                 and self._has_turn(step, self._settings.face_hz))
        for camera in self._cameras:
            camera.publish(step, stamp_ns, f'{seconds:.2f} s' if pictured else None, faced)
        self._step = step + 1

    def _publish_info(self) -> None:
        stamp_ns = self.node.get_clock().now().nanoseconds
        for camera in self._cameras:
            camera.topics.publish_info(stamp_ns, self._settings.width, self._settings.height)


def _sights(names: Sequence[str], settings: DemoSettings, steps: int | None) -> list[See]:
    """Return for each camera what tells what it sees: a street of its own, or one world."""
    size = {'width': settings.width, 'height': settings.height}
    if not settings.drives:
        scenes = [Scene(seed=_seed(name, settings), objects=settings.objects,
                        rate_hz=settings.rate_hz, steps=steps, **size,
                        kinds=NEAR_KINDS if settings.faces else KINDS) for name in names]
        return [lambda step, scene=scene: scene.advance() for scene in scenes]
    world = World(seed=settings.seed, objects=settings.objects)
    views = [View(world, mount_rad(name, number), **size,
                  rng=np.random.default_rng(_seed(name, settings)))
             for number, name in enumerate(names)]

    def see(view: View) -> See:
        rate_hz = settings.rate_hz
        return lambda step: view.look(step, step / rate_hz, drive(step / rate_hz))

    return list(map(see, views))


def _seed(camera: str, settings: DemoSettings) -> int:
    return zlib.crc32(camera.encode()) ^ settings.seed


def _refuse_bad_names(names: list[str]) -> None:
    problems = [text for name in names if (text := camera_name_problem(name))]
    if len(set(names)) != len(names):
        problems.append(f'cameras: a name stands twice in {names}')
    if problems:
        raise SettingsError(problems)


def main(args: Sequence[str] | None = None) -> None:
    """Run the node; the entry point of `ros2 run smartcam_bridge demo_scene`."""
    sys.exit(run('demo_scene', DemoScene, args))


if __name__ == '__main__':
    main()
