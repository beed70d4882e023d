"""A real Chromium for the page. Everything here skips, with the reason, where there is none."""
from collections.abc import Callable, Iterator
import functools
import http.server
import os
from pathlib import Path
import shutil
import sys
import threading
from typing import Any

import pytest

import smartcam_bridge

sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside this one

from guarded_pages import GuardedPages  # noqa: E402, I100, I201, I202
from live_scene import LiveScene  # noqa: E402, I100, I201, I202

STATIC = Path(smartcam_bridge.__file__).parent / 'web' / 'static'
NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
FLAGS = ('--headless=new', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync')


@pytest.fixture(scope='module')
def chromium() -> Iterator[Any]:
    """Return a running browser. One per module: its loop would be in the way of asyncio tests."""
    api = pytest.importorskip(
        'playwright.sync_api', reason='playwright is not installed (pip install playwright)')
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip('chromium is not installed (apt-get install chromium)')
    flags = [*FLAGS, '--no-sandbox'] if os.geteuid() == 0 else [*FLAGS]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


class _Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = {'.js': 'text/javascript', '.svg': 'image/svg+xml'}

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope='module')
def run_module(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Return `run(module, body, argument)`: run JavaScript with a module of the page as `m`."""
    handler = functools.partial(_Files, directory=str(STATIC))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    thread = threading.Thread(target=server.serve_forever, name='static files')
    thread.start()
    page = chromium.new_page()
    page.goto(f'http://127.0.0.1:{server.server_port}/favicon.svg')

    def run(module: str, body: str, argument: Any = None) -> Any:
        return page.evaluate(
            f"argument => import('/{module}').then(m => {{ {body} }})", argument)

    yield run
    page.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope='module')
def scene(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[LiveScene]:
    """Return a running bridge that is fed with known pictures and boxes."""
    scene = LiveScene(tmp_path_factory.mktemp('data'))
    scene.start()
    yield scene
    scene.stop()


@pytest.fixture
def pages(chromium: Any, scene: LiveScene) -> Iterator[GuardedPages]:
    """Return a maker of pages; afterwards none may have complained."""
    pages = GuardedPages(chromium, scene)
    yield pages
    pages.check()
