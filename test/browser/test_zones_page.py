"""The zone editor: drawn, moved, changed, refused and deleted by mouse, touch and keyboard."""
from collections.abc import Iterator
import math
from typing import Any

from guarded_pages import GuardedPages
import pytest

KINDS = ('zones', 'tripwires', 'masks')


def stored(page: Any, kind: str = 'zones') -> list[dict[str, Any]]:
    """Return the shapes of the camera that the bridge has."""
    return page.evaluate(
        'kind => fetch(`api/v1/cameras/front/${kind}`).then(a => a.json()).then(a => a.items)',
        kind)


@pytest.fixture
def page(pages: GuardedPages) -> Iterator[Any]:
    """Return the editor of a camera without shapes; they go afterwards."""
    page = pages.open('#/zones/front', has_touch=True)
    page.get_by_text('Nothing is drawn yet').wait_for()
    page.wait_for_selector('.zone-stage canvas[data-stamp]')
    yield page
    page.evaluate("""async kinds => {
      for (const kind of kinds) {
        const { items } = await (await fetch(`api/v1/cameras/front/${kind}`)).json();
        for (const { id } of items) {
          await fetch(`api/v1/cameras/front/${kind}/${id}`, { method: 'DELETE' });
        }
      }
    }""", list(KINDS))


def place(page: Any, x: float, y: float) -> tuple[float, float]:
    """Return where a point in [0,1] of the picture lies in the window."""
    box = page.locator('.shape-canvas').bounding_box()
    return box['x'] + x * box['width'], box['y'] + y * box['height']


def draw(page: Any, kind: str, *points: tuple[float, float]) -> None:
    """Draw by mouse."""
    page.get_by_role('button', name=f'New {kind}').click()
    for point in points:
        page.mouse.click(*place(page, *point))
    if kind != 'tripwire':
        page.keyboard.press('Enter')


def save(page: Any) -> None:
    """Save and wait for it."""
    page.get_by_role('button', name='Save').click()
    page.get_by_text('is saved and counts from now on').wait_for()


def near(points: Any, expected: Any) -> bool:
    """Return whether points are where they should be, to a pixel or so."""
    return len(points) == len(expected) and all(
        math.dist(one, other) < 0.004 for one, other in zip(points, expected))


def test_zone_is_drawn_by_mouse_and_counts(page: Any) -> None:
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]
    draw(page, 'zone', *corners)
    page.get_by_label('Name').fill('Everything <i>')
    page.get_by_label('Loiters after').fill('1')
    page.get_by_label('Only labels').fill('robot, person')
    page.get_by_role('button', name='Add hours').click()
    page.get_by_label('Sat').check()
    page.get_by_label('Sun').check()
    page.get_by_label('from', exact=True).fill('00:00')
    page.get_by_label('to', exact=True).fill('23:59')
    page.get_by_label('Clocks of').fill('Asia/Kolkata')
    save(page)
    zone, = stored(page)
    assert near(zone['points'], corners)
    assert (zone['name'], zone['loiter_s'], zone['labels'], zone['timezone']) == (
        'Everything <i>', 1, ['robot', 'person'], 'Asia/Kolkata')
    assert zone['schedule'] == [{'days': ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
                                 'from': '00:00', 'to': '23:59'}]
    page.locator('.occupancy', has_text='1 inside').wait_for()
    page.locator('.anchor.in').first.wait_for(state='attached')


def test_tripwire_shows_which_way_is_in(page: Any) -> None:
    draw(page, 'tripwire', (0.3, 0.2), (0.3, 0.8))
    way = """() => {
      const path = document.querySelector('.tripwire .arrow').getAttribute('d');
      const [x1, , x2] = path.match(/[\\d.]+/g).map(Number);
      return Math.sign(x2 - x1);
    }"""
    assert page.evaluate(way) == -1     # looking down the picture, right is to the left
    page.get_by_role('button', name='Swap in and out').click()
    assert page.evaluate(way) == 1
    save(page)
    line, = stored(page, 'tripwires')
    assert near([line['start'], line['end']], [(0.3, 0.8), (0.3, 0.2)])


def test_points_are_dragged_added_and_removed(page: Any) -> None:
    draw(page, 'mask', (0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
    page.mouse.move(*place(page, 0.6, 0.6))
    page.mouse.down()
    page.mouse.move(*place(page, 0.7, 0.7), steps=4)
    page.mouse.move(*place(page, 0.8, 0.8), steps=4)
    page.mouse.up()
    page.mouse.move(*place(page, 0.4, 0.2))
    page.mouse.down()
    page.mouse.move(*place(page, 0.4, 0.1), steps=4)
    page.mouse.up()
    save(page)
    mask, = stored(page, 'masks')
    assert near(mask['points'], [(0.2, 0.2), (0.4, 0.1), (0.6, 0.2), (0.8, 0.8), (0.2, 0.6)])
    page.get_by_role('button', name='Point 2 of 5').focus()
    page.keyboard.press('Delete')
    save(page)
    assert near(stored(page, 'masks')[0]['points'],
                [(0.2, 0.2), (0.6, 0.2), (0.8, 0.8), (0.2, 0.6)])


def test_zone_is_drawn_and_moved_by_keyboard_alone(page: Any) -> None:
    page.get_by_role('button', name='New zone').focus()
    page.keyboard.press('Enter')
    page.keyboard.press('Space')
    for key in ('ArrowRight', 'ArrowDown'):
        for _ in range(4):
            page.keyboard.press(f'Shift+{key}')
        page.keyboard.press('Space')
    page.keyboard.press('Enter')
    page.keyboard.press('Enter')    # the name has the focus; Enter saves
    page.get_by_text('is saved and counts from now on').wait_for()
    assert near(stored(page)[0]['points'], [(0.5, 0.5), (0.7, 0.5), (0.7, 0.7)])
    page.get_by_role('button', name='Point 1 of 3').focus()
    page.keyboard.press('Shift+ArrowUp')
    page.keyboard.press('ArrowLeft')
    assert 'Point 1 of 3, 49.5 % from the left, 45 % from the top' == page.evaluate(
        "document.activeElement.getAttribute('aria-label')")


def test_tripwire_is_drawn_by_touch(page: Any) -> None:
    page.get_by_role('button', name='New tripwire').tap()
    page.touchscreen.tap(*place(page, 0.2, 0.5))
    page.touchscreen.tap(*place(page, 0.8, 0.5))
    save(page)
    assert near([stored(page, 'tripwires')[0]['start']], [(0.2, 0.5)])


def test_refusal_is_shown_at_the_shape(page: Any, pages: GuardedPages) -> None:
    pages.tolerated.append('status of 422')
    draw(page, 'zone', (0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8))     # crosses itself
    page.get_by_role('button', name='Save').click()
    said = page.locator('.shape-canvas .refusal')
    said.wait_for()
    assert 'cross' in said.inner_text()
    assert page.get_by_role('alert').inner_text() == said.inner_text()
    assert page.locator('.shape.wrong').count() == 1
    page.get_by_role('button', name='Point 2 of 4').focus()
    page.keyboard.press('ArrowUp')
    assert not said.is_visible()
    assert stored(page) == []


def test_escape_gives_up_and_undo_brings_back(page: Any) -> None:
    page.get_by_role('button', name='New zone').click()
    page.mouse.click(*place(page, 0.5, 0.5))
    page.keyboard.press('Escape')
    page.get_by_text('Nothing was drawn.').wait_for()
    assert page.locator('.sketch').count() == 0
    draw(page, 'zone', (0.1, 0.1), (0.5, 0.1), (0.5, 0.5))
    save(page)
    page.get_by_role('button', name='Point 1 of 3').focus()
    page.keyboard.press('Shift+ArrowDown')
    page.get_by_role('button', name='Undo changes').click()
    page.get_by_role('button', name='Point 1 of 3, 10 %').wait_for()


def test_shape_is_switched_off_and_deleted(page: Any) -> None:
    draw(page, 'zone', (0.1, 0.1), (0.5, 0.1), (0.5, 0.5))
    page.get_by_label('In use').uncheck()
    save(page)
    assert stored(page)[0]['enabled'] is False
    page.on('dialog', lambda dialog: dialog.accept())
    page.get_by_role('button', name='Delete').click()
    page.get_by_text('Nothing is drawn yet').wait_for()
    assert stored(page) == []


def test_who_only_looks_changes_nothing(pages: GuardedPages) -> None:
    page = pages.open()
    page.route('**/api/v1/session', lambda route: route.fulfill(
        json={'role': 'viewer', 'name': 'x', 'expires': None}))
    page.reload()
    page.evaluate("location.hash = '#/zones/front'")
    page.get_by_text('Nothing is drawn yet').wait_for()
    assert page.get_by_role('button', name='New zone').count() == 0


@pytest.mark.parametrize(('point', 'inside'), [
    ((0.5, 0.5), True), ((0.1, 0.5), False), ((0.5, 0.9), False), ((0.25, 0.21), True)])
def test_inside_is_what_the_outline_encloses(
        run_module: Any, point: tuple[float, float], inside: bool) -> None:
    outline = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.5, 0.7], [0.2, 0.8]]
    assert run_module('outline.js', 'return m.inside(...argument)', [outline, point]) is inside


@pytest.mark.parametrize(('anchor', 'place'), [
    ('bottom_center', [0.5, 0.8]), ('top_left', [0.25, 0.4]), ('center', [0.5, 0.6]),
    ('center_right', [0.75, 0.6])])
def test_anchor_is_the_place_that_counts(
        run_module: Any, anchor: str, place: list[float]) -> None:
    assert run_module('outline.js', 'return m.anchorOf(...argument)',
                      [[0.25, 0.4, 0.75, 0.8], anchor]) == pytest.approx(place)
