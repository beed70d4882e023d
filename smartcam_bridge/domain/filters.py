"""Which boxes count: what each label's rules ask for, and masks in which nothing counts."""
from collections.abc import Callable, Mapping, Sequence
import dataclasses
from dataclasses import dataclass
import json
from typing import Any

import numpy as np

from smartcam_bridge.domain import geometry
from smartcam_bridge.domain.polygons import Polygons
from smartcam_bridge.domain.shapes import Mask
from smartcam_bridge.errors import LabelRulesError

ALL = '*'       # of a camera's rules: all labels that have none of their own
_LABELS_MAX = 200
_ASPECT_MAX = 1000.0


@dataclass(frozen=True, slots=True)
class BoxRules:
    """What is asked of the boxes of one label. Areas are shares of the frame's."""

    min_score: float = 0.0
    confirm_score: float = 0.5      # median of scores at which a track is believed
    min_area: float = 0.0
    max_area: float = 1.0
    min_aspect: float = 0.0         # width by height, in px
    max_aspect: float = _ASPECT_MAX


RULES = {field.name: _ASPECT_MAX if 'aspect' in field.name else 1.0
         for field in dataclasses.fields(BoxRules)}
"""The rules by name, and how much each may be at most; none may be below 0."""

OwnRules = Mapping[str, Mapping[str, float]]    # by label, what differs from the settings


def parse_label_rules(given: Any) -> OwnRules:
    """Read a camera's rules from their JSON form; raise LabelRulesError with all that is wrong.

    The form is that of docs/api.md: `{"*": {"min_score": 0.3}, "person": {"min_area": 0.01}}`.
    """
    if not isinstance(given, dict) or len(given) > _LABELS_MAX:
        raise LabelRulesError([f'label_rules: is not an object of at most {_LABELS_MAX} labels'])
    problems = []
    for label, rules in given.items():
        where = f'label_rules.{label[:64]}'
        if not 0 < len(label) <= 256:
            problems.append(f'{where}: a label has 1 to 256 characters')
        elif not isinstance(rules, dict):
            problems.append(f'{where}: is not an object')
        else:
            problems += [f'{where}.{text}' for text in _problems(rules)]
    if problems:
        raise LabelRulesError(problems)
    return given


def stored_label_rules(text: str) -> OwnRules:
    """Read what a camera's row holds; what cannot be read has no rules."""
    try:
        return parse_label_rules(json.loads(text))
    except (LabelRulesError, ValueError):
        return {}


def _problems(rules: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in rules.items():
        if name not in RULES:
            found.append(f'{name[:64]}: is not one of {", ".join(RULES)}')
        elif (isinstance(value, bool) or not isinstance(value, (int, float))
              or not 0 <= value <= RULES[name]):
            found.append(f'{name}: {value!r:.40} is not a number from 0 to {RULES[name]:g}')
    for name in ('area', 'aspect'):
        low, high = rules.get(f'min_{name}'), rules.get(f'max_{name}')
        if not found and None not in (low, high) and low > high:
            found.append(f'min_{name}: {low:g} is more than max_{name} ({high:g})')
    return found


class BoxFilter:
    """The rules of one camera's boxes. `active` is False where every box counts."""

    def __init__(self, settings: BoxRules, own: OwnRules, masks: Sequence[Mask],
                 name_of: Callable[[int], str]) -> None:
        self._common = dataclasses.replace(settings, **own.get(ALL, {}))
        self._own = {label: dataclasses.replace(self._common, **rules)
                     for label, rules in own.items() if label != ALL}
        self._masks = tuple(masks)
        self._name_of = name_of
        self._polygons = Polygons([mask.points for mask in masks],
                                  ['bottom_center'] * len(masks))
        self._limits = np.zeros((len(RULES), 0))        # by label id
        self._masked = np.zeros((len(self._masks), 0), bool)
        every = [self._common, *self._own.values()]
        self.least_confirm_score = min(rules.confirm_score for rules in every)
        plain = BoxRules()
        self.active = bool(masks) or any(
            dataclasses.replace(rules, confirm_score=plain.confirm_score) != plain
            for rules in every)

    def confirm_score(self, label_id: int) -> float:
        """Return the median of scores at which a track of this label is believed."""
        return self._rules_of(self._name_of(label_id)).confirm_score

    def good(self, boxes: np.ndarray, label_ids: np.ndarray, ratio: float) -> np.ndarray:
        """Return bool (n,): which boxes are as their label's rules ask for.

        boxes: float64 (n, 6), geometry's columns. ratio: of the frame's width to its height.
        """
        self._learn(label_ids)
        least, _, small, large, narrow, wide = self._limits[:, label_ids]
        width = boxes[:, geometry.X2] - boxes[:, geometry.X1]
        height = boxes[:, geometry.Y2] - boxes[:, geometry.Y1]
        area, across = width * height, width * ratio
        return ((boxes[:, geometry.PROJECTED_SCORE] >= least) & (area >= small) & (area <= large)
                & (across >= narrow * height) & (across <= wide * height))

    def masked(self, boxes: np.ndarray, label_ids: np.ndarray) -> np.ndarray:
        """Return bool (n,): which boxes stand in a mask."""
        self._learn(label_ids)
        inside = self._polygons.contain(boxes[:, :geometry.Y2 + 1].T)
        return (inside & self._masked[:, label_ids]).any(axis=0)

    def _learn(self, label_ids: np.ndarray) -> None:
        """Bring the columns of labels up to the highest id."""
        known, needed = self._limits.shape[1], int(label_ids.max(initial=0)) + 1
        if needed <= known:
            return
        names = [self._named(label_id) for label_id in range(known, needed)]
        limits = [dataclasses.astuple(self._rules_of(name)) for name in names]
        self._limits = np.concatenate([self._limits, np.array(limits).T], axis=1)
        masked = [[not mask.labels or name in mask.labels for name in names]
                  for mask in self._masks]
        self._masked = np.concatenate(
            [self._masked, np.array(masked, bool).reshape(len(masked), len(names))], axis=1)

    def _named(self, label_id: int) -> str:
        try:
            return self._name_of(label_id)
        except KeyError:    # an id that was never given
            return ''

    def _rules_of(self, label: str) -> BoxRules:
        return self._own.get(label, self._common)
