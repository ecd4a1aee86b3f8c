# SPDX-License-Identifier: Apache-2.0
"""Objects, their resourceVersions and the history that watches read."""

from collections import deque
from dataclasses import dataclass

from .status import expired, internal

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"


@dataclass(frozen=True)
class Change:
    version: int
    type: str
    resource: str
    new: dict   # of a deletion: the last state, with the resourceVersion of the deletion
    old: dict   # None for ADDED


class Store:
    """One sequence of versions over everything, like etcd. Stored objects are never changed in place."""

    FIRST_VERSION = 100
    HISTORY = 10_000

    def __init__(self):
        self.version = self.FIRST_VERSION
        self.floor = self.version       # watches from before this version are too old
        self.compacted = 0              # exact lists from before this version are gone
        self.objects = {}               # (resource, namespace, name) -> object
        self.history = deque()
        self.listeners = set()          # called with each Change

    def get(self, resource, namespace, name):
        return self.objects.get((resource, namespace, name))

    def list(self, resource, namespace=None, version=None):
        """Objects in the order of their keys; with a version, as they were then."""
        objects = self.objects if version is None else self._rewound(version)
        return [objects[key] for key in sorted(objects)
                if key[0] == resource and namespace in (None, key[1])]

    def put(self, resource, obj):
        key = self._key(resource, obj)
        old = self.objects.get(key)
        self.version += 1
        new = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version)}}
        self.objects[key] = new
        self._publish(Change(self.version, MODIFIED if old else ADDED, resource, new, old))
        return new

    def remove(self, resource, obj):
        old = self.objects.pop(self._key(resource, obj))
        self.version += 1
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.version)}}
        self._publish(Change(self.version, DELETED, resource, last, old))
        return last

    def since(self, version, resource):
        """Changes after this version."""
        if version < self.floor:
            raise expired(f"too old resource version: {version} ({self.floor})")
        return [change for change in self.history if change.version > version and change.resource == resource]

    def forget_history(self):
        """What a restart of the real server does: its watch cache begins at the present."""
        self.floor = self.version

    def compact(self):
        """What the real server does every five minutes: older versions are gone for lists as well."""
        self.history.clear()
        self.floor = self.compacted = self.version

    @staticmethod
    def _key(resource, obj):
        return resource, obj["metadata"].get("namespace"), obj["metadata"]["name"]

    def _publish(self, change):
        self.history.append(change)
        if len(self.history) > self.HISTORY:
            self.compacted = self.history.popleft().version
            self.floor = max(self.floor, self.compacted)
        for listener in list(self.listeners):
            listener(change)

    def _rewound(self, version):
        if version < self.compacted:
            raise expired("The provided resource version is too old.")
        objects = dict(self.objects)
        for change in reversed(self.history):
            if change.version <= version:
                break
            key = self._key(change.resource, change.new)
            if change.old:
                objects[key] = change.old
            else:
                objects.pop(key, None)
        return objects


def parse_version(text):
    """A resourceVersion from a client; the real server answers 500 to one that is no number."""
    if not text.isdigit():
        raise internal(f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)
