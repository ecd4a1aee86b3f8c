# SPDX-License-Identifier: Apache-2.0
"""The kinds that are served: one row each. What a kind does differently is a function in its own module."""

from dataclasses import dataclass, field
from typing import Callable

from . import endpointslices, events, leases, namespaces, pods, schema
from .status import qualified


def _unchanged(obj, old):
    return obj


def _nothing(obj, old):
    return ()


def _same(obj):
    return obj


@dataclass(frozen=True)
class Kind:
    group: str
    version: str
    resource: str
    kind: str
    decode: Callable                        # see schema.py
    namespaced: bool = True
    prepare: Callable = _unchanged          # (obj, old or None) -> obj: defaults, and what a client may not write
    check: Callable = _nothing              # (obj, old or None) -> causes of a 422
    grace: Callable = None                  # (obj, asked seconds or None) -> seconds until a deletion is real
    subresources: dict = field(default_factory=dict)    # name -> prepare
    create_on_update: bool = False
    unconditional_update: bool = True
    fields: dict = field(default_factory=dict)          # field selector -> function of the object
    stored_as: str = ""                     # resource in the store, where two groups share one
    to_store: Callable = _same
    from_store: Callable = _same

    @property
    def qualified(self):
        return qualified(self.resource, self.group)

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def storage(self):
        return self.stored_as or self.qualified


KINDS = (
    Kind("coordination.k8s.io", "v1", "leases", "Lease", leases.LEASE, prepare=leases.prepare, check=leases.check,
         create_on_update=True, unconditional_update=False),
    Kind("", "v1", "pods", "Pod", pods.POD, prepare=pods.prepare, check=pods.check, grace=pods.grace,
         subresources={"status": pods.prepare_status}, fields=pods.FIELDS),
    Kind("", "v1", "events", "Event", events.EVENT, check=events.check, create_on_update=True, fields=events.FIELDS),
    Kind("events.k8s.io", "v1", "events", "Event", events.EVENT_V1, check=events.check_v1, create_on_update=True,
         fields=events.FIELDS, stored_as="events", to_store=events.to_core, from_store=events.from_core),
    Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", endpointslices.SLICE,
         prepare=endpointslices.prepare, check=endpointslices.check),
    Kind("", "v1", "services", "Service", schema.resource(spec=schema.ANY, status=schema.ANY), create_on_update=True),
    Kind("", "v1", "namespaces", "Namespace", namespaces.NAMESPACE, namespaced=False, prepare=namespaces.prepare),
)

BY_RESOURCE = {(kind.group, kind.version, kind.resource): kind for kind in KINDS}
