# SPDX-License-Identifier: Apache-2.0
"""Decoding of typed JSON as the real server does it: types, unknown fields, fields given twice.

A type is a function (value, path, notes) -> value. A null is the same as an absent field.
"""

import json
import re
from datetime import datetime, timezone

INT32, INT64 = 2**31, 2**63


class Twice(dict):
    """A JSON object that named some fields more than once; the last one wins."""

    def __init__(self, pairs):
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice = [name for name in self if names.count(name) > 1]


def _pairs(pairs):
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else Twice(pairs)


class Mismatch(ValueError):
    """Not of the type that it has to be."""


def parse(body):
    try:
        value = json.loads(body, object_pairs_hook=_pairs)
    except ValueError as error:
        raise Mismatch(f"json parse error: {error}") from None
    if not isinstance(value, dict):
        raise Mismatch("json parse error: json: cannot unmarshal into an object")
    return value


def _mismatch(value, path, wanted):
    kinds = {str: "string", bool: "bool", int: "number", float: "number", list: "array"}
    shown = kinds.get(type(value), "object")
    if shown == "number":
        shown += f" {json.dumps(value)}"
    return Mismatch(f"json: cannot unmarshal {shown} into Go struct field {path} of type {wanted}")


def _instance(kind, wanted):
    def check(value, path, notes):
        if type(value) is not kind:
            raise _mismatch(value, path, wanted)
        return value
    return check


def _integer(limit, wanted):
    def check(value, path, notes):
        if type(value) is not int or not -limit <= value < limit:
            raise _mismatch(value, path, wanted)
        return value
    return check


def _moment(pattern, layout, shown):
    form = re.compile(pattern)

    def check(value, path, notes):
        if type(value) is not str:
            raise _mismatch(value, path, "string")
        try:
            if not form.fullmatch(value):
                raise ValueError
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise Mismatch(f'parsing time "{value}" as "{layout}": cannot parse "{value}"') from None
        return moment.astimezone(timezone.utc).strftime(shown)
    return check


_DAY = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_ZONE = r"(Z|[+-]\d\d:\d\d)"

STRING = _instance(str, "string")
BOOL = _instance(bool, "bool")
INT = _integer(INT32, "int32")
LONG = _integer(INT64, "int64")
# Go takes a fraction of any length where none is asked for, but exactly six digits where six are.
TIME = _moment(_DAY + r"(\.\d+)?" + _ZONE, "2006-01-02T15:04:05Z07:00", "%Y-%m-%dT%H:%M:%SZ")
MICROTIME = _moment(_DAY + r"\.\d{6}" + _ZONE, "2006-01-02T15:04:05.000000Z07:00", "%Y-%m-%dT%H:%M:%S.%fZ")


def ANY(value, path, notes):
    """Parts that no client of ours writes: kept as they are."""
    return value


def list_of(inner):
    def check(value, path, notes):
        if type(value) is not list:
            raise _mismatch(value, path, "array")
        return [inner(item, f"{path}[{index}]", notes) for index, item in enumerate(value)]
    return check


def map_of(inner):
    def check(value, path, notes):
        if not isinstance(value, dict):
            raise _mismatch(value, path, "map")
        _note_twice(value, path, notes)
        return {name: inner(item, f"{path}.{name}", notes) for name, item in value.items()}
    return check


def struct(**fields):
    def check(value, path, notes):
        if not isinstance(value, dict):
            raise _mismatch(value, path or "value", "object")
        _note_twice(value, path, notes)
        known = {}
        for name, item in value.items():
            inner = fields.get(name)
            if inner is None:
                notes.append(f'unknown field "{_join(path, name)}"')
            elif item is not None:
                known[name] = inner(item, _join(path, name), notes)
        return {name: known[name] for name in fields if name in known}
    return check


def _join(path, name):
    return f"{path}.{name}" if path else name


def _note_twice(value, path, notes):
    notes.extend(f'duplicate field "{_join(path, name)}"' for name in getattr(value, "twice", ()))


OWNER = struct(apiVersion=STRING, kind=STRING, name=STRING, uid=STRING, controller=BOOL, blockOwnerDeletion=BOOL)

_METADATA = dict(
    name=STRING, generateName=STRING, namespace=STRING, selfLink=STRING, uid=STRING, resourceVersion=STRING,
    generation=LONG, creationTimestamp=TIME, deletionTimestamp=TIME, deletionGracePeriodSeconds=LONG,
    labels=map_of(STRING), annotations=map_of(STRING), ownerReferences=list_of(OWNER), finalizers=list_of(STRING),
    managedFields=list_of(ANY))
METADATA = struct(**_METADATA)
METADATA_FIELDS = tuple(_METADATA)


def resource(**fields):
    return struct(kind=STRING, apiVersion=STRING, metadata=METADATA, **fields)
