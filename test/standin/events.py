# SPDX-License-Identifier: Apache-2.0
"""Event: core v1 and events.k8s.io/v1 are two spellings of the same stored object."""

from . import metadata
from .schema import INT, MICROTIME, STRING, TIME, resource, struct
from .status import Cause

REFERENCE = struct(kind=STRING, namespace=STRING, name=STRING, uid=STRING, apiVersion=STRING, resourceVersion=STRING,
                   fieldPath=STRING)
SERIES = struct(count=INT, lastObservedTime=MICROTIME)
SOURCE = struct(component=STRING, host=STRING)

EVENT = resource(involvedObject=REFERENCE, reason=STRING, message=STRING, source=SOURCE, firstTimestamp=TIME,
                 lastTimestamp=TIME, count=INT, type=STRING, eventTime=MICROTIME, series=SERIES, action=STRING,
                 related=REFERENCE, reportingComponent=STRING, reportingInstance=STRING)
EVENT_V1 = resource(eventTime=MICROTIME, series=SERIES, reportingController=STRING, reportingInstance=STRING,
                    action=STRING, reason=STRING, regarding=REFERENCE, related=REFERENCE, note=STRING, type=STRING,
                    deprecatedSource=SOURCE, deprecatedFirstTimestamp=TIME, deprecatedLastTimestamp=TIME,
                    deprecatedCount=INT)

# events.k8s.io/v1 -> core v1
SPELLING = {"regarding": "involvedObject", "note": "message", "reportingController": "reportingComponent",
            "deprecatedSource": "source", "deprecatedFirstTimestamp": "firstTimestamp",
            "deprecatedLastTimestamp": "lastTimestamp", "deprecatedCount": "count"}
BACK = {core: other for other, core in SPELLING.items()}

FIELDS = {
    "involvedObject.kind": lambda event: event.get("involvedObject", {}).get("kind", ""),
    "involvedObject.name": lambda event: event.get("involvedObject", {}).get("name", ""),
    "involvedObject.namespace": lambda event: event.get("involvedObject", {}).get("namespace", ""),
    "involvedObject.uid": lambda event: event.get("involvedObject", {}).get("uid", ""),
    "reason": lambda event: event.get("reason", ""),
    "reportingComponent": lambda event: event.get("reportingComponent", ""),
    "type": lambda event: event.get("type", ""),
}

# Texts that a new-style event must have, and how long they may be.
LIMITS = {"reportingInstance": 128, "action": 128, "reason": 128}
NOTE_MAX = 1024
UNSET = ("firstTimestamp", "lastTimestamp", "count", "source")
FIXED = ("involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type",
         "eventTime", "action", "related", "reportingComponent", "reportingInstance")


def to_core(event):
    return {SPELLING.get(name, name): value for name, value in event.items()}


def from_core(event):
    return {BACK.get(name, name): value for name, value in event.items()}


def check(event, old, controller="reportingComponent"):
    namespace = event["metadata"].get("namespace")
    involved = event.get("involvedObject", {}).get("namespace", "")
    if not event.get("eventTime"):
        if involved != namespace and not (not involved and namespace == "default"):
            yield Cause("involvedObject.namespace", "does not match event.namespace", involved)
        return
    if not involved and namespace not in ("default", "kube-system"):
        yield Cause("involvedObject.namespace", "does not match event.namespace", involved)
    yield from _check_texts(event, controller)


def _check_texts(event, controller):
    reporter = event.get("reportingComponent", "")
    if not reporter:
        yield Cause(controller, "", reason="FieldValueRequired")
    if not metadata.QUALIFIED.fullmatch(reporter):
        yield Cause(controller, metadata.QUALIFIED_TEXT, reporter)
    for name, limit in LIMITS.items():
        if not event.get(name):
            yield Cause(name, "", reason="FieldValueRequired")
        elif len(event[name]) > limit:
            yield Cause(name, f"can have at most {limit} characters", "")
    if len(event.get("message", "")) > NOTE_MAX:
        yield Cause("message", f"can have at most {NOTE_MAX} characters", "")


def check_v1(event, old):
    """Stricter: a new event needs its time and type and none of the old fields; an update may change the series."""
    yield from check(event, old, "reportingController")
    if old:
        yield from (Cause(name, "field is immutable", event.get(name)) for name in FIXED
                    if event.get(name) != old.get(name))
    else:
        yield from _check_new(event)
    if event.get("series") and event["series"] != (old or {}).get("series"):
        yield from _check_series(event["series"])


def _check_new(event):
    if not event.get("eventTime"):
        yield Cause("eventTime", "", reason="FieldValueRequired")
    if event.get("type") not in ("Normal", "Warning"):
        yield Cause("type", f"has invalid value: {event.get('type', '')}", "")
    yield from (Cause(name, "needs to be unset", "") for name in UNSET if event.get(name))


def _check_series(series):
    if series.get("count", 0) < 2:
        yield Cause("series.count", "should be at least 2", "")
    if not series.get("lastObservedTime"):
        yield Cause("series.lastObservedTime", "", reason="FieldValueRequired")
