"""The list of events: live, filtered, read page by page, acknowledged, pinned, noted by hand."""
from typing import Any

from guarded_pages import GuardedPages
from live_scene import LiveScene
import pytest


@pytest.fixture
def page(pages: GuardedPages) -> Any:
    """Return a page that shows events."""
    page = pages.open('#/events')
    page.locator('article.event').first.wait_for()
    return page


def post(page: Any, path: str, body: dict[str, Any]) -> Any:
    """Return what the bridge answers to a body."""
    return page.evaluate(
        """([path, body]) => fetch(`api/v1/${path}`, { method: 'POST',
           headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
           .then(answer => answer.json())""", [path, body])


def numbers(page: Any) -> list[int]:
    """Return the numbers of the events in the page, from above."""
    return page.locator('article.event').evaluate_all(
        'articles => articles.map(article => Number(article.dataset.seq))')


def test_events_appear_as_they_happen(page: Any) -> None:
    newest = max(numbers(page))
    page.wait_for_selector(f'article[data-seq="{newest + 1}"]')
    stamps = page.locator('article.event time').evaluate_all('times => times.map(t => t.dateTime)')
    assert stamps == sorted(stamps, reverse=True)
    shown = numbers(page)
    assert len(set(shown)) == len(shown)
    assert page.locator('article.event', has_text='robot appeared').count() > 0


def test_what_is_noted_by_hand_is_an_event_like_others(page: Any) -> None:
    page.get_by_text('Note an event').click()
    page.get_by_label('What happened').fill('Door <b>open</b>')
    page.get_by_label('Note', exact=True).fill('closed it')
    page.get_by_label('Severity').select_option('warning')
    page.keyboard.press('Tab')
    page.get_by_role('button', name='Note it').click()
    noted = page.locator('article.event', has_text='Door <b>open</b>').first
    noted.wait_for()
    assert noted.locator('.severity').inner_text() == 'Warning'
    assert 'closed it' in noted.inner_text()
    noted.get_by_role('link', name='Door').click()
    page.get_by_role('heading', name='Door <b>open</b>', level=1).wait_for()
    page.get_by_text('manual_event').wait_for()


def test_acknowledged_and_pinned_stay_so(page: Any) -> None:
    made = post(page, 'events', {'title': 'to be kept', 'camera': 'silent'})
    page.get_by_label('Camera', exact=True).first.select_option('silent')
    card = page.locator(f'article[data-seq="{made["seq"]}"]')
    card.get_by_role('button', name='Acknowledge').click()
    card.get_by_role('button', name='Acknowledged').wait_for()
    card.get_by_role('button', name='Pin').click()
    card.locator('[aria-pressed=true]', has_text='Pinned').wait_for()
    page.reload()
    card.get_by_text('acknowledged by').wait_for()
    card.get_by_role('button', name='Acknowledged').click()
    card.locator('[aria-pressed=false]', has_text='Acknowledge').wait_for()


def test_filter_lives_in_the_address_and_nothing_says_why(page: Any) -> None:
    page.get_by_label('What', exact=True).select_option('manual_event')
    page.get_by_text('More filters').click()
    page.get_by_label('Label').fill('unicorn')
    page.keyboard.press('Enter')
    page.get_by_text('No event fits this filter.').wait_for()
    assert page.url.endswith('#/events?type=manual_event&label=unicorn')
    page.reload()
    page.get_by_text('No event fits this filter.').wait_for()
    assert page.get_by_label('Label').input_value() == 'unicorn'


def test_all_are_acknowledged_up_to_what_is_shown(page: Any) -> None:
    post(page, 'events', {'title': 'one of many', 'camera': 'blind'})
    page.get_by_label('Camera', exact=True).first.select_option('blind')
    page.locator('article', has_text='one of many').first.wait_for()
    page.get_by_role('button', name='Acknowledge all').click()
    page.locator('article.is-seen', has_text='one of many').first.wait_for()


def test_keyboard_leads_from_event_to_event(page: Any) -> None:
    for i in range(3):
        post(page, 'events', {'title': f'step {i}', 'camera': 'silent'})
    page.get_by_label('Camera', exact=True).first.select_option('silent')
    page.locator('article', has_text='step 2').wait_for()
    page.locator('article.event').first.focus()
    page.keyboard.press('PageDown')
    second = numbers(page)[1]
    assert page.evaluate('Number(document.activeElement.dataset.seq)') == second
    page.keyboard.press('PageUp')
    assert page.evaluate('Number(document.activeElement.dataset.seq)') == numbers(page)[0]


def test_a_long_list_is_read_forth_and_back_with_few_in_the_page(
        pages: GuardedPages, scene: LiveScene) -> None:
    page = pages.open()
    page.evaluate("""async () => {
      for (let i = 0; i < 230; i += 1) {
        await fetch('api/v1/events', { method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ title: `number ${i}`, camera: 'skewed' }) });
      }
    }""")
    page.goto(f'{scene.url}/#/events?type=manual_event&camera=skewed')
    page.locator('article', has_text='number 229').wait_for()
    for _ in range(60):
        page.mouse.wheel(0, 4000)
        page.wait_for_timeout(60)
        if page.get_by_text('These are all.').count():
            break
    page.locator('article', has_text='number 0').first.wait_for()
    assert len(numbers(page)) <= 160
    assert page.locator('article', has_text='number 229').count() == 0
    for _ in range(60):
        page.mouse.wheel(0, -4000)
        page.wait_for_timeout(60)
        if page.locator('article', has_text='number 229').count():
            break
    assert page.locator('article', has_text='number 229').count() == 1
    assert numbers(page) == sorted(set(numbers(page)), reverse=True)


PAGER = """
  const all = Array.from({ length: argument }, (_, i) => argument - i);
  const read = async cursor => {
    const from = Number(cursor || 0);
    return { items: all.slice(from, from + 10),
             next: from + 10 < all.length ? String(from + 10) : null };
  };
  const pager = new m.Pager(read, item => item);
"""


def test_pager_holds_a_window_and_goes_both_ways(run_module: Any) -> None:
    seen = run_module('pager.js', f"""{PAGER}
      return (async () => {{
        const seen = [];
        const note = () => seen.push([pager.items[0], pager.items.length, pager.atTop]);
        await pager.first(); note();
        for (let i = 0; i < 5; i += 1) await pager.older();
        note();
        while (!pager.atTop) await pager.newer();
        note();
        return seen;
      }})();""", 100)
    assert seen == [[100, 10, True], [80, 40, False], [100, 40, True]]


def test_pager_brings_in_what_is_new_without_a_gap(run_module: Any) -> None:
    items = run_module('pager.js', f"""{PAGER}
      return (async () => {{
        await pager.first();
        await pager.older();
        all.unshift(103, 102, 101);
        await pager.refresh();
        return pager.items;
      }})();""", 50)
    assert items == [103, 102, 101, *range(50, 30, -1)]
