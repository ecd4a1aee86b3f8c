# SPDX-License-Identifier: Apache-2.0
"""Watches: which changes a client sees, bookmarks, and how a watch ends."""

import json
import random
import time
from collections import deque

from . import status
from .store import ADDED, DELETED, MODIFIED, parse_version

INITIAL_END = {"k8s.io/initial-events-end": "true"}


def line(kind, document):
    return json.dumps({"type": kind, "object": document}, separators=(",", ":")).encode() + b"\n"


def _seconds(text):
    if not text.isdigit():
        raise status.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


class Source:
    """The events of one watch: a stream as streams.py takes it."""

    def __init__(self, store, kind, call, matches, settings):
        self.store, self.kind, self.matches = store, kind, matches
        self.namespace = call.namespace or None
        self.version = parse_version(call.query.get("resourceVersion") or "0")
        self.initial = call.asks("sendInitialEvents") or (not self.version and "sendInitialEvents" not in call.query)
        self.initial_end = call.asks("sendInitialEvents")
        self.bookmarks = call.asks("allowWatchBookmarks")
        self.period = settings.bookmark_seconds
        self.lines, self.over, self.poke = deque(), False, None
        self._set_deadline(call, settings)

    def open(self, poke):
        """From here on changes are kept; poke is called when there are some."""
        self.poke = poke
        try:
            self._begin()
        except status.ApiError as error:
            # The answer has begun: an error inside a watch is a line of it.
            self.lines.append(line("ERROR", error.status()))
            self.over = True
        self.store.listeners.add(self.publish)

    def close(self):
        self.store.listeners.discard(self.publish)

    def take(self):
        self._tick()
        lines = list(self.lines)
        self.lines.clear()
        return lines

    def due(self):
        return max(0, min(self.deadline, self.bookmark_at) - time.monotonic())

    def publish(self, change):
        event = self._event(change)
        if event:
            self.lines.append(event)
            self.poke()

    def _begin(self):
        if self.initial:
            objects = self.store.list(self.kind.storage, self.namespace)
            self.lines.extend(self._line(ADDED, obj) for obj in objects if self.matches(obj))
        elif self.version:
            self.lines.extend(filter(None, map(self._event, self.store.since(self.version, self.kind.storage))))
        if self.initial_end and self.bookmarks:
            self.lines.append(self._bookmark(INITIAL_END))

    def _event(self, change):
        namespace = change.new["metadata"].get("namespace")
        if change.resource != self.kind.storage or self.namespace not in (None, namespace):
            return None
        now = change.type != DELETED and self.matches(change.new)
        before = change.old is not None and self.matches(change.old)
        if now:
            return self._line(MODIFIED if before else ADDED, change.new)
        if before:
            last = {**change.old["metadata"], "resourceVersion": str(change.version)}
            return self._line(DELETED, {**change.old, "metadata": last})
        return None

    def _line(self, event, obj):
        return line(event, {"kind": self.kind.kind, "apiVersion": self.kind.api_version,
                            **self.kind.from_store(obj)})

    def _bookmark(self, annotations=None):
        metadata = {"resourceVersion": str(self.store.version)}
        if annotations:
            metadata["annotations"] = annotations
        return line("BOOKMARK", {"kind": self.kind.kind, "apiVersion": self.kind.api_version, "metadata": metadata,
                                 "spec": {}})

    def _set_deadline(self, call, settings):
        now = time.monotonic()
        asked = _seconds(call.query.get("timeoutSeconds") or "0")
        lasts = asked or settings.watch_seconds * random.uniform(1, 2)
        self.deadline = now + lasts
        self.last_bookmark = self.deadline - settings.last_bookmark_seconds
        self.bookmark_at = self._next_bookmark(now)

    def _next_bookmark(self, now):
        """One each period, and a last one shortly before the end."""
        if not self.bookmarks:
            return float("inf")
        due = now + self.period
        if now < self.last_bookmark:
            due = min(due, self.last_bookmark)
        return due

    def _tick(self):
        now = time.monotonic()
        if now >= self.deadline:
            self.over = True
        elif now >= self.bookmark_at:
            self.lines.append(self._bookmark())
            self.bookmark_at = self._next_bookmark(now)
