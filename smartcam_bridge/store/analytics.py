"""Questions about how much there was, answered from rollups: counts, crossings, busiest hours."""
from collections.abc import Sequence
from dataclasses import dataclass
import functools
import json

import numpy as np
from smartcam_bridge.domain.buckets import Buckets
from smartcam_bridge.store.heat_maps import heat_map, HeatMap
from smartcam_bridge.store.place_maps import Cell, FRAMES, PlaceQuery
from smartcam_bridge.store.rollup_tables import camera_rollups, tripwire_rollups
from smartcam_bridge.store.spans import spans_json
from smartcam_bridge.store.sql import Statement
from smartcam_bridge.store.sum_queries import (
    bucket_of, columns, Fetch, labelled, Names, of_pairs, packed, PAIRED, pairs_of, read_names,
    Scope, within)
from smartcam_bridge.store.zone_sums import Dwell, dwell, Stays, stays
from sqlalchemy import bindparam, func, literal, select

__all__ = ['Analytics', 'Busiest', 'Dwell', 'HeatMap', 'Scope', 'Series']

_CAMERA, _WIRE = camera_rollups.c, tripwire_rollups.c
_WIRE_PAIRS = labelled(tripwire_rollups)
_CROSSED = packed(
    select(PAIRED.c.id, _WIRE.start_s, _WIRE.inward, _WIRE.outward)
    .where(*of_pairs(tripwire_rollups)))


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers per bucket. names: what they are of; a number that there is none of is None."""

    names: dict[str, int | str]
    numbers: dict[str, list[int | float | None]]


@dataclass(frozen=True, slots=True)
class Busiest:
    """Means per hour of the week: 7 days from Monday on, 24 hours; None: no such hour came."""

    mean: list[list[float | None]]


class Analytics:
    """Answers from rollups. Every method raises NotFound and StoreUnavailable."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def counts(self, buckets: Buckets, scope: Scope, by: str, now_ns: int,
                     ) -> tuple[list[Series], Series]:
        """Return tracks that began, boxes, most boxes at once and boxes per message, and totals.

        by: label, camera, zone or none. Of zones it is the visits that began, the most at once
        and how many were there on average, and no boxes.
        """
        names = await read_names(self._fetch)
        if by == 'zone' or scope.zone is not None:
            found = await stays(self._fetch, names, buckets, scope, now_ns, by_label=by == 'label')
            series = [Series(_named(names, each, by), _of_stays(each)) for each in found]
            return series, Series({}, _totals_of_stays(found))
        found = await self._camera_columns(buckets, names, scope, by)
        return _camera_series(found, len(buckets), names, scope, by)

    async def occupancy(self, buckets: Buckets, scope: Scope, by: str, now_ns: int,
                        ) -> list[Series]:
        """Return how many were there, on average and at most. by: camera or zone."""
        series, _ = await self.counts(buckets, scope, by, now_ns)
        return [Series(each.names, {name: each.numbers[name] for name in ('mean', 'peak')})
                for each in series]

    async def places(self, query: PlaceQuery) -> list[Cell]:
        """Return where the robot was when tracks began, the fullest squares first."""
        return [query.cell(row) for row in await self._fetch(*query.statement())]

    async def place_frames(self) -> list[str]:
        """Return the frames that poses are known in, those of most tracks first."""
        return [frame for frame, _ in await self._fetch(FRAMES.sql, FRAMES.params)]

    async def crossings(self, buckets: Buckets, scope: Scope) -> list[Series]:
        """Return the crossings in and out of each tripwire."""
        names = await read_names(self._fetch)
        ids = names.shape_ids('tripwire', scope)
        pairs = await pairs_of(self._fetch, _WIRE_PAIRS, ids, names.label_id(scope))
        wire, start_s, *ways = await columns(
            self._fetch, _CROSSED, spans=spans_json(buckets.edges), pairs=json.dumps(pairs))
        bucket = np.searchsorted(buckets.edges, start_s, 'right') - 1
        counts = {id_: np.zeros((2, len(buckets)), np.int64) for id_ in ids}
        for id_, numbers in counts.items():
            for way, numbers_of_way in zip(ways, numbers):
                np.add.at(numbers_of_way, bucket[wire == id_], way[wire == id_])
        return [Series(names.shape(id_), {'in': counts[id_][0].tolist(),
                                          'out': counts[id_][1].tolist()}) for id_ in ids]

    async def busiest(self, hours: Buckets, scope: Scope, of: str, now_ns: int) -> Busiest:
        """Return means per hour of the week, in local time. of: tracks, boxes, visits, crossings.

        hours: buckets of one hour. A mean is over as many such hours as there were up to now.
        """
        if of == 'crossings':
            wires = await self.crossings(hours, scope)
            per_hour = np.sum([each.numbers[way] for each in wires for way in ('in', 'out')]
                              or [[0] * len(hours)], axis=0)
        else:
            by, number = ('zone', 'tracks') if of == 'visits' else ('none', of)
            series, _ = await self.counts(hours, scope, by, now_ns)
            per_hour = np.sum([each.numbers[number] for each in series]
                              or [[0] * len(hours)], axis=0)
        return _per_hour_of_week(hours, per_hour, now_ns)

    async def dwell(self, buckets: Buckets, scope: Scope) -> list[Dwell]:
        """Return how long the visits to each zone lasted that ended within all the buckets."""
        return await dwell(self._fetch, await read_names(self._fetch), buckets, scope)

    async def heat_map(self, from_s: int, to_s: int, scope: Scope) -> HeatMap:
        """Return where boxes stood in whole hours (of UTC) of one camera."""
        return await heat_map(self._fetch, await read_names(self._fetch), from_s, to_s, scope)

    async def _camera_columns(self, buckets: Buckets, names: Names, scope: Scope,
                              by: str) -> list[np.ndarray]:
        label_id = names.label_id(scope)
        statement = _counting(by == 'camera', scope.camera is not None,
                              'every' if by == 'label' and not label_id else
                              'one' if label_id else 'total')
        values = {'camera_id': names.camera_ids(scope)[0]} if scope.camera is not None else {}
        if label_id:
            values['label_id'] = label_id
        return await columns(self._fetch, statement, spans=spans_json(buckets.edges), **values)


@functools.lru_cache(maxsize=16)
def _counting(by_camera: bool, of_camera: bool, labels: str) -> Statement:
    """Return a statement for bucket, camera (or 0), label, and the numbers of these."""
    camera = _CAMERA.camera_id if by_camera else literal(0)
    bucket = bucket_of(camera_rollups).label('bucket')
    statement = select(
        bucket, camera.label('camera'), _CAMERA.label_id.label('label'),
        func.sum(_CAMERA.messages).label('messages'), func.sum(_CAMERA.boxes).label('boxes'),
        func.sum(_CAMERA.tracks).label('tracks'), func.max(_CAMERA.peak).label('peak'),
    ).where(*within(camera_rollups))
    if of_camera:
        statement = statement.where(_CAMERA.camera_id == bindparam('camera_id'))
    if labels == 'one':
        statement = statement.where(_CAMERA.label_id.in_([0, bindparam('label_id')]))
    elif labels == 'total':
        statement = statement.where(_CAMERA.label_id == 0)
    grouped = (bucket, *([_CAMERA.camera_id] if by_camera else []), _CAMERA.label_id)
    return packed(statement.group_by(*grouped))


def _camera_series(found: Sequence[np.ndarray], length: int, names: Names, scope: Scope, by: str,
                   ) -> tuple[list[Series], Series]:
    bucket, camera, label, seen, boxes, tracks, peak = found
    label_id = names.label_id(scope)
    wanted: dict[tuple[int, int], dict[str, int | str]] = {(0, label_id): {}}
    if by == 'camera':
        wanted = {(id_, label_id): {'camera': names.cameras[id_]}
                  for id_ in names.camera_ids(scope)}
    elif by == 'label':
        there = {*np.unique(label).tolist(), label_id}
        wanted = {(0, id_): {'label': name} for id_, name in names.labels.items() if id_ in there}

    def spread(numbers: np.ndarray, camera_id: int, its_label: int) -> np.ndarray:
        here = (camera == camera_id) & (label == its_label)
        result = np.zeros((len(numbers), length), np.int64)
        result[:, bucket[here]] = numbers[:, here]
        return result

    counted = np.stack([boxes, tracks, peak])
    series = [Series(named, _numbers(*spread(counted, *key), *spread(seen[None], key[0], 0)))
              for key, named in wanted.items()]
    asked = label == label_id
    total = _numbers(*(np.array([number]) for number in (
        boxes[asked].sum(), tracks[asked].sum(), peak[asked].max(initial=0),
        seen[label == 0].sum())))
    return series, Series({}, {name: values[0] for name, values in total.items()})


def _numbers(boxes: np.ndarray, tracks: np.ndarray, peak: np.ndarray, messages: np.ndarray,
             ) -> dict[str, list[int | float | None]]:
    mean = np.round(boxes / np.maximum(messages, 1), 6).tolist()
    return {'tracks': tracks.tolist(), 'boxes': boxes.tolist(), 'peak': peak.tolist(),
            'mean': [value if seen else None for value, seen in zip(mean, messages.tolist())]}


def _named(names: Names, found: Stays, by: str) -> dict[str, int | str]:
    zone = names.shape(found.zone_id)
    return zone | {'label': names.labels[found.label_id]} if by == 'label' else zone


def _of_stays(found: Stays) -> dict[str, list[int | float | None]]:
    return {'tracks': found.entered.tolist(), 'boxes': [None] * len(found.entered),
            'peak': found.peak.tolist(), 'mean': found.mean()}


def _totals_of_stays(found: Sequence[Stays]) -> dict[str, int | float | None]:
    elapsed_ns = int(found[0].elapsed_ns.sum()) if found else 0
    occupied_ns = sum(int(each.occupied_ns.sum()) for each in found)
    return {'tracks': sum(int(each.entered.sum()) for each in found), 'boxes': None,
            'peak': max((int(each.peak.max()) for each in found), default=0),
            'mean': round(occupied_ns / elapsed_ns, 6) if elapsed_ns else None}


def _per_hour_of_week(hours: Buckets, per_hour: np.ndarray, now_ns: int) -> Busiest:
    sums, counts = np.zeros((7, 24)), np.zeros((7, 24), np.int64)
    starts = hours.starts()
    place = [start.weekday() * 24 + start.hour for start in starts]
    passed = np.array(hours.edges[:-1]) * 10**9 < now_ns
    np.add.at(sums.reshape(-1), place, np.where(passed, per_hour, 0))
    np.add.at(counts.reshape(-1), place, passed)
    mean = np.round(sums / np.maximum(counts, 1), 6)
    return Busiest([[value if count else None for value, count in zip(*row)]
                    for row in zip(mean.tolist(), counts.tolist())])
