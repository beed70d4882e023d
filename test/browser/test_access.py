"""The page can be read and used by everybody: contrast, names, landmarks, headings."""
from typing import Any

from guarded_pages import GuardedPages
from live_scene import LiveScene
import pytest

VIEWS = ('#/', '#/camera/front', '#/camera/silent', '#/events', '#/tracks',
         '#/people', '#/strangers', '#/privacy', '#/audit', '#/analytics', '#/zones/front',
         '#/health')

# Every visible text with its contrast against what lies behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """
() => {
  const parse = text => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, alpha, below) => top.map((c, i) => alpha * c + (1 - alpha) * below[i]);
  const behind = node => {
    for (const layers = []; node; node = node.parentElement) {
      const { rgb, alpha } = parse(getComputedStyle(node).backgroundColor);
      layers.push([rgb, alpha]);
      if (alpha === 1 || node === document.documentElement) {
        return layers.reverse().reduce((below, [top, a]) => over(top, a, below), [255, 255, 255]);
      }
    }
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(c => c / 255).map(
        c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const node of document.querySelectorAll('body *')) {
    const own = [...node.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest('.unseen, option')) continue;
    const style = getComputedStyle(node);
    const below = behind(node);
    const { rgb, alpha } = parse(node instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(over(rgb, alpha, below)), light(below)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    found.push({ text: node.textContent.trim().slice(0, 40), ratio: (a + 0.05) / (b + 0.05),
                 least: large ? 3 : 4.5 });
  }
  return found;
}
"""

FAULTS = """
() => {
  const faults = [];
  const all = selector => [...document.querySelectorAll(selector)]
      .filter(node => node.checkVisibility());
  const one = (selector, what) => {
    const n = all(selector).length;
    if (n !== 1) faults.push(`${n} times ${what}`);
  };
  one('main', 'main');
  one('h1', 'h1');
  if (!document.documentElement.lang) faults.push('no language');
  if (!document.title) faults.push('no title');
  const name = node => (node.getAttribute('aria-label')
      || (node.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
          .map(id => document.getElementById(id)?.textContent).join(' ')
      || [...(node.labels || [])].map(label => label.textContent).join(' ')
      || node.textContent || '').trim();
  for (const node of all('a, button, select, input, meter, nav, aside, form, [role=img]')) {
    if (!name(node)) faults.push(`no name: ${node.outerHTML.slice(0, 120)}`);
  }
  for (const node of all('img')) {
    if (!node.hasAttribute('alt')) faults.push(`no alt: ${node.outerHTML}`);
  }
  let level = 0;
  for (const node of all('h1, h2, h3, h4')) {
    const next = Number(node.tagName[1]);
    if (next > level + 1) faults.push(`h${level} is followed by h${next}: ${node.textContent}`);
    level = next;
  }
  const ids = all('[id]').map(node => node.id);
  if (new Set(ids).size !== ids.length) faults.push(`ids twice in ${ids}`);
  for (const node of all('[tabindex]')) {
    if (node.tabIndex > 0) faults.push(`tabindex ${node.tabIndex}: ${node.outerHTML}`);
  }
  for (const node of all('table')) {
    if (!node.caption) faults.push('a table without caption');
    if (node.querySelector('thead th:not([scope=col])')) faults.push('th without scope');
  }
  for (const node of all('dl > :not(div, dt, dd), dl > div > :not(dt, dd), ul > :not(li)')) {
    faults.push(`out of place: ${node.outerHTML.slice(0, 120)}`);
  }
  for (const node of all('[aria-live], [role=status]')) {
    if (node.querySelector('canvas, table')) faults.push('too much is read aloud');
  }
  for (const node of all('nav a, .bar button, .filter button, .filter select')) {
    const { height } = node.getBoundingClientRect();
    if (height < 24) faults.push(`${height} px high: ${node.outerHTML}`);
  }
  return faults;
}
"""


def settled(pages: GuardedPages, hash: str, **options: Any) -> Any:
    """Return a page whose numbers have come in."""
    page = pages.open(hash, **options)
    wait(page)
    return page


def visit(page: Any, hash: str) -> None:
    """Go to another view and wait until its numbers have come in."""
    page.evaluate('hash => { location.hash = hash; }', hash)
    wait(page)


def wait(page: Any) -> None:
    """Wait until the numbers of a view have come in."""
    page.wait_for_selector('.state[data-state=live], .state[data-state=silent], tbody tr, .event, '
                           '.plots > *, .zone-stage, .people-note .empty, '
                           '.people-view .note:not(:empty)')
    page.wait_for_timeout(600)


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_text_is_readable(pages: GuardedPages, scheme: str) -> None:
    page = settled(pages, '#/', color_scheme=scheme)
    for hash in VIEWS:
        visit(page, hash)
        texts = page.evaluate(CONTRASTS)
        assert len(texts) > 10
        assert [(hash, text) for text in texts if text['ratio'] < text['least']] == []


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_bad_news_are_readable(pages: GuardedPages, scheme: str) -> None:
    page = settled(pages, '#/', color_scheme=scheme)
    show = """
      for (const id of ['banner', 'recorder-banner']) {
        document.getElementById(id).hidden = false;
        document.querySelector(`#${id} p`).textContent = `text of ${id}`;
      }
      document.querySelector('.tile-facts dd').classList.add('bad');"""
    # In one go: the page's next look at the bridge would take the banners away.
    texts = page.evaluate(f'() => {{ {show} return ({CONTRASTS})(); }}')
    assert any(text['text'] == 'text of recorder-banner' for text in texts)
    assert [text for text in texts if text['ratio'] < text['least']] == []


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_login_is_readable(pages: GuardedPages, scene: LiveScene, scheme: str) -> None:
    page = pages.open(logged_in=False, color_scheme=scheme)
    page.goto(f'{scene.url}/login')
    page.evaluate("""() => {
      const message = document.getElementById('message');
      message.className = 'wrong';
      message.textContent = 'No.';
    }""")
    texts = page.evaluate(CONTRASTS)
    assert any(text['text'] == 'No.' for text in texts)
    assert [text for text in texts if text['ratio'] < text['least']] == []
    assert page.evaluate(FAULTS) == []


def test_structure_is_sound(pages: GuardedPages) -> None:
    page = settled(pages, '#/')
    for hash in VIEWS:
        visit(page, hash)
        assert (hash, page.evaluate(FAULTS)) == (hash, [])
        assert page.locator('header nav [aria-current=page]').count() == 1


def test_track_is_sound_and_readable(pages: GuardedPages) -> None:
    page = settled(pages, '#/tracks')
    page.locator('tbody a').first.click()
    page.wait_for_selector('.path-stage svg')
    assert page.evaluate(FAULTS) == []
    texts = page.evaluate(CONTRASTS)
    assert [text for text in texts if text['ratio'] < text['least']] == []


def luminance(colour: str) -> float:
    """Return the relative luminance of '#rrggbb' (WCAG 2.2)."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                        for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_boxes_and_their_plates_are_readable_on_any_picture(run_module: Any) -> None:
    colours, plate, text = run_module(
        'overlay.js', 'return [m.TRACK_COLOURS, m.PLATE, m.PLATE_TEXT]')
    assert len(set(colours)) == len(colours) == 12
    assert contrast(text, plate) >= 7
    assert min(contrast(colour, plate) for colour in colours) >= 4.5


def test_colour_of_a_track_stays(run_module: Any) -> None:
    body = 'return argument.map(([tracks, ids, labels]) => m.boxColour({tracks, ids, labels}, 0))'
    first, again, other, by_id, by_label = run_module('overlay.js', body, [
        [[5], ['a'], ['x']], [[5], ['b'], ['y']], [[6], ['a'], ['x']],
        [[0], ['a'], ['x']], [[0], [''], ['x']]])
    assert first == again != other
    assert by_id and by_label


def test_still_page_for_who_asks_for_less_motion(pages: GuardedPages) -> None:
    page = settled(pages, '#/', reduced_motion='reduce')
    moving = page.evaluate("""() => [...document.querySelectorAll('*')].filter(node => {
      const { transitionDuration, animationName } = getComputedStyle(node);
      return transitionDuration !== '0s' || animationName !== 'none';
    }).length""")
    assert moving == 0


def test_changes_of_state_are_told_politely(pages: GuardedPages, scene: LiveScene) -> None:
    page = settled(pages, '#/')
    page.evaluate("""() => {
      window.told = [];
      new MutationObserver(() => window.told.push(
          document.getElementById('announcer').textContent))
        .observe(document.getElementById('announcer'), { childList: true });
    }""")
    page.wait_for_timeout(1500)
    assert page.evaluate('window.told') == []
    scene.paused.set()
    try:
        page.wait_for_function("() => window.told.some(text => text.includes('front is Paused.'))")
    finally:
        scene.paused.clear()
