"""Plots as SVG text for pages that need no script: reports that are printed or sent by mail."""
from dataclasses import dataclass
from html import escape
import math
from typing import Sequence

WIDTH, HEIGHT = 720, 200        # of the drawing, in its own units
_LEFT, _BOTTOM, _TOP = 44, 24, 8
_TICKS = 4
_CHARACTER = 6.5    # about as wide as one is
# Told apart by those who see colours differently, and in grey by lightness: Okabe and Ito 2008,
# https://jfly.uni-koeln.de/color/
COLORS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#555555')


@dataclass(frozen=True, slots=True)
class Series:
    """Some numbers of one kind, one per place on the axis; None: not known."""

    name: str
    values: Sequence[float | None]


def bars(title: str, places: Sequence[str], series: Sequence[Series], unit: str) -> str:
    """Return a figure of stacked bars with its legend and a table of the same numbers."""
    totals = [sum(each.values[place] or 0 for each in series) for place in range(len(places))]
    scale = _Scale.up_to(max(totals, default=0))
    step = (WIDTH - _LEFT) / max(len(places), 1)
    parts = [scale.axis(), _place_names(places, step)]
    floors = [0.0] * len(places)
    for number, each in enumerate(series):
        for place, value in enumerate(each.values):
            if value:
                top, bottom = scale.y(floors[place] + value), scale.y(floors[place])
                floors[place] += value
                parts.append(
                    f'<rect x="{_LEFT + place * step + step * 0.1:.1f}" y="{top:.1f}" '
                    f'width="{step * 0.8:.1f}" height="{bottom - top:.1f}" '
                    f'fill="{_color(number)}"><title>{escape(places[place])}, '
                    f'{escape(each.name)}: {_number(value)} {escape(unit)}</title></rect>')
    return _figure(title, parts, places, series, unit)


def lines(title: str, places: Sequence[str], series: Sequence[Series], unit: str) -> str:
    """Return a figure of one line a series; a line has a gap where nothing is known."""
    values = [value for each in series for value in each.values if value is not None]
    scale = _Scale.up_to(max(values, default=0))
    step = (WIDTH - _LEFT) / max(len(places), 1)
    parts = [scale.axis(), _place_names(places, step)]
    for number, each in enumerate(series):
        path, drawing = [], False
        for place, value in enumerate(each.values):
            if value is not None:
                x = _LEFT + (place + 0.5) * step
                path.append(f'{"L" if drawing else "M"}{x:.1f} {scale.y(value):.1f}')
            drawing = value is not None
        dashes = ' '.join(map(str, ((), (6, 3), (2, 3), (8, 3, 2, 3))[number % 4]))
        parts.append(f'<path d="{" ".join(path)}" fill="none" stroke="{_color(number)}" '
                     f'stroke-width="2" stroke-dasharray="{dashes}"/>')
    return _figure(title, parts, places, series, unit)


@dataclass(frozen=True, slots=True)
class _Scale:
    """A vertical axis from 0 to a round number."""

    top: float

    @classmethod
    def up_to(cls, highest: float) -> '_Scale':
        if highest <= 0:
            return cls(1.0)
        step = 10 ** math.floor(math.log10(highest / _TICKS))
        step = next(step * factor for factor in (1, 2, 2.5, 5, 10, 20)
                    if step * factor * _TICKS >= highest)
        return cls(step * _TICKS)

    def y(self, value: float) -> float:
        return _TOP + (HEIGHT - _BOTTOM - _TOP) * (1 - value / self.top)

    def axis(self) -> str:
        parts = []
        for tick in range(_TICKS + 1):
            value = self.top * tick / _TICKS
            y = self.y(value)
            parts.append(f'<path d="M{_LEFT} {y:.1f}H{WIDTH}" class="rule"/>'
                         f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                         f'{_number(value)}</text>')
        return ''.join(parts)


def _place_names(places: Sequence[str], step: float) -> str:
    longest = max(map(len, places), default=0)
    every = max(1, math.ceil((longest * _CHARACTER + 10) / step))
    return ''.join(
        f'<text x="{_LEFT + (place + 0.5) * step:.1f}" y="{HEIGHT - 6}" text-anchor="middle">'
        f'{escape(places[place])}</text>' for place in range(0, len(places), every))


def _figure(title: str, parts: Sequence[str], places: Sequence[str], series: Sequence[Series],
            unit: str) -> str:
    legend = ''.join(
        f'<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" '
        f'fill="{_color(number)}"/></svg>{escape(each.name)}</li>'
        for number, each in enumerate(series)) if len(series) > 1 else ''
    heads = ''.join(f'<th scope="col">{escape(each.name)}</th>' for each in series)
    rows = ''.join(
        f'<tr><th scope="row">{escape(place)}</th>'
        + ''.join(f'<td>{_number(each.values[number])}</td>' for each in series) + '</tr>'
        for number, place in enumerate(places))
    return (f'<figure><figcaption>{escape(title)} <small>{escape(unit)}</small></figcaption>'
            f'<ul class="legend">{legend}</ul>'
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
            f'{"".join(parts)}</svg><details><summary>Numbers</summary>'
            f'<table><tr><td></td>{heads}</tr>{rows}</table></details></figure>')


def _color(number: int) -> str:
    return COLORS[number % len(COLORS)]


def _number(value: float | None) -> str:
    if value is None:
        return '–'
    return f'{value:,.0f}' if abs(value) >= 100 or value == int(value) else f'{value:.3g}'
