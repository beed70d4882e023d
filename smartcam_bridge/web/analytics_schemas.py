"""JSON schemas of what the routes of analytics answer."""
from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {'type': 'string'}
_TIME: Schema = {'type': 'string', 'format': 'date-time'}
_WHOLE: Schema = {'type': 'integer'}
_NUMBER: Schema = {'type': 'number'}
_SECONDS: Schema = {'type': ['number', 'null']}
_NAMES: Schema = {'label': _TEXT, 'camera': _TEXT, 'zone': _WHOLE, 'zone_name': _TEXT,
                  'tripwire': _WHOLE, 'tripwire_name': _TEXT}


def _array(items: Schema) -> Schema:
    return {'type': 'array', 'items': items}


def _object(required: Schema, optional: Schema = {}) -> Schema:
    return {'type': 'object', 'properties': required | optional, 'required': list(required)}


_COUNTS = _array({'type': ['integer', 'null']})
_PER_BUCKET = {'tracks': _COUNTS, 'boxes': _COUNTS, 'peak': _COUNTS,
               'mean': _array({'type': ['number', 'null']}), 'in': _COUNTS, 'out': _COUNTS}
_BUCKETS = _object({
    'timezone': _TEXT, 'bucket': _TEXT,
    'buckets': _array(_TIME | {'description': 'When each begins, in local time.'}), 'end': _TIME,
    'series': _array(_object({}, _NAMES | _PER_BUCKET) | {
        'description': 'One number for each bucket; null: there is none.'})})
_TOTAL = _object({'tracks': _WHOLE, 'boxes': {'type': ['integer', 'null']}, 'peak': _WHOLE,
                  'mean': _SECONDS})
_DWELL = _object({
    'edges_s': _array(_NUMBER | {'description': 'Where each bin begins; the last has no end.'}),
    'counts': _array(_WHOLE), 'visits': _WHOLE, 'mean_s': _SECONDS, 'median_s': _SECONDS,
    'p90_s': _SECONDS, 'longest_s': _SECONDS}, _NAMES)
_LIMITS = {'timezone': _TEXT, 'begin': _TIME, 'end': _TIME}


def _compared(schema: Schema) -> Schema:
    return schema | {'properties': schema['properties'] | {
        'before': schema | {'description': 'The period before, where `compare` asks for it.'}}}


ANALYTICS: dict[str, Schema] = {
    'Buckets': _compared(_BUCKETS),
    'BucketCounts': _compared(_BUCKETS | {
        'properties': _BUCKETS['properties'] | {'total': _TOTAL}}),
    'DwellList': _compared(_object(_LIMITS | {'series': _array(_DWELL)})),
    'Busiest': _object(_LIMITS | {
        'days': _array(_TEXT), 'hours': _WHOLE,
        'mean': _array(_array({'type': ['number', 'null']})),
        'busiest': {'anyOf': [_object({'day': _TEXT, 'hour': _WHOLE, 'mean': _NUMBER}),
                              {'type': 'null'}]}}),
    'HeatMap': _object({
        'camera': _TEXT, 'from': _TIME, 'to': _TIME, 'width': _WHOLE, 'height': _WHOLE,
        'cells': _array(_array(_WHOLE)), 'total': _WHOLE, 'unit': _TEXT}),
}
