"""Measure zones and tripwires: what following the tracks of one message costs.

ours    `Scene.observe` as the pipeline calls it: membership with inertia, visits with dwell,
        crossings with hysteresis, their events, the state of every track.
floor   the least that says who is where: numpy's point in polygon (or side of a line) of all
        boxes at once, per shape. No track, no memory, no event.
rival   `supervision`: PolygonZone.trigger per zone (who is inside now, as the floor), or
        LineZone.trigger per line (crossings by track). It brings libraries that are not ours, so
        install it in an environment of its own and run this file with it (nothing of ROS is
        needed): pip install supervision

Targets wander about a frame of 1280 x 720, 30 messages a second; a box is 64 x 128.
"""
from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
import sys
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.harness import Case, report, say  # noqa: E402
import numpy as np  # noqa: E402
from smartcam_bridge.domain.model import Camera, Sight  # noqa: E402
from smartcam_bridge.domain.scene import Scene  # noqa: E402
from smartcam_bridge.domain.shapes import parse_shape, Shape, Tripwire  # noqa: E402
from smartcam_bridge.domain.times import NS  # noqa: E402

RIVAL = 'supervision'
SIZE = np.array([1280, 720])    # px
BOX = np.array([64, 128]) / SIZE
RATE_HZ = 30.0
START_NS = 1_800_000_000 * NS
Watch = Callable[[Sight], object]


def zones(count: int) -> list[Shape]:
    """Return hexagons in different places, entered and left after 3 observations."""
    angles = np.arange(6) * np.pi / 3
    ring = np.stack([0.15 * np.cos(angles), 0.25 * np.sin(angles)], axis=1)
    return [parse_shape('zone', {'points': (ring + [0.2 + 0.2 * k, 0.5]).tolist()}, id=k + 1,
                        name=str(k)) for k in range(count)]


def tripwires(count: int) -> list[Shape]:
    """Return lines down the picture."""
    return [parse_shape('tripwire', {'start': [0.2 + 0.2 * k, 0.1], 'end': [0.2 + 0.2 * k, 0.9]},
                        id=k + 1, name=str(k)) for k in range(count)]


def wander(tracks: int, messages: int) -> list[Sight]:
    """Return messages with all tracks, which go their ways and turn back at the edges."""
    rng = np.random.default_rng(7)
    begin, way = rng.random((tracks, 2)), rng.normal(0, 0.08 / RATE_HZ, (tracks, 2))
    sights = []
    for number in range(messages):
        feet = np.abs((begin + way * number) % 2 - 1)
        corners = np.concatenate([feet - BOX * [0.5, 1], feet + BOX * [0.5, 0]], axis=1)
        sights.append(Sight(
            START_NS + round(number * NS / RATE_HZ), np.arange(1, tracks + 1, dtype=np.uint32),
            np.clip(corners, 0, 1).astype(np.float32), np.full(tracks, 0.9, np.float32),
            np.ones(tracks, np.uint16)))
    return sights


def ours(shapes: list[Shape]) -> Watch:
    """Return the scene."""
    scene = Scene(Camera(1, 'front'), lambda label_id: 'person')
    scene.change(shapes)
    return scene.observe


def floor(shapes: list[Shape]) -> Watch:
    """Return what says who is inside each polygon, or on which side of each line."""
    tests = [_side(shape) if isinstance(shape, Tripwire) else _inside(shape) for shape in shapes]

    def watch(sight: Sight) -> object:
        x, y = (sight.corners[:, 0] + sight.corners[:, 2]) / 2, sight.corners[:, 3]
        return [test(x, y) for test in tests]
    return watch


def _inside(shape: Shape) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    x1, y1 = np.array(shape.points).T[:, :, None]
    x2, y2 = np.roll(x1, -1, 0), np.roll(y1, -1, 0)
    slope = (x2 - x1) / np.where(y1 == y2, 1, y2 - y1)
    return lambda x, y: np.bitwise_xor.reduce(
        ((y1 > y) != (y2 > y)) & (x < x1 + slope * (y - y1)), axis=0)


def _side(shape: Tripwire) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    (x1, y1), (x2, y2) = shape.start, shape.end
    return lambda x, y: (x2 - x1) * (y - y1) > (y2 - y1) * (x - x1)


def rival(shapes: list[Shape]) -> Watch | None:
    """Return the zones of supervision; None where it is not installed."""
    try:
        import supervision
    except ImportError:
        return None
    anchors = [supervision.Position.BOTTOM_CENTER]
    tools = [
        supervision.LineZone(supervision.Point(*SIZE * shape.start),
                             supervision.Point(*SIZE * shape.end), triggering_anchors=anchors)
        if isinstance(shape, Tripwire) else
        supervision.PolygonZone((np.array(shape.points) * SIZE).astype(int),
                                triggering_anchors=anchors) for shape in shapes]
    scale = np.tile(SIZE, 2).astype(np.float32)

    def watch(sight: Sight) -> object:
        found = supervision.Detections(
            xyxy=sight.corners * scale, confidence=sight.scores,
            class_id=sight.label_ids.astype(int), tracker_id=sight.track_ids.astype(int))
        return [tool.trigger(found) for tool in tools]
    return watch


def cost_us(make: Callable[[list[Shape]], Watch | None], shapes: list[Shape],
            sights: list[Sight]) -> float | None:
    """Return the CPU time of a message, after a first tenth to warm up."""
    watch = make(shapes)
    if watch is None:
        return None
    warm = len(sights) // 10
    for sight in sights[:warm]:
        watch(sight)
    began_ns = time.process_time_ns()
    for sight in sights[warm:]:
        watch(sight)
    return (time.process_time_ns() - began_ns) / 1000 / (len(sights) - warm)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('--messages', type=int, default=3000)
    parser.add_argument('--repeats', type=int, default=5)
    args = parser.parse_args()
    cases = []
    for tracks, shapes, what in (
            (1, zones(1), '1 zone'), (20, zones(4), '4 zones'), (100, zones(4), '4 zones'),
            (20, tripwires(4), '4 tripwires'), (100, tripwires(4), '4 tripwires')):
        case = Case(f'{tracks} tracks, {what}', 'us/message', RIVAL)
        sights = wander(tracks, args.messages)
        for number in range(args.repeats):
            say(f'{case.case}: repeat {number + 1} of {args.repeats}')
            for name, make in (('ours', ours), ('floor', floor), ('rival', rival)):
                figure = cost_us(make, shapes, sights)
                if figure is not None:
                    case.add(name, figure)
        cases.append(case)
    report('zones', cases)


if __name__ == '__main__':
    main()
