"""What the bridge costs: memory at work, and CPU while nothing happens."""
import os
from pathlib import Path
import time

import pytest

pytest.importorskip('vision_msgs.msg', reason='needs ROS 2')
from running import until  # noqa: E402

CAMERAS = ['front', 'rear', 'left', 'right']
MEMORY_MAX_MB = 170     # OpenCV, which best shots need, and their frames are 28 of it
WORK_S, IDLE_S = 30.0, 10.0
FRAMES = 600            # it was at work when so many were shown
IDLE_MAX_SHARE = 0.02   # of a core


def memory_mb(pid: int) -> dict[str, float]:
    """Return resident memory in MB: VmRSS and what it is made of."""
    lines = Path(f'/proc/{pid}/status').read_text().splitlines()
    return {name: int(rest.split()[0]) / 1024 for name, rest in (
        line.split(':') for line in lines) if name in ('VmRSS', 'RssAnon', 'RssFile', 'RssShmem')}


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


@pytest.mark.timeout(300)
def test_memory_with_four_cameras_and_a_viewer(start, start_bridge, watch, record_property):
    bridge = start_bridge(cameras=CAMERAS)
    until(bridge.ready)
    live = watch(bridge).websocket(topics=['boxes', 'tracks', 'status', 'frames'])
    start('demo_scene', cameras=CAMERAS)
    until(lambda: {frame['camera'] for frame in live.frames} == set(CAMERAS))
    end = time.monotonic() + WORK_S
    until(lambda: time.monotonic() > end and len(live.frames) > FRAMES, deadline_s=150)
    resident = memory_mb(bridge.process.pid)
    print(resident)
    record_property('memory_mb', resident)
    assert resident['VmRSS'] < MEMORY_MAX_MB, resident


@pytest.mark.timeout(240)
def test_idle_it_costs_next_to_nothing(start_bridge, record_property):
    bridge = start_bridge(cameras=CAMERAS)
    until(bridge.ready)
    until(lambda: bridge.camera('front')['state'] == 'silent')
    begin, used = time.monotonic(), cpu_s(bridge.process.pid)
    until(lambda: time.monotonic() > begin + IDLE_S)
    share = (cpu_s(bridge.process.pid) - used) / (time.monotonic() - begin)
    print(f'idle: {share:.2%} of a core')
    record_property('idle_share', share)
    assert share < IDLE_MAX_SHARE
