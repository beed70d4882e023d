"""What every benchmark here shares: the table, and the one line of JSON at the end.

All figures are costs: lower is better. Machines are shared and noisy, so only the ratios of one
run count, and contestants take turns within it.
"""
from __future__ import annotations

from dataclasses import dataclass, field
import json
import statistics
import sys


@dataclass
class Case:
    """One question put to all contestants; figures per contestant, one per repeat."""

    case: str
    unit: str
    rival_name: str
    figures: dict[str, list[float]] = field(
        default_factory=lambda: {'ours': [], 'floor': [], 'rival': []})

    def add(self, contestant: str, figure: float) -> None:
        """Note one repeat's figure."""
        self.figures[contestant].append(figure)

    def row(self) -> dict[str, object]:
        """Return medians and ratios."""
        ours, floor, rival = (
            statistics.median(self.figures[name]) if self.figures[name] else None
            for name in ('ours', 'floor', 'rival'))
        return {
            'case': self.case, 'unit': self.unit, 'ours': _short(ours), 'floor': _short(floor),
            'rival': _short(rival), 'rival_name': self.rival_name,
            'times_floor': _short(ours / floor) if floor else None,
            'times_better': _short(rival / ours) if rival else None}


def _short(figure: float | None) -> float | None:
    return None if figure is None else float(f'{figure:.4g}')


def say(text: str) -> None:
    """Show progress without disturbing the result."""
    print(text, file=sys.stderr, flush=True)


def report(bench: str, cases: list[Case]) -> None:
    """Print the table for people and, last, the line for programs."""
    rows = [case.row() for case in cases]
    print(f'{"case":34}{"unit":>16}{"ours":>10}{"floor":>10}{"rival":>10}'
          f'{"x floor":>9}{"x better":>10}')
    for row in rows:
        print(f'{row["case"]:34}{row["unit"]:>16}' + ''.join(
            f'{"-" if row[name] is None else row[name]:>{width}}' for name, width in (
                ('ours', 10), ('floor', 10), ('rival', 10), ('times_floor', 9),
                ('times_better', 10))))
    print(json.dumps({'bench': bench, 'cases': rows}))
