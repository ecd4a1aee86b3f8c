# SPDX-License-Identifier: Apache-2.0
"""The rights that the chart gives to the agents of one set, as RBAC rules."""


def rule(group, resources, verbs, names=()):
    document = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    return {**document, "resourceNames": list(names)} if names else document


def agent(lease, pods, more=()):
    """The set's Lease by name, reading pods, labelling the set's own, and events."""
    return [
        rule("coordination.k8s.io", ["leases"], ["get", "update", "watch", "create"], [lease]),
        rule("", ["pods"], ["get", "list", "watch"]),
        rule("", ["pods"], ["patch"], pods),
        rule("", ["events"], ["create", "patch"]),
        rule("events.k8s.io", ["events"], ["create", "patch"]),
        *more,
    ]


def endpointslices(names):
    """Only with the routing mode that writes them."""
    return [rule("discovery.k8s.io", ["endpointslices"], ["get", "update", "patch", "create"], names)]
