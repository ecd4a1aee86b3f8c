# SPDX-License-Identifier: Apache-2.0
"""The audit log: one JSON line for each request, in the form of the real server's; and reading either."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from . import clock

COMPLETE, STARTED = "ResponseComplete", "ResponseStarted"


@dataclass
class Record:
    call: object
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    received: str = field(default_factory=clock.micros)
    code: int = 0       # 0: never answered


class Log:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1)

    def begin(self, call):
        return Record(call)

    def started(self, record):
        """A watch has begun; its second line comes when it ends."""
        self._write(record, STARTED)

    def end(self, record):
        self._write(record, COMPLETE)

    def _write(self, record, stage):
        self.file.write(json.dumps(_document(record, stage), separators=(",", ":")) + "\n")


class NoLog:
    """Where the server behind keeps its own."""

    def begin(self, call):
        return Record(call)

    def started(self, record):
        pass

    def end(self, record):
        pass


def _document(record, stage):
    call = record.call
    document = {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": record.id, "stage": stage,
        "requestURI": call.request.target, "verb": call.verb,
        "user": {"username": call.user, "groups": list(call.groups)},
        "sourceIPs": ["127.0.0.1"], "userAgent": call.request.headers.get("user-agent", ""),
        "requestReceivedTimestamp": record.received, "stageTimestamp": clock.micros()}
    if call.resource:
        reference = {"resource": call.resource, "namespace": call.namespace, "name": call.name,
                     "apiGroup": call.group, "apiVersion": call.version, "subresource": call.subresource}
        document["objectRef"] = {name: value for name, value in reference.items() if value}
    if record.code:
        document["responseStatus"] = {"metadata": {}, "code": record.code}
    if call.faults:
        document["annotations"] = {"standin/faults": ",".join(call.faults)}
    return document


@dataclass(frozen=True)
class Entry:
    """One request, from either log."""
    time: float         # seconds of the epoch, when it came
    user: str
    verb: str
    resource: str
    name: str
    code: int
    latency: float      # seconds; of a watch: until its answer began
    watch: bool


def _seconds(text):
    return datetime.fromisoformat(text).timestamp()


def _entry(document):
    reference = document.get("objectRef", {})
    resource = "/".join(filter(None, (reference.get("resource"), reference.get("subresource"))))
    received = _seconds(document["requestReceivedTimestamp"])
    return Entry(received, document["user"].get("username", ""), document["verb"],
                 resource or document["requestURI"].partition("?")[0], reference.get("name", ""),
                 document.get("responseStatus", {}).get("code", 0), _seconds(document["stageTimestamp"]) - received,
                 document["verb"] == "watch")


def entries(path):
    """The requests of a log in the order they were answered. Of the two lines of a served watch the first counts."""
    started = set()
    with open(path) as lines:
        for line in lines:
            if not line.endswith("\n"):
                return      # still being written
            document = json.loads(line)
            if document["stage"] == STARTED:
                started.add(document["auditID"])
            elif document["stage"] != COMPLETE or document["auditID"] in started:
                continue
            yield _entry(document)
