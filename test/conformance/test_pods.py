# SPDX-License-Identifier: Apache-2.0
"""Pods: labels, status and deletion."""

import pytest

OTHER_UID = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def pod(kube, name):
    yield kube.pod(name, {"app": "redis"}, "10.0.0.1")
    if kube.get("pods", name):
        kube.remove_pod(name)


def label(**labels):
    return {"metadata": {"labels": labels}}


@pytest.mark.parametrize("kind", ["merge-patch", "strategic-merge-patch"])
def test_labels(kube, admin, pod, name, kind):
    path, uid = kube.path("pods", name), pod["metadata"]["uid"]
    with_uid = {"metadata": {"uid": uid, "labels": {"role": "leader", "x": "1"}}}
    reply = admin.patch(path, with_uid, kind)
    assert reply.code == 200 and reply.meta["labels"] == {"app": "redis", "role": "leader", "x": "1"}
    wrong = admin.patch(path, {"metadata": {"uid": OTHER_UID, "labels": {"role": "bad"}}}, kind)
    assert (wrong.code, wrong.reason) == (422, "Invalid") and "field is immutable" in wrong.message
    stale = admin.patch(path, {"metadata": {"resourceVersion": pod["metadata"]["resourceVersion"],
                                            "labels": {"role": "bad"}}}, kind)
    assert (stale.code, stale.reason) == (409, "Conflict")
    assert admin.patch(path, label(role="a b"), kind).code == 422
    assert admin.patch(path, label(x=None), kind).meta["labels"] == {"app": "redis", "role": "leader"}


def test_json_patch(kube, admin, pod, name):
    path = kube.path("pods", name)
    test = {"op": "test", "path": "/metadata/uid", "value": OTHER_UID}
    add = {"op": "add", "path": "/metadata/labels/redis-election~1role", "value": "leader"}
    reply = admin.patch(path, [test, add], "json-patch")
    assert (reply.code, reply.reason) == (422, "Invalid")
    test["value"] = pod["metadata"]["uid"]
    reply = admin.patch(path, [test, add], "json-patch")
    assert reply.code == 200 and reply.meta["labels"]["redis-election/role"] == "leader"


def test_patch_of_a_pod_that_is_gone(kube, admin, pod, name):
    kube.remove_pod(name)
    reply = admin.patch(kube.path("pods", name), label(role="x"))
    assert (reply.code, reply.reason) == (404, "NotFound")


def test_put_on_missing_does_not_create(kube, admin, pod, name):
    kube.remove_pod(name)
    document = {"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    assert admin.put(kube.path("pods", name), document).code == 404


def test_label_that_is_there_already(kube, admin, pod, name):
    before = admin.get(kube.path("pods", name)).meta["resourceVersion"]
    assert admin.patch(kube.path("pods", name), label(app="redis")).meta["resourceVersion"] == before


def test_status_is_written_apart(kube, admin, pod, name):
    path = kube.path("pods", name)
    admin.patch(path, {"status": {"podIP": "10.0.0.9"}})
    assert admin.get(path).document["status"]["podIP"] == "10.0.0.1"
    reply = admin.patch(path + "/status", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}},
                        "strategic-merge-patch")
    assert reply.code == 200
    states = {entry["type"]: entry["status"] for entry in reply.document["status"]["conditions"]}
    assert states["Ready"] == "False" and states["ContainersReady"] == "True"
    document = reply.document
    document["status"]["podIP"], document["status"]["podIPs"] = "10.0.0.2", [{"ip": "10.0.0.2"}]
    assert admin.put(path + "/status", document).document["status"]["podIP"] == "10.0.0.2"


def test_spec_is_fixed(kube, admin, pod, name):
    reply = admin.patch(kube.path("pods", name), {"spec": {"nodeName": "other"}})
    assert (reply.code, reply.reason) == (422, "Invalid")


def test_deletion_of_a_pod_on_a_node(kube, admin, pod, name):
    """Marked first; its kubelet, or a grace of 0, ends it."""
    path = kube.path("pods", name)
    seen = admin.watch(f"{kube.path('pods')}?watch=1&fieldSelector=metadata.name={name}&timeoutSeconds=1"
                       f"&resourceVersion={pod['metadata']['resourceVersion']}")
    reply = admin.delete(path)
    assert reply.code == 200 and reply.document["kind"] == "Pod"
    assert reply.meta["deletionTimestamp"] and reply.meta["deletionGracePeriodSeconds"] == 30
    assert admin.get(path).meta["deletionTimestamp"] == reply.meta["deletionTimestamp"]
    kube.remove_pod(name)
    assert admin.get(path).code == 404
    assert [event["type"] for event in seen.end()][0] == "MODIFIED" and seen.types()[-1] == "DELETED"


def test_deletion_of_a_pod_without_a_node(kube, admin, name):
    path = kube.path("pods", name)
    assert admin.post(kube.path("pods"), {
        "metadata": {"name": name},
        "spec": {"automountServiceAccountToken": False, "containers": [{"name": "c", "image": "i"}]}}).code == 201
    assert admin.get(path).document["status"]["phase"] == "Pending"
    assert admin.delete(path).code == 200
    assert admin.get(path).code == 404


@pytest.mark.parametrize("selector, found", [
    ("status.podIP=10.0.0.1", True), ("status.phase=Running", True), ("spec.nodeName=node", True),
    ("status.phase=Pending", False), ("status.phase!=Running", False)])
def test_field_selectors(kube, admin, pod, name, selector, found):
    items = admin.get(f"{kube.path('pods')}?fieldSelector={selector},metadata.name={name}").document["items"]
    assert bool(items) == found
