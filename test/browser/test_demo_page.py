"""The whole way: demo scene, DDS, bridge, HTTP and a real browser that sees it live."""
from collections.abc import Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

# Set to a folder, this keeps pictures of the page there; docs/images has been made so.
IMAGES = os.environ.get('SMARTCAM_IMAGES', '')
CAMERAS = ('front', 'rear', 'left', 'right')
START_S = 60.0
STOP_S = 40.0


@contextmanager
def running(module: str, *parameters: str) -> Iterator[subprocess.Popen]:
    """Run an executable of the package for the length of the block."""
    code = f'import sys; from {module} import main; sys.exit(main())'
    arguments = [part for parameter in parameters for part in ('-p', parameter)]
    process = subprocess.Popen([sys.executable, '-c', code, '--ros-args', *arguments])
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_S) == 0


@pytest.fixture
def demo(chromium: Any, tmp_path: Path) -> Iterator[Path]:
    """Return the data folder of a bridge that records the demo."""
    pytest.importorskip('rclpy', reason='there is no ROS 2 here')
    pytest.importorskip('vision_msgs', reason='there is no vision_msgs here')
    names = f"cameras:=[{', '.join(CAMERAS)}]"
    with running('smartcam_bridge.main', f'data_dir:={json.dumps(str(tmp_path))}',
                 'http_port:=0', names):
        with running('smartcam_bridge.companions.demo_scene', names):
            wait_for(tmp_path / 'run' / 'bridge.json')
            yield tmp_path


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + START_S
    while not path.exists():
        assert time.monotonic() < deadline, f'{path} has not come'
        time.sleep(0.05)


def logged_in(chromium: Any, data_dir: Path, **options: Any) -> Any:
    """Return a page of the bridge in `data_dir`."""
    url = json.loads((data_dir / 'run' / 'bridge.json').read_text())['url']
    page = chromium.new_context(**options).new_page()
    page.goto(f'{url}/login')
    page.get_by_label('Access token').fill((data_dir / 'first-admin-token').read_text().strip())
    page.keyboard.press('Enter')
    page.wait_for_selector('.wall')
    return page


def keep(page: Any, name: str, hash: str, *, ready: str) -> None:
    """Keep a picture of a view where that was asked for."""
    if not IMAGES:
        return
    page.evaluate('hash => { location.hash = hash; }', hash)
    page.wait_for_selector(ready)
    page.mouse.move(0, 0)
    page.evaluate('document.activeElement.blur()')
    page.wait_for_timeout(2500)
    page.screenshot(path=Path(IMAGES) / f'{name}.png')


@pytest.mark.timeout(240)
def test_demo_is_seen_live_with_its_boxes(chromium: Any, demo: Path) -> None:
    page = logged_in(chromium, demo, viewport={'width': 1440, 'height': 900})
    for camera in CAMERAS:
        page.wait_for_selector(f'[data-camera={camera}] canvas[data-late="0"]', timeout=60_000)
    shown = page.evaluate("""async () => {
      const canvas = document.querySelector('[data-camera=front] canvas');
      const stamps = new Set();
      let exact = 0;
      const end = performance.now() + 60000;
      while (stamps.size < 20 && performance.now() < end) {
        await new Promise(requestAnimationFrame);
        if (stamps.has(canvas.dataset.stamp)) continue;
        stamps.add(canvas.dataset.stamp);
        if (canvas.dataset.late === '0') exact += 1;
      }
      return { pictures: stamps.size, exact };
    }""")
    assert shown['pictures'] >= 20
    assert shown['exact'] >= 0.8 * shown['pictures']
    page.wait_for_selector('.recent tbody tr:nth-child(8)', timeout=30_000)
    page.evaluate("location.hash = '#/events'")
    shot = page.locator('.event-picture img').first
    shot.wait_for(timeout=60_000)
    page.wait_for_function(
        "() => document.querySelector('.event-picture img').naturalWidth > 0", timeout=20_000)
    page.locator('.event', has=page.locator('.event-picture img')).first.locator(
        'h2 a').click()
    page.wait_for_function(
        "() => document.querySelector('.backdrop.shot')?.naturalWidth > 0", timeout=20_000)
    if IMAGES:
        page.wait_for_timeout(45_000)   # the small lines of the last minute need a past
    keep(page, 'dashboard', '#/', ready='[data-camera=right] canvas[data-late="0"]')
    keep(page, 'camera', '#/camera/front', ready='.camera-view canvas[data-late="0"]')
    keep(page, 'tracks', '#/tracks', ready='tbody tr:nth-child(10)')
    keep(page, 'events', '#/events', ready='.event-picture img')
    keep(page, 'analytics', '#/analytics?period=1h', ready='.plot-bar')
    keep(page, 'health', '#/health', ready='tbody tr')
    if IMAGES:
        page.evaluate("location.hash = '#/tracks'")
        page.locator('tr', has_text='left the picture').first.locator('a').first.click()
        page.wait_for_selector('.path-stage svg')
        keep(page, 'track', page.evaluate('location.hash'), ready='.path-stage svg')
        page.emulate_media(color_scheme='dark')
        keep(page, 'dashboard-dark', '#/', ready='[data-camera=right] canvas[data-late="0"]')
        page.set_viewport_size({'width': 390, 'height': 844})
        keep(page, 'phone', '#/', ready='[data-camera=front] canvas[data-late="0"]')
    page.context.close()
