# SPDX-License-Identifier: Apache-2.0
"""Events in both groups, and EndpointSlices."""

import copy

import pytest

TIME = "2026-01-01T00:00:00.123456Z"


def event(kube, name):
    return {"metadata": {"name": name}, "reason": "LeaderElection", "type": "Normal",
            "involvedObject": {"kind": "Lease", "namespace": kube.namespace, "name": "redis"}, "message": "text",
            "source": {"component": "agent"}, "firstTimestamp": "2026-01-01T00:00:00Z",
            "lastTimestamp": "2026-01-01T00:00:00Z", "count": 1}


def event_v1(kube, name):
    return {"metadata": {"name": name}, "reason": "LeaderElection", "type": "Normal", "note": "text",
            "regarding": {"kind": "Lease", "namespace": kube.namespace, "name": "redis"}, "action": "Promote",
            "eventTime": TIME, "reportingController": "redis-election/agent", "reportingInstance": "redis-0"}


def v1_path(kube, name=""):
    return kube.path("events", name).replace("/api/v1", "/apis/events.k8s.io/v1")


def without(document, *path):
    document = copy.deepcopy(document)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return document


def test_core_event(kube, admin, name):
    made = admin.post(kube.path("events"), event(kube, name))
    assert made.code == 201 and made.document["count"] == 1
    again = admin.patch(kube.path("events", name), {"count": 2, "lastTimestamp": "2026-01-01T00:00:09Z"})
    assert again.code == 200 and again.document["count"] == 2
    other = admin.get(v1_path(kube, name)).document
    assert other["apiVersion"] == "events.k8s.io/v1" and other["note"] == "text"
    assert other["regarding"]["name"] == "redis" and other["deprecatedCount"] == 2


def test_core_event_elsewhere(kube, admin, name):
    document = event(kube, name)
    document["involvedObject"]["namespace"] = "other"
    reply = admin.post(kube.path("events"), document)
    assert (reply.code, reply.reason) == (422, "Invalid") and "does not match event.namespace" in reply.message


def test_v1_event(kube, admin, name):
    made = admin.post(v1_path(kube), event_v1(kube, name))
    assert made.code == 201 and made.document["note"] == "text" and made.document["eventTime"] == TIME
    series = {"series": {"count": 2, "lastObservedTime": TIME}}
    assert admin.patch(v1_path(kube, name), series).document["series"]["count"] == 2
    assert admin.patch(v1_path(kube, name), {"note": "other"}).code == 422
    core = admin.get(kube.path("events", name)).document
    assert core["message"] == "text" and core["involvedObject"]["name"] == "redis"
    assert core["reportingComponent"] == "redis-election/agent"


@pytest.mark.parametrize("field", ["eventTime", "action", "reason", "type", "reportingController", "reportingInstance"])
def test_v1_event_needs(kube, admin, name, field):
    reply = admin.post(v1_path(kube), without(event_v1(kube, name), field))
    assert (reply.code, reply.reason) == (422, "Invalid")


@pytest.mark.parametrize("change", [
    {"note": "x" * 1025}, {"action": "x" * 129}, {"eventTime": "2026-01-01T00:00:00Z"}, {"deprecatedCount": 1},
    {"series": {"count": 1, "lastObservedTime": TIME}}, {"reportingController": "a b"}])
def test_v1_event_refused(kube, admin, name, change):
    assert admin.post(v1_path(kube), {**event_v1(kube, name), **change}).code in (400, 422)


SLICE = {"addressType": "IPv4", "ports": [{"name": "redis", "port": 6379}],
         "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": True}, "nodeName": "node",
                        "targetRef": {"kind": "Pod", "name": "redis-0"}}]}


def test_endpointslice(kube, admin, name):
    labels = {"kubernetes.io/service-name": "redis", "endpointslice.kubernetes.io/managed-by": "redis-election"}
    made = admin.post(kube.path("endpointslices"), {"metadata": {"name": name, "labels": labels}, **SLICE})
    assert made.code == 201 and made.document["ports"] == [{"name": "redis", "protocol": "TCP", "port": 6379}]
    assert made.document["endpoints"] == SLICE["endpoints"]
    document = {**made.document, "endpoints": []}
    assert admin.put(kube.path("endpointslices", name), document).code == 200
    assert admin.put(kube.path("endpointslices", "none"), {"metadata": {"name": "none"}, **SLICE}).code == 404


@pytest.mark.parametrize("change", [
    {"addressType": None}, {"addressType": "IPv5"}, {"endpoints": [{"addresses": []}]},
    {"endpoints": [{"addresses": ["10.0.0"]}]}, {"endpoints": [{"addresses": ["::1"]}]}])
def test_endpointslice_refused(kube, admin, name, change):
    reply = admin.post(kube.path("endpointslices"), {"metadata": {"name": name}, **SLICE, **change})
    assert (reply.code, reply.reason) == (422, "Invalid")


def test_endpointslice_address_type_is_fixed(kube, admin, name):
    admin.post(kube.path("endpointslices"), {"metadata": {"name": name}, **SLICE})
    reply = admin.patch(kube.path("endpointslices", name), {"addressType": "FQDN"})
    assert (reply.code, reply.reason) == (422, "Invalid")
