"""Plots: right, told apart by anybody, read by eye, by keyboard and as a table."""
import itertools
import math
from pathlib import Path
import re
from typing import Any

from guarded_pages import GuardedPages
import pytest
import smartcam_bridge
from test_access import contrast

CSS = (Path(smartcam_bridge.__file__).parent / 'web/static/plots.css').read_text()
SURFACES = {'light': '#ffffff', 'dark': '#151b23'}
# Machado, Oliveira and Fernandes 2009: how colours look without one kind of cone.
BLIND = {
    'protan': ((.152286, 1.052583, -.204868), (.114503, .786281, .099216),
               (-.003882, -.048116, 1.051998)),
    'deutan': ((.367322, .860646, -.227968), (.280085, .672501, .047413),
               (-.011820, .042940, .968881)),
    'tritan': ((1.255528, -.076749, -.178779), (-.078411, .930809, .147602),
               (.004733, .691367, .303900)),
    'none': ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def colours(scheme: str) -> list[str]:
    """Return the six colours of series."""
    blocks = re.findall(r'--plot-(\d): (#\w{6})', CSS)
    assert [int(number) for number, _ in blocks] == [1, 2, 3, 4, 5, 6] * 2
    return [colour for _, colour in (blocks[:6] if scheme == 'light' else blocks[6:])]


def lab(colour: str, blindness: str) -> tuple[float, float, float]:
    """Return a colour in CIELAB (D65) as somebody sees it."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in parts]
    seen = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear))))
            for row in BLIND[blindness]]
    xyz = [sum(a * b for a, b in zip(row, seen)) for row in (
        (.4124564 / .95047, .3575761 / .95047, .1804375 / .95047),
        (.2126729, .7151522, .0721750),
        (.0193339 / 1.08883, .1191920 / 1.08883, .9503041 / 1.08883))]
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_series_stand_out_from_the_surface(scheme: str) -> None:
    assert min(contrast(colour, SURFACES[scheme]) for colour in colours(scheme)) >= 3


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('blindness', BLIND)
def test_series_are_told_apart(scheme: str, blindness: str) -> None:
    near = {(one, other): round(math.dist(lab(one, blindness), lab(other, blindness)), 1)
            for one, other in itertools.combinations(colours(scheme), 2)}
    assert min(near.values()) >= 10, near


def test_heat_grows_lighter(run_module: Any) -> None:
    steps = run_module('heat_map.js', 'return Array.from({length: 21}, (_, i) => m.heat(i / 20))')
    light = [lab('#%02x%02x%02x' % tuple(step[:3]), 'none')[0] for step in steps]
    assert light == sorted(light)
    assert [step[3] for step in steps][:2] == [0, steps[1][3]] != [0, 0]


@pytest.mark.parametrize(('top', 'ticks'), [
    (0, [0, 1]), (1, [0, 0.25, 0.5, 0.75, 1]), (7, [0, 2, 4, 6, 8]), (100, [0, 25, 50, 75, 100]),
    (0.3, [0, 0.1, 0.2, 0.3]), (1234567, [0, 500000, 1000000, 1500000])])
def test_axis_has_round_steps(run_module: Any, top: float, ticks: list[float]) -> None:
    assert run_module('plot.js', 'return m.ticksTo(argument)', top) == ticks


@pytest.mark.parametrize(('iso', 'bucket', 'words', 'name'), [
    ('2026-03-29T03:00:00+02:00', 'hour', '03:00', 'Sun, 29 Mar 2026, 03:00'),
    ('2026-03-29T00:00:00+01:00', 'hour', '29 Mar', 'Sun, 29 Mar 2026, 00:00'),
    ('2026-10-26T00:00:00+05:30', 'day', '26 Oct', 'Mon, 26 Oct 2026'),
    ('2026-10-26T00:00:00+05:30', 'week', '26 Oct', 'Week of Mon, 26 Oct 2026'),
    ('2026-02-01T00:00:00-08:00', 'month', '2026-02', '2026-02')])
def test_buckets_are_called_by_their_local_time(
        run_module: Any, iso: str, bucket: str, words: str, name: str) -> None:
    body = 'return [m.bucketWords(...argument), m.bucketName(...argument)]'
    assert run_module('analytics_plots.js', body, [iso, bucket]) == [words, name]


@pytest.mark.parametrize(('now', 'before', 'words'), [
    (112, 100, '+12 % (before: 100)'), (50, 100, '−50 % (before: 100)'),
    (5, 5, '±0 % (before: 5)'), (5, 0, 'before: 0')])
def test_change_is_said_in_words(run_module: Any, now: int, before: int, words: str) -> None:
    assert run_module('analytics_plots.js', 'return m.changeWords(...argument)',
                      [now, before]) == words


@pytest.mark.parametrize(('hours', 'bucket'), [
    (1, 'minute'), (8, 'quarter'), (24, 'hour'), (24 * 30, 'day'), (24 * 365, 'week')])
def test_bucket_follows_the_time_asked_for(run_module: Any, hours: int, bucket: str) -> None:
    assert run_module('period.js', 'return m.bucketFor(0, argument * 3600e3)', hours) == bucket


def test_what_was_seen_is_plotted_and_read_by_keyboard(pages: GuardedPages) -> None:
    page = pages.open('#/analytics?period=1h')
    figure = page.locator('figure', has=page.get_by_role('heading', name='Tracks over time'))
    figure.locator('.plot-bar').first.wait_for()
    figure.locator('.plot-frame').focus()
    page.keyboard.press('End')
    readout = figure.locator('.plot-readout')
    assert re.search(r'\d\d:\d\d: .*tracks$', readout.inner_text())
    page.keyboard.press('Escape')
    assert 'most in one minute' in readout.inner_text()
    figure.get_by_text('As a table').click()
    shown = page.evaluate("""() => [...document.querySelector('.plot-table tbody').rows].map(
        row => [...row.cells].slice(1).reduce((sum, cell) => sum + Number(cell.textContent), 0))
        .reduce((a, b) => a + b)""")
    asked = page.evaluate("""() => fetch('api/v1/analytics/counts?bucket=minute&from='
        + encodeURIComponent(new Date(Date.now() - 3600e3).toISOString()))
        .then(answer => answer.json())
        .then(({total}) => total.tracks)""")
    assert 0 < shown <= asked


def test_plots_without_anything_say_what_to_do(pages: GuardedPages) -> None:
    page = pages.open('#/analytics?period=custom&from=2001-01-01T00:00&to=2001-01-03T00:00')
    page.get_by_text('No track began in this time.').wait_for()
    page.get_by_role('link', name='Draw a zone').wait_for()
