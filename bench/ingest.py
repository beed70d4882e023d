"""Measure the way of detections from DDS to the committed row: CPU per message, and rate.

One process publishes; three others take turns at receiving the same bytes over DDS:

ours    the bridge as it ships: lifecycle node, decoder, tracks, recorder, and a WebSocket client
        in another process that gets the boxes live.
floor   a raw subscription, three `unpack_from` per box, one packed row by bare sqlite3 in
        commits of the same period; nothing else is done.
rival   the usual way: a typed callback on rclpy's default executor, one ORM row per detection,
        a commit per message.

Unpaced: at most WINDOW messages are under way, so that nothing is lost and nobody idles; the
figure is the receiver's CPU (all its threads) per message, up to the last commit. Paced: 4 topics
at 30 Hz. Rate: the shortest period between messages at which none of a burst is lost, sensor-data
QoS; the publisher's own limit is part of it. Boxes move and targets come and go: each lives 12 to
60 s and is replaced when it goes. `churning`: 2.4 to 12 s and missing for one frame between, so
that every other message or so has another layout than the one before; the hardest case for ours,
whose decoder and track table count on likeness.
"""
from __future__ import annotations

import argparse
import itertools
import multiprocessing
from multiprocessing.sharedctypes import Synchronized
import os
from pathlib import Path
import random
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench import contestants  # noqa: E402
from bench.harness import Case, report, say  # noqa: E402

CAMERAS = ('front', 'rear', 'left', 'right')
HZ = 30
LIFE_S = 60.0
CHURN_LIFE_S = 12.0
WINDOW = 30
LABELS = ('person', 'car', 'bicycle', 'dog')
RIVAL = 'typed callback, ORM row per detection, commit per message'
MESSAGES = {1: {'ours': 3000, 'floor': 3000, 'rival': 300},
            10: {'ours': 3000, 'floor': 3000, 'rival': 150},
            100: {'ours': 1500, 'floor': 1500, 'rival': 40}}
STALL_S = 2.0
BURST_S = 0.4
RATE_REPEATS = 2


def stream(boxes: int, seconds: float, seed: int, churning: bool = False) -> list[bytes]:
    """Return the serialized messages of a tracker that follows `boxes` targets."""
    from rclpy.serialization import serialize_message
    from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose
    rng = random.Random(seed)
    ids = itertools.count(1)

    def target() -> list:
        return [str(next(ids)), rng.choice(LABELS), rng.uniform(100, 1800), rng.uniform(100, 980),
                rng.uniform(-4, 4), rng.uniform(-2, 2),
                rng.uniform(0.2, 1) * (CHURN_LIFE_S if churning else LIFE_S)]

    targets = [target() for _ in range(boxes)]
    for one in targets:
        one[-1] *= rng.random()     # some are about to leave
    messages = []
    for step in range(int(seconds * HZ)):
        array = Detection2DArray()
        array.header.frame_id = 'camera'
        array.header.stamp.sec, array.header.stamp.nanosec = divmod(
            1_700_000_000 * 10**9 + step * 10**9 // HZ, 10**9)
        for i, (track_id, label, x, y, dx, dy, left_s) in enumerate(targets):
            if left_s < 0:
                targets[i] = target()
                if churning:
                    continue
                track_id, label, x, y, dx, dy, left_s = targets[i]
            dx, dy = _turned(x, dx, 1800), _turned(y, dy, 980)
            targets[i][2:] = x + dx, y + dy, dx, dy, left_s - 1 / HZ
            box = Detection2D(id=track_id)
            box.bbox.center.position.x, box.bbox.center.position.y = x, y
            box.bbox.size_x, box.bbox.size_y = 40.0, 90.0
            result = ObjectHypothesisWithPose()
            result.hypothesis.class_id, result.hypothesis.score = label, rng.uniform(0.5, 1)
            box.results.append(result)
            array.detections.append(box)
        messages.append(serialize_message(array))
    return messages


def _turned(place: float, step: float, end: float) -> float:
    """Return a step that does not lead out of the frame: nobody jumps to its other side."""
    return abs(step) if place < 100 else -abs(step) if place > end else step


class Contestant:
    """A receiving process, and what the publisher knows of it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.received: Synchronized = multiprocessing.Value('q', 0, lock=False)
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(
            target=contestants.run, args=(name, folder, CAMERAS, self.received, theirs))
        self.process.start()
        theirs.close()      # so that the death of the process is seen here
        self.wait_for('ready')

    def wait_for(self, word: str) -> object:
        """Return what the process answers under `word`."""
        try:
            said, value = self.pipe.recv()
        except EOFError:
            raise SystemExit(f'{self.name} died; see its output above') from None
        assert said == word, (said, word)
        return value

    def measure(self, feed) -> tuple[float, int]:
        """Run `feed` (which returns how many it sent); return (CPU seconds, received)."""
        before = self.received.value
        self.pipe.send('begin')
        self.wait_for('begun')
        sent = feed()
        deadline = time.monotonic() + STALL_S
        while self.received.value - before < sent and time.monotonic() < deadline:
            time.sleep(0.001)
        self.pipe.send('end')
        return self.wait_for('ended'), self.received.value - before


class Feeder:
    """Publish streams to contestants."""

    def __init__(self, names: list[str]) -> None:
        import rclpy
        from rclpy.qos import QoSProfile
        from vision_msgs.msg import Detection2DArray
        rclpy.init()
        self._node = rclpy.create_node('feeder')
        self._publishers = {
            (name, camera): self._node.create_publisher(
                Detection2DArray, f'/{name}/{camera}/tracks', QoSProfile(depth=1000))
            for name in names for camera in CAMERAS}

    def meet(self, who: Contestant, message: bytes) -> None:
        """Publish until every topic of the contestant is known to arrive."""
        for camera in CAMERAS:
            before = who.received.value
            deadline = time.monotonic() + 30
            while who.received.value == before:
                if time.monotonic() > deadline:
                    raise SystemExit(f'nothing arrives at {who.name}')
                self._publishers[who.name, camera].publish(message)
                time.sleep(0.1)

    def unpaced(self, who: Contestant, messages: list[bytes], total: int) -> int:
        """Send as fast as they are taken, WINDOW under way at most; return how many arrived."""
        publisher = self._publishers[who.name, CAMERAS[0]]
        start, lost = who.received.value, 0
        for sent in range(total):
            deadline = time.monotonic() + STALL_S
            while sent - lost - (who.received.value - start) >= WINDOW:
                if time.monotonic() > deadline:
                    lost = sent - (who.received.value - start)
                    say(f'{who.name}: {lost} of {sent} messages were lost so far')
                time.sleep(0.0001)
            publisher.publish(messages[sent % len(messages)])
        return total - lost

    def paced(self, who: Contestant, messages: list[bytes], seconds: float) -> int:
        """Send 4 x 30 Hz."""
        begin, sent = time.monotonic(), 0
        for step in range(int(seconds * HZ)):
            for i, camera in enumerate(CAMERAS):
                at = begin + (step + i / len(CAMERAS)) / HZ
                time.sleep(max(0.0, at - time.monotonic()))
                self._publishers[who.name, camera].publish(messages[step % len(messages)])
                sent += 1
        return sent

    def burst(self, who: Contestant, messages: list[bytes], period_s: float,
              seconds: float) -> int:
        """Send one topic with `period_s` between messages; fewer where that cannot be kept."""
        publisher = self._publishers[who.name, CAMERAS[0]]
        begin, total = time.monotonic(), max(20, int(seconds / period_s))
        for sent in range(total):
            while (ahead := begin + sent * period_s - time.monotonic()) > 0:
                time.sleep(ahead if ahead > 0.0002 else 0)
            publisher.publish(messages[sent % len(messages)])
        self.kept_s = (time.monotonic() - begin) / total
        return total


def fastest(feeder: Feeder, who: Contestant, messages: list[bytes], seconds: float) -> float:
    """Return the shortest period (us) at which a burst arrives whole: halve, then narrow down."""
    good, period_s = None, 0.05
    for _ in range(14):
        _, received = who.measure(
            lambda: feeder.burst(who, messages, period_s, seconds))
        whole = received == max(20, int(seconds / period_s))
        if whole:
            good = max(period_s, feeder.kept_s)
            if feeder.kept_s > 1.1 * period_s:      # the publisher's own limit
                break
            period_s /= 2
        elif good is None:
            period_s *= 4
        elif good / period_s < 1.2:
            break
        else:
            period_s = (good * period_s) ** 0.5
    return (good or float('nan')) * 1e6


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--paced-s', type=float, default=3.0)
    parser.add_argument('--boxes', type=int, nargs='*', default=[1, 10, 100])
    parser.add_argument('--no-rate', action='store_true')
    options = parser.parse_args()
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    for name in ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE'):
        os.environ.setdefault(name, str(ROOT / 'config' / 'fastdds_shm.xml'))   # as launch does
    multiprocessing.set_start_method('spawn')
    names = ['ours', 'floor', 'rival']
    with tempfile.TemporaryDirectory(prefix='smartcam_bench_') as folder:
        crowd = {name: Contestant(name, Path(folder)) for name in names}
        feeder = Feeder(names)
        cases = []
        for boxes in options.boxes:
            cases += race(feeder, crowd, boxes, stream(boxes, 20.0, seed=boxes), options)
        if 100 in options.boxes:
            cases += race(feeder, crowd, 100, stream(100, 20.0, seed=3, churning=True), options,
                          churning=True)
        for who in crowd.values():
            who.pipe.send('quit')
            who.process.join(20)
    report('ingest', cases)


def race(feeder: Feeder, crowd: dict[str, Contestant], boxes: int, messages: list[bytes],
         options: argparse.Namespace, *, churning: bool = False) -> list[Case]:
    """Let everybody run all cases for one size of message."""
    what = f'{boxes} ' + ('box' if boxes == 1 else 'boxes') + (' churning' if churning else '')
    unpaced = Case(f'{what} unpaced', 'us CPU/message', RIVAL)
    paced = Case(f'{what} 4 x 30 Hz', 'us CPU/message', RIVAL)
    rate = Case(f'{what} shortest period', 'us', RIVAL)
    for who in crowd.values():
        feeder.meet(who, messages[0])
    for repeat in range(options.repeats):
        for who in crowd.values():
            total = MESSAGES[boxes][who.name]
            cpu_s, received = who.measure(lambda: feeder.unpaced(who, messages, total))
            unpaced.add(who.name, cpu_s / received * 1e6)
            if churning:
                continue
            cpu_s, received = who.measure(
                lambda: feeder.paced(who, messages, options.paced_s))
            paced.add(who.name, cpu_s / received * 1e6)
            if not options.no_rate and repeat < RATE_REPEATS:
                rate.add(who.name, fastest(feeder, who, messages, BURST_S))
        say(f'{what}, repeat {repeat + 1} of {options.repeats}: unpaced ' + ', '.join(
            f'{name} {figures[-1]:.0f} us' for name, figures in unpaced.figures.items()))
    return [unpaced] if churning else [unpaced, paced] + ([] if options.no_rate else [rate])


if __name__ == '__main__':
    main()
