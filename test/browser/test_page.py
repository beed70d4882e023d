"""What a person does with the page: log in, look around by mouse or keyboard, lose the bridge."""
from collections.abc import Iterator
from pathlib import Path
import re
import time
from typing import Any

from guarded_pages import GuardedPages
from live_scene import HOSTILE, LiveScene, PROBLEM
import pytest

from smartcam_bridge.web.handlers.system import package_version

VIEWS = ('#/', '#/camera/front', '#/camera/silent', '#/events', '#/tracks',
         '#/analytics', '#/zones/front', '#/health')     # fragments
NO_SERVER = ('ERR_CONNECTION', 'WebSocket connection to')


def focused(page: Any) -> str:
    """Return the text of what has the focus."""
    return page.evaluate('document.activeElement.textContent.trim()')


# Logging in.

def test_link_logs_in_once_and_leaves_no_code_behind(
        pages: GuardedPages, scene: LiveScene) -> None:
    pages.tolerated.append('status of 401')
    link = scene.login_link()
    first = pages.open(logged_in=False)
    first.goto(link)
    first.wait_for_url(f'{scene.url}/')
    first.get_by_role('heading', name='Cameras', level=1).wait_for()

    second = pages.open(logged_in=False)
    second.goto(link)
    message = second.locator('#message.wrong')
    message.wait_for()
    assert 'does not work any more' in message.inner_text()
    assert second.locator('.hint pre').all_inner_texts() == [
        'ros2 run smartcam_bridge smartcam login-link', 'make link']
    assert second.url == f'{scene.url}/login'


def test_link_works_in_a_tab_that_shows_the_login_already(
        pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open(logged_in=False)
    page.goto(f'{scene.url}/login')
    page.goto(scene.login_link())
    page.wait_for_url(f'{scene.url}/')


def test_used_up_link_leads_who_is_logged_in_to_the_page(
        pages: GuardedPages, scene: LiveScene) -> None:
    pages.tolerated.append('status of 401')
    page = pages.open(logged_in=False)
    link = scene.login_link()
    page.goto(link)
    page.wait_for_url(f'{scene.url}/')
    page.goto('about:blank')
    page.goto(link)
    page.wait_for_url(f'{scene.url}/')
    page.get_by_role('heading', name='Cameras', level=1).wait_for()


def test_token_logs_in_and_a_wrong_one_is_refused_in_words(
        pages: GuardedPages, scene: LiveScene) -> None:
    pages.tolerated.append('status of 401')
    page = pages.open(logged_in=False)
    page.goto(f'{scene.url}/')
    page.wait_for_url(f'{scene.url}/login')
    page.get_by_label('Access token').fill('nobody knows me')
    page.keyboard.press('Enter')
    page.get_by_text('This token is not known here.').wait_for()
    page.get_by_label('Access token').fill(scene.token())
    page.get_by_role('button', name='Log in').click()
    page.wait_for_url(f'{scene.url}/')


def test_lapsed_session_leads_to_the_login_and_back(
        pages: GuardedPages, scene: LiveScene) -> None:
    pages.tolerated.append('status of 401')
    page = pages.open('#/health')
    page.get_by_role('heading', name='Health', level=1).wait_for()
    page.context.clear_cookies()
    page.goto(f'{scene.url}/#/tracks?camera=front')
    page.get_by_text('Your session has ended').wait_for()
    page.get_by_label('Access token').fill(scene.token())
    page.keyboard.press('Enter')
    page.wait_for_url(f'{scene.url}/#/tracks?camera=front')


def test_log_out_ends_the_session(pages: GuardedPages, scene: LiveScene) -> None:
    pages.tolerated.append('status of 401')
    page = pages.open(logged_in=False)
    page.goto(scene.login_link())
    page.get_by_role('button', name='Log out').click()
    page.get_by_text('You are logged out.').wait_for()
    page.goto(f'{scene.url}/')
    page.wait_for_url(f'{scene.url}/login')


# Looking around.

def test_keyboard_leads_to_a_camera_and_back(pages: GuardedPages) -> None:
    page = pages.open()
    page.wait_for_selector('[data-camera=front] canvas[data-stamp]')
    seen = []
    while focused(page) != 'front':
        page.keyboard.press('Tab')
        seen.append(focused(page))
        assert len(seen) < 16, seen
    assert seen == ['Skip to content', 'smartcam', 'Cameras', 'Events', 'History', 'People',
                    'Analytics', 'Zones', 'Health', 'Log out', 'blind', 'front']
    assert page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle") \
        == 'solid'
    page.keyboard.press('Enter')
    page.wait_for_selector('.camera-view .stage canvas[data-late="0"]')
    assert focused(page) == 'front'
    page.keyboard.press('Escape')
    page.wait_for_selector('.wall')
    assert page.evaluate('document.activeElement.getAttribute("href")') == '#/camera/front'
    page.go_back()
    page.wait_for_selector('.camera-view')


def test_skip_link_leads_past_the_navigation(pages: GuardedPages) -> None:
    page = pages.open('#/tracks')
    page.wait_for_selector('.filter')
    page.keyboard.press('Tab')
    page.keyboard.press('Enter')
    assert page.evaluate('document.activeElement.id') == 'main'
    page.keyboard.press('Tab')
    assert focused(page) == 'As CSV'
    page.keyboard.press('Tab')
    assert page.evaluate('document.activeElement.name') == 'camera'
    assert page.url.endswith('#/tracks')


def test_hostile_texts_are_shown_as_text(pages: GuardedPages) -> None:
    page = pages.open()
    page.get_by_role('link', name=HOSTILE).first.wait_for()
    page.get_by_text(PROBLEM).wait_for()
    page.get_by_role('link', name=HOSTILE).first.click()
    page.get_by_role('heading', name=HOSTILE, level=1).wait_for()
    page.wait_for_selector('.path-stage polyline', state='attached')
    assert page.locator('main img').count() == 0
    assert page.evaluate('window.hacked') is None


def test_tracks_appear_end_and_are_filtered_without_a_reload(pages: GuardedPages) -> None:
    page = pages.open('#/tracks')
    page.locator('tbody tr').first.wait_for()
    page.get_by_label('Camera').select_option('front')
    page.wait_for_function(
        """() => [...document.querySelectorAll('tbody tr')].length
           && [...document.querySelectorAll('tbody td:nth-child(2)')]
              .every(cell => cell.textContent === 'front')""")
    assert page.url.endswith('#/tracks?camera=front')
    newest = page.locator('tbody tr').first
    name = newest.locator('a').first.inner_text()
    page.wait_for_function(
        "name => document.querySelector('tbody a').textContent !== name", arg=name)
    page.locator('tr', has=page.get_by_role('link', name=name, exact=True)).get_by_text(
        'lost from view').first.wait_for()


def test_track_shows_its_path(pages: GuardedPages) -> None:
    page = pages.open('#/tracks?camera=front')
    page.locator('tbody tr', has_text='lost from view').first.locator('a').first.click()
    path = page.locator('.path-stage svg')
    path.wait_for()
    assert re.search(r'robot .* front: \d+ points', path.get_attribute('aria-label'))
    assert page.locator('.path-start').count() == page.locator('.path-end').count() == 1


def test_older_tracks_come_page_by_page(pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open()

    def short(route: Any) -> None:
        route.continue_(url=route.request.url.replace('limit=50', 'limit=2'))

    page.route('**/api/v1/tracks?*', short)
    page.goto(f'{scene.url}/#/tracks?camera=front')
    more = page.get_by_role('button', name='Show older tracks')
    more.wait_for()
    before = page.locator('tbody tr').count()
    more.click()
    page.wait_for_function(
        "before => document.querySelectorAll('tbody tr').length > before", arg=before)
    starts = page.locator('tbody time').evaluate_all('times => times.map(t => t.dateTime)')
    assert starts == sorted(starts, reverse=True)
    assert len(set(starts)) == len(starts)


def test_address_of_nothing_says_so(pages: GuardedPages) -> None:
    pages.tolerated.append('status of 404')
    page = pages.open('#/camera/nobody')
    page.get_by_text('There is no camera of this name.').wait_for()
    page.evaluate("location.hash = '#/tracks/999999'")
    page.get_by_text('This track does not exist').wait_for()
    page.evaluate("location.hash = '#/camera/%E0%A4%A'")
    page.get_by_text('There is no camera of this name.').wait_for()


def test_new_camera_appears_and_a_deleted_one_goes(
        pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open()
    page.wait_for_selector('[data-camera=front]')
    page.evaluate("() => { document.querySelector('[data-camera=front]').id = 'untouched'; }")
    page.evaluate("""() => fetch('api/v1/cameras', { method: 'POST',
        headers: { 'Content-Type': 'application/json' }, body: '{"name": "added"}' })""")
    page.wait_for_selector('[data-camera=added]')
    assert page.locator('#untouched').count() == 1      # and goes on showing its picture
    pages.tolerated.append('status of 404')     # what the page asks for before it is told
    page.evaluate("() => fetch('api/v1/cameras/added', { method: 'DELETE' })")
    page.wait_for_selector('[data-camera=added]', state='detached')
    assert page.locator('[data-camera]').count() == 4


def test_admin_adds_a_camera_and_reads_what_is_wrong(
        pages: GuardedPages, scene: LiveScene) -> None:
    pages.tolerated += ['status of 422', 'status of 409']
    page = pages.open()
    page.get_by_text('Add a camera').click()
    name = page.get_by_label('Name', exact=True)
    for text, problem in (('1st', "'1st' is not a camera name"), ('front', 'already')):
        name.fill(text)
        page.keyboard.press('Enter')
        page.get_by_role('alert').filter(has_text=problem).wait_for()
    name.fill('lobby')
    page.get_by_label('Detections topic').fill('/detections_output')
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-camera=lobby]')
    assert not name.is_visible()
    page.locator('[data-camera=lobby] a').click()
    page.locator('.facts code', has_text='/detections_output').wait_for()
    pages.tolerated.append('status of 404')     # what the page asks for before it is told
    page.evaluate("() => fetch('api/v1/cameras/lobby', { method: 'DELETE' })")
    page.get_by_text('There is no camera of this name.').wait_for()


def test_who_may_not_add_a_camera_is_not_asked_to(pages: GuardedPages) -> None:
    page = pages.open()
    page.get_by_text('Add a camera').wait_for()
    page.route('**/api/v1/session', lambda route: route.fulfill(
        json={'role': 'operator', 'name': 'x', 'expires': None}))
    page.reload()
    page.wait_for_selector('[data-camera=front]')
    assert page.get_by_text('Add a camera').count() == 0


def test_footer_tells_the_version(pages: GuardedPages) -> None:
    page = pages.open()
    page.locator('.foot').get_by_text(
        re.compile(rf'^smartcam_bridge {re.escape(package_version())}, up ')).wait_for()


# Losing the bridge.

# When the watch began, when the banner showed, and how long the machine held the page up.
WATCH_BANNER = """() => {
  window.held_up = 0;
  window.began = performance.now();
  let before = window.began;
  setInterval(() => {
    const now = performance.now();
    window.held_up += Math.max(0, now - before - 50);
    before = now;
  }, 50);
  new MutationObserver(() => { window.shown ??= performance.now(); })
    .observe(document.getElementById('banner'), { attributes: true });
}"""


@pytest.fixture
def own_scene(tmp_path: Path, chromium: Any) -> Iterator[LiveScene]:
    """Return a bridge that a test may stop."""
    scene = LiveScene(tmp_path)
    scene.start()
    yield scene
    scene.stop()


def test_lost_bridge_shows_within_two_seconds_and_heals(
        chromium: Any, own_scene: LiveScene) -> None:
    pages = GuardedPages(chromium, own_scene)
    pages.tolerated += NO_SERVER
    page = pages.open()
    page.wait_for_selector('[data-camera=front] canvas[data-late="0"]')
    page.evaluate(WATCH_BANNER)
    began = time.monotonic()
    own_scene.stop()
    stopping_ms = 1000 * (time.monotonic() - began)
    page.locator('#banner').wait_for()
    assert 'The bridge is stopping' in page.locator('#banner').inner_text()
    assert page.evaluate('window.shown - window.began - window.held_up') < 2000 + stopping_ms
    page.locator('[data-camera=front] .state', has_text='Unknown').wait_for()
    page.locator('[data-camera=front] .stage-age').wait_for()
    page.get_by_text('Trying again in').wait_for()
    shown = page.get_attribute('[data-camera=front] canvas', 'data-stamp')
    own_scene.start()
    page.locator('#banner').wait_for(state='hidden')
    page.wait_for_function(
        "old => document.querySelector('[data-camera=front] canvas').dataset.stamp > old",
        arg=shown)
    page.locator('[data-camera=front] .stage-age').wait_for(state='hidden')
    pages.check()


def test_silent_line_shows_within_two_seconds_and_heals(
        pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open()
    dead = {'line': False}

    def forward(socket: Any) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda text: dead['line'] or server.send(text))
        server.on_message(lambda data: dead['line'] or socket.send(data))

    page.route_web_socket('**/api/v1/live', forward)
    page.reload()
    page.wait_for_selector('#link-state[data-state=open]')
    page.wait_for_selector('[data-camera=front] canvas[data-stamp]')
    dead['line'] = True
    page.evaluate(WATCH_BANNER)
    page.locator('#banner').wait_for()
    assert page.evaluate('window.shown - window.began') < 2000 + page.evaluate('window.held_up')
    dead['line'] = False
    page.locator('#banner').wait_for(state='hidden')


def test_bridge_without_cameras_says_how_to_get_one(chromium: Any, tmp_path: Path) -> None:
    scene = LiveScene(tmp_path, cameras=('',))
    scene.start()
    try:
        pages = GuardedPages(chromium, scene)
        page = pages.open()
        page.get_by_role('heading', name='No cameras yet').wait_for()
        assert 'cameras:=' in page.locator('.empty pre').inner_text()
        pages.check()
    finally:
        scene.stop()


# For everybody.

def test_phone_needs_no_sideways_scrolling(pages: GuardedPages) -> None:
    page = pages.open(viewport={'width': 360, 'height': 740}, device_scale_factor=2)
    for hash in VIEWS:
        page.evaluate('hash => { location.hash = hash; }', hash)
        page.wait_for_selector('h1')
        page.wait_for_timeout(700)
        wide = page.evaluate("""() => [...document.querySelectorAll('body *')].filter(node =>
            !node.closest('.unseen, .skip, thead, pre, .label')
            && node.getBoundingClientRect().right > innerWidth + 0.5).map(n => n.outerHTML)""")
        assert (hash, wide) == (hash, [])
        assert page.evaluate('document.documentElement.scrollWidth') == 360
