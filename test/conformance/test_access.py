# SPDX-License-Identifier: Apache-2.0
"""Who may ask what."""

import pytest

from conformance.asking import Asker
from standin import rights

SPEC = {"holderIdentity": "a"}


@pytest.fixture
def lease(kube, name):
    return kube.create("leases", {"metadata": {"name": name}, "spec": SPEC})


@pytest.fixture
def agent(kube, user, name):
    """An asker with the rights that the chart gives for the Lease of this name."""
    return user(f"user-{name}", rights.agent(name, ["pod-a"]))


def test_no_token(kube, lease, name):
    with Asker(kube) as nobody:
        reply = nobody.get(kube.path("leases", name))
    assert (reply.code, reply.reason) == (403, "Forbidden")
    assert reply.message == (f'leases.coordination.k8s.io "{name}" is forbidden: User "system:anonymous" cannot get '
                             'resource "leases" in API group "coordination.k8s.io" in the namespace "facts"')


@pytest.mark.parametrize("path, code", [("/readyz", 200), ("/livez", 200), ("/version", 200), ("/metrics", 403)])
def test_paths_without_token(kube, path, code):
    with Asker(kube) as nobody:
        assert nobody.get(path).code == code


@pytest.mark.parametrize("path", ["/readyz", "/apis/coordination.k8s.io/v1/namespaces/facts/leases/x"])
def test_unknown_token(kube, path):
    with Asker(kube, token="x") as stranger:
        reply = stranger.get(path)
    assert reply.code == 401 and "WWW-Authenticate" not in reply.headers
    assert reply.document == {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                              "message": "Unauthorized", "reason": "Unauthorized", "code": 401}


def test_agent_may(kube, agent, name):
    """All that it needs, and the creation of one Lease only, by PUT."""
    path = kube.path("leases", name)
    assert agent.get(path).code == 404
    refused = agent.post(kube.path("leases"), {"metadata": {"name": name}, "spec": SPEC})
    assert (refused.code, refused.reason) == (403, "Forbidden")
    assert "cannot create resource" in refused.message and f'"{name}"' not in refused.message
    made = agent.put(path, {"metadata": {"name": name}, "spec": SPEC})
    assert made.code == 201
    changed = agent.put(path, {**made.document, "spec": {"holderIdentity": "b"}})
    assert changed.code == 200
    assert agent.delete(path).code == 403


def test_agent_may_not_create_another(kube, agent):
    reply = agent.put(kube.path("leases", "another"), {"metadata": {"name": "another"}, "spec": SPEC})
    assert (reply.code, reply.reason) == (403, "Forbidden")
    assert 'leases.coordination.k8s.io "another" is forbidden' in reply.message
    assert reply.document["details"] == {"name": "another", "group": "coordination.k8s.io", "kind": "leases"}


def test_put_on_missing_needs_create(kube, user, name):
    updater = user(f"user-{name}", [rights.rule("coordination.k8s.io", ["leases"], ["get", "update"], [name])])
    reply = updater.put(kube.path("leases", name), {"metadata": {"name": name}, "spec": SPEC})
    assert (reply.code, reply.reason) == (403, "Forbidden")
    assert "cannot create resource" in reply.message


@pytest.mark.parametrize("query, code", [
    ("", 403), ("?watch=true&timeoutSeconds=1", 403),
    ("?fieldSelector=metadata.name=other&watch=true&timeoutSeconds=1", 403)])
def test_named_rights_need_the_field_selector(kube, agent, query, code):
    assert agent.get(kube.path("leases") + query).code == code


def test_watch_by_name(kube, agent, lease, name):
    seen = agent.watch(f"{kube.path('leases')}?fieldSelector=metadata.name={name}&watch=true&timeoutSeconds=1")
    assert seen.code == 200 and [event["type"] for event in seen.end()] == ["ADDED"]


def test_list_by_name(kube, user, lease, name):
    reader = user(f"user-{name}", [rights.rule("coordination.k8s.io", ["leases"], ["list"], [name])])
    assert len(reader.get(f"{kube.path('leases')}?fieldSelector=metadata.name={name}").document["items"]) == 1
    assert reader.get(kube.path("leases")).code == 403


def test_agent_and_pods(kube, agent):
    kube.pod("pod-a")
    kube.pod("pod-b")
    label = {"metadata": {"labels": {"redis-election/role": "leader"}}}
    assert agent.get(kube.path("pods")).code == 200
    assert agent.patch(kube.path("pods", "pod-a"), label).code == 200
    assert agent.patch(kube.path("pods", "pod-b"), label).code == 403
    assert agent.patch(kube.path("pods", "pod-a", "status"), {"status": {}}).code == 403
    for pod in ("pod-a", "pod-b"):
        kube.remove_pod(pod)


def test_unknown_resource(kube, agent, admin):
    path = kube.path("leases").replace("leases", "leasez")
    assert agent.get(path).code == 403
    reply = admin.get(path)
    assert (reply.code, reply.reason) == (404, "NotFound")
    assert reply.message == "the server could not find the requested resource"


MAY = [
    ("get", "leases", "coordination.k8s.io", "mine", True), ("create", "leases", "coordination.k8s.io", "mine", True),
    ("update", "leases", "coordination.k8s.io", "another", False), ("patch", "pods", "", "pod-a", True),
    ("patch", "pods", "", "pod-b", False), ("list", "pods", "", "", True), ("get", "secrets", "", "", False),
]


@pytest.mark.parametrize("verb, resource, group, target, allowed", MAY)
def test_self_review(kube, agent, name, verb, resource, group, target, allowed):
    asked = {"namespace": kube.namespace, "verb": verb, "resource": resource, "group": group,
             "name": name if target == "mine" else target}
    reply = agent.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                       {"spec": {"resourceAttributes": asked}})
    assert reply.code == 201 and reply.document["status"]["allowed"] == allowed


def test_self_rules(kube, agent):
    reply = agent.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                       {"spec": {"namespace": kube.namespace}})
    rules = reply.document["status"]["resourceRules"]
    assert reply.code == 201
    assert any(rule["resources"] == ["pods"] and rule.get("resourceNames") == ["pod-a"] for rule in rules)


def test_deleted_namespace_is_no_excuse(kube, agent):
    assert agent.get(kube.path("leases").replace("/facts/", "/nonesuch/")).code == 403
