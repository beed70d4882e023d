"""Live boxes stand over live video, on the frame that they were found in."""
import json
from typing import Any

from guarded_pages import GuardedPages
from live_scene import BOX, HEIGHT, LiveScene, PERIOD_S, TOP_PX, WIDTH
import pytest

# Reads, of as many distinct pictures as asked for, where object and outline begin and end in the
# row through the middle of the object, in parts of the picture's width.
MEASURE = """
async ([camera, count, row]) => {
  const canvas = document.querySelector(`[data-camera="${camera}"] canvas`);
  const found = new Map();
  const deadline = performance.now() + 60000;
  while (found.size < count && performance.now() < deadline) {
    await new Promise(requestAnimationFrame);
    const { stamp, late } = canvas.dataset;
    if (!stamp || found.has(stamp)) continue;
    const line = canvas.getContext('2d').getImageData(
        0, Math.round(row * canvas.height), canvas.width, 1).data;
    const object = [], outline = [];
    for (let x = 0; x < canvas.width; x += 1) {
      const [r, g, b] = line.slice(4 * x, 4 * x + 3);
      if (r > 180 && g < 90 && b > 180) object.push(x / canvas.width);
      else if (Math.max(r, g, b) > 150 && Math.max(r, g, b) - Math.min(r, g, b) > 45) {
        outline.push(x / canvas.width);
      }
    }
    found.set(stamp, { late: Number(late), object: [object[0], object.at(-1)],
                       outline: [outline[0], outline.at(-1)] });
  }
  return [...found.values()];
}
"""
ROW = (TOP_PX + BOX[1] / 2) / HEIGHT
NEAR_PX = 7     # of the frame; its object moves by STEP_PX = 17 from frame to frame


def measured(pages: GuardedPages, camera: str, count: int) -> list[dict[str, Any]]:
    """Return what `count` pictures show once the page has learned how late the boxes are."""
    pages.tolerated.append('willReadFrequently')    # it is this measure that reads
    page = pages.open()
    page.wait_for_selector(f'[data-camera={camera}] canvas[data-late="0"]')
    page.wait_for_timeout(1000)
    pictures = page.evaluate(MEASURE, [camera, count, ROW])
    assert len(pictures) == count
    return [picture for picture in pictures if picture['late'] == 0]


def distance_px(picture: dict[str, Any]) -> float:
    """Return how far the outline stands from the object that it is said to surround."""
    return max(abs(a - b) * WIDTH if a is not None and b is not None else WIDTH
               for a, b in zip(picture['object'], picture['outline']))


def test_outline_stands_around_the_object_of_its_own_frame(pages: GuardedPages) -> None:
    pictures = measured(pages, 'front', 40)
    assert len(pictures) >= 30
    assert max(map(distance_px, pictures)) < NEAR_PX


def test_the_measure_sees_boxes_that_are_one_frame_behind(pages: GuardedPages) -> None:
    pictures = measured(pages, 'skewed', 10)
    assert min(map(distance_px, pictures)) > NEAR_PX


def test_picture_is_drawn_in_device_pixels(pages: GuardedPages) -> None:
    page = pages.open()
    page.wait_for_selector('[data-camera=front] canvas[data-stamp]')
    width, css = page.eval_on_selector('[data-camera=front] canvas',
                                       'canvas => [canvas.width, canvas.clientWidth]')
    assert width == pytest.approx(css * page.evaluate('devicePixelRatio'), abs=1)


def test_boxes_without_pictures_are_shown_with_a_sentence(pages: GuardedPages) -> None:
    page = pages.open()
    page.get_by_text('Boxes only: no pictures on /blind/image', exact=True).wait_for()
    assert page.locator('[data-camera=blind] canvas').get_attribute('data-late') == '0'


def test_silent_camera_says_what_it_waits_for(pages: GuardedPages) -> None:
    page = pages.open()
    tile = page.locator('[data-camera=silent]')
    tile.locator('.stage-note').wait_for()
    assert '/silent/detections' in tile.locator('.stage-note').inner_text()
    assert tile.locator('.state').inner_text() == 'Silent'


def test_canvas_has_words_for_who_cannot_see_it(pages: GuardedPages) -> None:
    page = pages.open()
    page.wait_for_selector('canvas[aria-label="front: robot: 1"]')


def sent(page: Any) -> list[dict[str, Any]]:
    """Return the list that collects what the page asks for from now on."""
    asked: list[dict[str, Any]] = []
    page.on('websocket', lambda socket: socket.on(
        'framesent', lambda text: asked.append(json.loads(text))))
    return asked


def last_pictures(asked: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the newest subscription to frames."""
    return next((message for message in reversed(asked) if 'frames' in message.get('topics', ())),
                {})


def until(page: Any, condition: Any) -> None:
    """Let the page run until `condition()`; fail after half a minute."""
    for _ in range(600):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail('this did not happen')


def test_pictures_are_asked_for_as_they_come(pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open(logged_in=True)
    asked = sent(page)
    page.reload()
    until(page, lambda: last_pictures(asked).get('cameras') == [
        'blind', 'front', 'silent', 'skewed'])
    assert set(last_pictures(asked)) == {'op', 'id', 'topics', 'cameras'}


def test_a_phone_asks_for_small_pictures_and_fewer(pages: GuardedPages) -> None:
    page = pages.open(viewport={'width': 360, 'height': 740}, device_scale_factor=3)
    asked = sent(page)
    page.reload()
    until(page, lambda: last_pictures(asked))
    assert (last_pictures(asked)['width'], last_pictures(asked)['fps']) == (640, 10)


def test_only_tiles_in_sight_are_asked_for(pages: GuardedPages) -> None:
    page = pages.open(viewport={'width': 420, 'height': 500})
    asked = sent(page)
    page.reload()
    until(page, lambda: last_pictures(asked))
    assert 'skewed' not in last_pictures(asked)['cameras']
    page.locator('[data-camera=skewed]').scroll_into_view_if_needed()
    until(page, lambda: 'skewed' in last_pictures(asked)['cameras'])
    assert 'blind' not in last_pictures(asked)['cameras']


HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_hidden_page_costs_the_robot_nothing(pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open()
    until(page, lambda: scene.wanted.get('front'))
    page.evaluate(HIDE, True)
    until(page, lambda: not scene.wanted['front'])
    page.evaluate(HIDE, False)
    until(page, lambda: scene.wanted['front'])


def test_an_old_picture_says_how_old_it_is(pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open()
    page.wait_for_selector('[data-camera=front] canvas[data-late="0"]')
    scene.fed.clear()
    try:
        age = page.locator('[data-camera=front] .stage-age')
        age.wait_for()
        assert age.inner_text().startswith('Picture is ')
    finally:
        scene.fed.set()
    age.wait_for(state='hidden')


def test_the_last_picture_stays_from_view_to_view(pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open()
    page.wait_for_selector('[data-camera=front] canvas[data-late="0"]')
    scene.fed.clear()
    try:
        page.locator('[data-camera=front] .stage-age').wait_for()
        stamp = page.locator('[data-camera=front] canvas').get_attribute('data-stamp')
        for hash, stage in (('#/camera/front', '.camera-view .stage'),
                            ('#/tracks', None), ('#/', '[data-camera=front] .stage')):
            page.evaluate('hash => { location.hash = hash; }', hash)
            if stage is None:   # until the bridge has forgotten the picture
                until(page, lambda: not scene.wanted['front'])
                continue
            page.locator(f'{stage}.old .stage-age', has_text='Picture is').wait_for()
            assert page.locator(f'{stage} canvas').get_attribute('data-stamp') == stamp
    finally:
        scene.fed.set()
    page.locator('[data-camera=front] .stage-age').wait_for(state='hidden')


def test_a_picture_that_was_old_when_it_was_sent_says_so(
        pages: GuardedPages, scene: LiveScene) -> None:
    pages.open().wait_for_selector('[data-camera=front] canvas[data-late="0"]')
    scene.fed.clear()
    scene.frames_age_s = 125.0
    try:
        page = pages.open()
        page.locator('[data-camera=front] .stage-age', has_text='Picture is 2 min').wait_for()
    finally:
        scene.frames_age_s = PERIOD_S
        scene.fed.set()
