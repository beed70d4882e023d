"""The report of a day as one HTML file: no script, nothing from elsewhere, good on paper."""
import base64
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any, Callable, Mapping, Sequence

from smartcam_bridge.store.analytics import Dwell, Series
from smartcam_bridge.store.people_queries import SeenPerson
from smartcam_bridge.web import plots

STYLE = """
:root { color-scheme: light; }
body { font: 11pt/1.45 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.sum { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.2rem 0; padding: 0; }
.sum li { list-style: none; } .sum b { display: block; font-size: 1.7rem; line-height: 1.1; }
figure { margin: 1rem 0 1.8rem; break-inside: avoid; }
figcaption { font-weight: 600; } small, .quiet { color: #555; font-weight: 400; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: #444; }
.rule { stroke: #ddd; } .legend { padding: 0; margin: .2rem 0; font-size: .9rem; }
.legend li { display: inline-block; margin-right: 1rem; }
.legend svg { width: .7rem; height: .7rem; margin-right: .35rem; }
table { border-collapse: collapse; font-size: .9rem; margin: .5rem 0; }
td, th { border-bottom: 1px solid #ddd; padding: .15rem .7rem .15rem 0; text-align: left; }
td { font-variant-numeric: tabular-nums; } summary { color: #555; font-size: .9rem; }
.maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem; }
.maps figure { margin: 0; } .maps img { width: 100%; border: 1px solid #ddd; }
@media print { body { margin: 0; max-width: none; } details { display: none; } }
"""
_DIGEST = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; base-uri 'none'; "
          "form-action 'none'; frame-ancestors 'none'")
"""What the file may do: nothing but look like this."""

_WHOLE_DAY = 'the whole day'


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on a day. hours: names of its 23 to 25 hours; numbers are one per hour.

    events, suspensions: as the API has them, events with the time of day as `clock`. maps: PNGs
    by camera. clock: the time of day of a stamp (ns).
    """

    title: str
    timezone: str
    hours: Sequence[str]
    counts: Sequence[Series]
    total: Series
    before: Series      # of the day before
    occupancy: Sequence[Series]
    crossings: Sequence[Series]
    dwell: Sequence[Dwell]
    people: Sequence[SeenPerson]
    clock: Callable[[int], str]
    maps: Mapping[str, bytes]
    events: Sequence[Mapping[str, Any]]
    events_more: bool
    suspensions: Sequence[Mapping[str, Any]]


def day_report(day: Day) -> str:
    """Return the HTML."""
    title = escape(day.title)
    parts = [f'<h1>{title}</h1><p class="quiet">Times of {escape(day.timezone)}.</p>',
             _sums(day), _counts(day), _occupancy(day), _crossings(day), _dwells(day),
             _people(day), _maps(day), _events(day), _suspensions(day)]
    return (f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<style>{STYLE}</style></head><body><main>{"".join(parts)}</main></body></html>')


def _sums(day: Day) -> str:
    now, before = day.total.numbers, day.before.numbers
    sums = [('tracks', 'tracks'), ('boxes', 'boxes')]
    items = [f'<li><b>{_number(now[key])}</b>{name} '
             f'<small>{_against(now[key], before[key])}</small></li>' for key, name in sums]
    items.append(f'<li><b>{_number(now["peak"] or 0)}</b>most at once</li>')
    for way in ('in', 'out'):
        crossed = sum(sum(each.numbers[way]) for each in day.crossings)
        if day.crossings:
            items.append(f'<li><b>{_number(crossed)}</b>crossed {way}</li>')
    return f'<ul class="sum">{"".join(items)}</ul>'


def _counts(day: Day) -> str:
    series = [plots.Series(str(each.names.get('label', 'all')), each.numbers['tracks'])
              for each in day.counts]
    return '<h2>How much came</h2>' + (
        plots.bars('Tracks that began', day.hours, series, 'an hour') if series
        else '<p>Nothing was seen on this day.</p>')


def _occupancy(day: Day) -> str:
    series = [plots.Series(_name(each, 'camera'), each.numbers['mean']) for each in day.occupancy]
    return plots.lines('How many were in view', day.hours, series, 'on average') if series else ''


def _crossings(day: Day) -> str:
    return ''.join(
        ['<h2>Tripwires</h2>'] + [plots.bars(_name(each, 'tripwire'), day.hours, [
            plots.Series(way, each.numbers[way]) for way in ('in', 'out')], 'crossings an hour')
            for each in day.crossings]) if day.crossings else ''


def _dwells(day: Day) -> str:
    visited = [each for each in day.dwell if each.visits]
    if not visited:
        return ''
    rows = ''.join(
        f'<tr><th scope="row">{escape(_name(each, "zone"))}</th><td>{_number(each.visits)}</td>'
        + ''.join(f'<td>{_seconds(value)}</td>' for value in (
            each.mean_s, each.median_s, each.p90_s, each.longest_s)) + '</tr>'
        for each in visited)
    heads = ''.join(f'<th scope="col">{name}</th>' for name in (
        'zone', 'visits', 'mean', 'median', '90 % up to', 'longest'))
    figures = ''.join(
        plots.bars(f'Time spent in {_name(each, "zone")}', *_bins(each), 'visits')
        for each in visited)
    return f'<h2>Zones</h2><table><tr>{heads}</tr>{rows}</table>{figures}'


def _people(day: Day) -> str:
    if not day.people:
        return ''
    rows = ''.join(
        f'<tr><th scope="row"><bdi>{escape(one.name)}</bdi></th><td>{day.clock(one.first_ns)}</td>'
        f'<td>{day.clock(one.last_ns)}</td><td>{_number(one.tracks)}</td>'
        f'<td>{escape(", ".join(one.cameras))}</td></tr>' for one in day.people)
    heads = ''.join(f'<th scope="col">{name}</th>' for name in (
        'who', 'first seen', 'last seen', 'tracks', 'cameras'))
    return (f'<h2>People</h2><table><tr>{heads}</tr>{rows}</table><p class="quiet">Recognised by '
            'their faces, which may be wrong and misses many. Who refused is left out.</p>')


def _maps(day: Day) -> str:
    figures = ''.join(
        f'<figure><figcaption>{escape(camera)}</figcaption><img alt="Heat map of '
        f'{escape(camera)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        '</figure>' for camera, png in day.maps.items())
    return f'<h2>Where boxes stood</h2><div class="maps">{figures}</div>' if figures else ''


def _events(day: Day) -> str:
    if not day.events:
        return '<h2>Notable events</h2><p>None above the severity info.</p>'
    rows = ''.join(
        '<tr>' + ''.join(f'<td>{escape(str(text))}</td>' for text in (
            event['clock'], event['severity'], event['type'].replace('_', ' '), event['camera'],
            event.get('label', ''), event.get('zone_name') or event.get('tripwire_name')
            or event.get('title') or '')) + '</tr>' for event in day.events)
    heads = ''.join(f'<th scope="col">{name}</th>' for name in (
        'time', 'severity', 'what', 'camera', 'label', 'where'))
    more = '<p class="quiet">There were more; these are the newest.</p>' if day.events_more else ''
    return f'<h2>Notable events</h2><table><tr>{heads}</tr>{rows}</table>{more}'


def _suspensions(day: Day) -> str:
    if not day.suspensions:
        return ''
    rows = ''.join(f'<tr><td>{escape(each["camera"])}</td><td>{each["begin"]}</td>'
                   f'<td>{each["end"]}</td><td>{each["reason"]}</td></tr>'
                   for each in day.suspensions)
    return ('<h2>Not counted</h2><p>While the robot moved, zones, tripwires and heat maps did not '
            'count.</p><table><tr><th scope="col">camera</th><th scope="col">from</th>'
            f'<th scope="col">to</th><th scope="col">because</th></tr>{rows}</table>')


def _name(each: Series | Dwell, kind: str) -> str:
    return str(each.names.get(f'{kind}_name') or each.names.get(kind) or _WHOLE_DAY)


def _against(now: float, before: float) -> str:
    if not before:
        return 'none the day before' if now else ''
    return f'{(now - before) / before:+.0%} against the day before'


def _bins(found: Dwell) -> tuple[list[str], list[plots.Series]]:
    """Return the bins up to the last that is not empty, named by where they begin."""
    last = max((number for number, count in enumerate(found.counts) if count), default=0)
    return ([f'from {_seconds(edge)}' for edge in found.edges_s[:last + 1]],
            [plots.Series('visits', found.counts[:last + 1])])


def _seconds(value: float | None) -> str:
    if value is None:
        return '–'
    if value < 120:
        return f'{value:.0f} s' if value >= 10 else f'{value:g} s'
    return f'{value / 60:.0f} min' if value < 7200 else f'{value / 3600:.1f} h'


def _number(value: float) -> str:
    return f'{value:,.0f}'.replace(',', '\u202f')
