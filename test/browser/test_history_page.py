"""History: the timeline of cameras, and a track's page with its shot and its story."""
import re
from typing import Any

from guarded_pages import GuardedPages
from live_scene import LiveScene
import pytest

Span = dict[str, float]


@pytest.mark.parametrize(('spans', 'lanes'), [
    ([], []), ([(0, 10)], [0]), ([(0, 10), (5, 15)], [0, 1]), ([(0, 10), (10, 20)], [0, 0]),
    ([(0, 100), (10, 20), (15, 30), (21, 40)], [0, 1, 2, 1])])
def test_tracks_at_the_same_time_lie_side_by_side(
        run_module: Any, spans: list[tuple[int, int]], lanes: list[int]) -> None:
    body = """const spans = argument.map(([begin, end]) => ({ begin, end }));
              const { of } = m.lanesOf(spans); return spans.map(span => of.get(span));"""
    assert run_module('lanes.js', body, spans) == lanes


LIMITS = {'least': 10, 'most': 1000, 'until': 500}


@pytest.mark.parametrize(('factor', 'about', 'expected'), [
    (0.5, 150, (125, 175)), (0.5, 100, (100, 150)), (0.001, 150, (145, 155)),
    (2, 150, (50, 250)), (100, 150, (-500, 500))])
def test_zoom_keeps_what_is_pointed_at_and_its_limits(
        run_module: Any, factor: float, about: float, expected: tuple[float, float]) -> None:
    span = run_module('lanes.js', 'return m.zoomed(...argument)',
                      [{'begin': 100, 'end': 200}, factor, about, LIMITS])
    assert (span['begin'], span['end']) == pytest.approx(expected)


def test_no_future_is_shown(run_module: Any) -> None:
    span = run_module('lanes.js', 'return m.shifted(...argument)',
                      [{'begin': 100, 'end': 200}, 1000, 250])
    assert span == {'begin': 150, 'end': 250}


def test_times_along_the_axis_are_round(run_module: Any) -> None:
    times = run_module('lanes.js', 'return m.timesAlong(...argument)',
                       [{'begin': 61_000, 'end': 361_000}, 6])
    assert times == [120_000, 180_000, 240_000, 300_000, 360_000]


def open_timeline(pages: GuardedPages) -> Any:
    """Return a page whose timeline shows tracks."""
    page = pages.open('#/tracks?camera=front&period=1h')
    page.locator('.lane-bar').first.wait_for()
    return page


def test_timeline_is_read_by_keyboard_and_opens_a_track(pages: GuardedPages) -> None:
    page = open_timeline(pages)
    page.locator('.timeline-frame').focus()
    page.keyboard.press('Home')
    said = page.locator('.timeline [role=status]')
    assert re.match(r'robot #\d+, front, from .* Enter opens it\.', said.inner_text())
    assert page.locator('.lane-bar.chosen').count() == 1
    page.keyboard.press('Enter')
    page.wait_for_selector('.path-stage svg')
    assert re.search(r'#/tracks/\d+$', page.url)


def test_timeline_zooms_and_moves(pages: GuardedPages) -> None:
    page = open_timeline(pages)
    said = page.locator('.timeline [role=status]')
    page.locator('.timeline-frame').focus()
    page.keyboard.press('Shift+ArrowLeft')
    page.keyboard.press('Shift+ArrowLeft')
    page.keyboard.press('Shift+ArrowLeft')
    page.keyboard.press('Shift+ArrowLeft')
    page.get_by_text('No track in this time.').wait_for()
    for _ in range(3):
        page.get_by_role('button', name='Later').click()
    page.locator('.lane-bar').first.wait_for()
    page.get_by_role('button', name='Zoom out').click()
    page.wait_for_function(
        "() => /^\\d+ tracks from /.test(document.querySelector('.timeline [role=status]')"
        '.textContent)')
    assert 'tracks from' in said.inner_text()


def test_track_tells_its_story_and_is_pinned(pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open('#/tracks?camera=front')
    page.locator('tbody tr', has_text='lost from view').first.locator('a').first.click()
    page.get_by_role('heading', name='What happened').wait_for()
    story = page.locator('.story').inner_text()
    assert 'robot appeared' in story
    assert 'robot was lost from view' in story
    page.get_by_role('button', name='Pin, to keep it').click()
    page.locator('[aria-pressed=true]', has_text='Pinned').wait_for()
    assert page.evaluate('document.activeElement.textContent').startswith('Pinned')
    page.go_back()
    page.locator('tbody tr', has_text='pinned').first.wait_for()


def test_filter_of_history_lives_in_the_address(pages: GuardedPages) -> None:
    page = pages.open('#/tracks')
    page.locator('tbody tr').first.wait_for()
    page.get_by_label('When').select_option('yesterday')
    page.get_by_text('No track fits this filter.').wait_for()
    assert page.url.endswith('#/tracks?period=yesterday')


@pytest.mark.parametrize(('hash', 'first'), [
    ('#/tracks?camera=front&label=robot', 'id,'), ('#/events?camera=front&severity=info', 'seq,')])
def test_what_is_shown_is_there_as_a_file(
        pages: GuardedPages, hash: str, first: str) -> None:
    page = pages.open(hash)
    page.locator('tbody tr, article.event').first.wait_for()
    status, text = page.evaluate("""() => fetch(document.querySelector('a.export').href)
        .then(async answer => [answer.status, await answer.text()])""")
    assert status == 200
    assert text.startswith(first)
    assert text.count('\n') > 1
