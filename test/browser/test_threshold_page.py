"""The threshold: how often it would be wrong, as a plot, in words and as a table."""
import re
from typing import Any

from guarded_pages import GuardedPages
from known_faces import KnownFaces
from live_scene import LiveScene
import pytest
from test_access import CONTRASTS, FAULTS


@pytest.fixture(scope='module')
def known(scene: LiveScene) -> KnownFaces:
    """Return who puts people into the scene."""
    return KnownFaces(scene)


def test_too_few_faces_say_what_to_do(pages: GuardedPages, known: KnownFaces) -> None:
    page = pages.open('#/threshold')
    page.get_by_role('heading', name='There is too little to compare').wait_for()
    known.person('Alone', 1, templates=1)
    page.reload()
    page.get_by_role('heading', name='There is too little to compare').wait_for()
    page.get_by_role('link', name='Enroll people').click()
    page.get_by_role('link', name='Alone').wait_for()


@pytest.fixture
def enrolled(known: KnownFaces) -> dict[str, Any]:
    """Return the rates of a gallery of several people."""
    for identity in range(10, 14):
        if not known.ask(f'people?query=Person{identity}')['items']:
            known.person(f'Person{identity}', identity, templates=3)
    return known.ask('faces/rates')


def test_rates_are_said_in_words_and_drawn(
        pages: GuardedPages, enrolled: dict[str, Any]) -> None:
    page = pages.open('#/threshold')
    page.get_by_role('heading', name='False and missed names').wait_for()
    assert page.locator('.figures dd').first.inner_text().startswith('0.363')
    words = page.locator('.figures').inner_text()
    faces = enrolled['sampled']
    assert f'None of {faces} faces reached somebody else.' in words
    assert f'room for up to {-(-3000 // faces)} in 1,000 strangers' in words
    assert re.search(
        r'Every face that could|Of 1,000 looks at somebody known, about [\d,]+ would', words)
    assert page.locator('.plot-line').count() == 2
    page.get_by_text('now 0.363').wait_for()
    page.get_by_text('so few say little').wait_for()


def test_mark_stands_where_the_threshold_is(
        pages: GuardedPages, enrolled: dict[str, Any]) -> None:
    page = pages.open('#/threshold')
    page.locator('.plot-mark').wait_for(state='attached')
    mark, points = page.evaluate("""() => [
        Number(document.querySelector('.plot-mark').getAttribute('x1')),
        document.querySelector('.plot-line').getAttribute('points').split(' ')
            .map(point => Number(point.split(',')[0]))]""")
    assert len(points) == len(enrolled['curve'])
    share = (mark - points[0]) / (points[-1] - points[0])
    first, last = enrolled['curve'][0]['threshold'], enrolled['curve'][-1]['threshold']
    assert first + share * (last - first) == pytest.approx(enrolled['threshold'], abs=0.002)


def test_curve_is_read_by_keyboard_and_as_a_table(
        pages: GuardedPages, enrolled: dict[str, Any]) -> None:
    page = pages.open('#/threshold')
    page.locator('.plot-frame').focus()
    page.keyboard.press('Home')
    first = enrolled['curve'][0]
    read = page.locator('.plot-readout').inner_text()
    assert read.startswith(f'Threshold {first["threshold"]:.2f}: false names in % ')
    page.get_by_text('As a table').click()
    rows = page.locator('.plot-table tbody tr')
    rows.first.wait_for()
    assert rows.count() == len(enrolled['curve'])
    shown = rows.last.locator('td').all_inner_texts()
    last = enrolled['curve'][-1]
    assert [float(text) for text in shown] == pytest.approx(
        [100 * last['false_accept'], 100 * last['false_reject']], abs=0.06)


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_threshold_is_readable_and_sound(
        pages: GuardedPages, enrolled: dict[str, Any], scheme: str) -> None:
    page = pages.open('#/threshold', color_scheme=scheme,
                      viewport={'width': 375, 'height': 700})
    page.locator('.plot-mark').wait_for(state='attached')
    assert [text for text in page.evaluate(CONTRASTS) if text['ratio'] < text['least']] == []
    assert page.evaluate(FAULTS) == []
    assert page.evaluate('document.documentElement.scrollWidth') == 375
