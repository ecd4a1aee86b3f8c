# SPDX-License-Identifier: Apache-2.0
"""Reading: GET, LIST, selectors."""

import pytest

SPEC = {"holderIdentity": "a"}
OBJECTS = {"one": {"app": "a", "tier": "x"}, "two": {"app": "a", "tier": "y"}, "three": {"app": "b"}}


@pytest.fixture(scope="module")
def family(kube):
    """Three objects with labels."""
    for name, labels in OBJECTS.items():
        kube.create("leases", {"metadata": {"name": f"list-{name}", "labels": {**labels, "family": "lists"}},
                               "spec": SPEC})
    yield
    for name in OBJECTS:
        kube.delete("leases", f"list-{name}")


SELECTORS = [
    ("app=a", ["one", "two"]), ("app==b", ["three"]), ("app!=a", ["three"]), ("app=a,tier=y", ["two"]),
    ("app in (a,b),tier", ["one", "two"]), ("app in (b)", ["three"]), ("tier notin (x)", ["two", "three"]),
    ("!tier", ["three"]), ("tier", ["one", "two"]), ("tier!=x", ["two", "three"]), ("app=c", []),
]


@pytest.mark.parametrize("selector, names", SELECTORS)
def test_label_selector(kube, admin, family, selector, names):
    query = f"family=lists,{selector}".replace(" ", "%20")
    reply = admin.get(f"{kube.path('leases')}?labelSelector={query}")
    assert reply.code == 200
    assert {item["metadata"]["name"] for item in reply.document["items"]} == {f"list-{name}" for name in names}


@pytest.mark.parametrize("selector, count", [("metadata.name=list-one", 1), ("metadata.name=none", 0),
                                             ("metadata.name=list-one,metadata.namespace=facts", 1),
                                             ("metadata.name=list-one,metadata.namespace=other", 0)])
def test_field_selector(kube, admin, family, selector, count):
    reply = admin.get(f"{kube.path('leases')}?fieldSelector={selector}")
    assert len(reply.document["items"]) == count


def test_list(kube, admin, family):
    document = admin.get(kube.path("leases") + "?labelSelector=family=lists").document
    assert document["kind"] == "LeaseList" and document["apiVersion"] == "coordination.k8s.io/v1"
    names = [item["metadata"]["name"] for item in document["items"]]
    assert names == sorted(names)
    assert all("kind" not in item for item in document["items"])
    newest = max(int(item["metadata"]["resourceVersion"]) for item in document["items"])
    assert int(document["metadata"]["resourceVersion"]) >= newest


def test_list_over_all_namespaces(kube, admin, family):
    document = admin.get("/apis/coordination.k8s.io/v1/leases?labelSelector=family=lists").document
    assert len(document["items"]) == len(OBJECTS)


def test_list_as_it_was(kube, admin, family):
    document = admin.get(kube.path("leases")).document
    version = document["metadata"]["resourceVersion"]
    kube.patch("leases", "list-one", {"spec": {"holderIdentity": "later"}})
    then = admin.get(f"{kube.path('leases')}?resourceVersion={version}&resourceVersionMatch=Exact").document
    holders = [item["spec"]["holderIdentity"] for item in then["items"] if item["metadata"]["name"] == "list-one"]
    assert holders == ["a"] and then["metadata"]["resourceVersion"] == version


@pytest.mark.parametrize("query, code", [
    ("resourceVersion=abc", 400), ("resourceVersionMatch=Exact", 422), ("resourceVersion=99999999", 504),
    ("labelSelector=a%20b", 400),
    ("fieldSelector=spec.holderIdentity=a", 400), ("fieldSelector=bogus", 400), ("sendInitialEvents=true", 422)])
def test_refused(kube, admin, query, code):
    assert admin.get(f"{kube.path('leases')}?{query}").code == code


def test_get(kube, admin, family):
    document = admin.get(kube.path("leases", "list-two")).document
    assert list(document)[:3] == ["kind", "apiVersion", "metadata"]
    reply = admin.get(kube.path("leases", "none"))
    assert (reply.code, reply.reason) == (404, "NotFound")
    assert reply.document["details"] == {"name": "none", "group": "coordination.k8s.io", "kind": "leases"}


def test_long_answers_are_chunked(kube, admin, family):
    """Go's server sends a length only with what fits its buffer of 2048 bytes."""
    kube.patch("leases", "list-three", {"metadata": {"annotations": {"long": "x" * 3000}}})
    reply = admin.get(kube.path("leases", "list-three"))
    assert reply.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in reply.headers
    assert len(reply.meta["annotations"]["long"]) == 3000
    assert "Content-Length" in admin.get("/readyz").headers


@pytest.mark.parametrize("path, body", [("/readyz", b"ok"), ("/livez", b"ok"), ("/healthz", b"ok")])
def test_health(admin, path, body):
    reply = admin.get(path)
    assert (reply.code, reply.body) == (200, body)


def test_version(admin):
    assert admin.get("/version").document["gitVersion"] == "v1.35.4"


@pytest.mark.parametrize("path", ["/nothing", "/apis/nothing.example/v1/namespaces/facts/leases"])
def test_unknown_path(admin, path):
    reply = admin.get(path)
    assert (reply.code, reply.body) == (404, b"404 page not found\n")


def test_methods_that_are_not_there(kube, admin, family):
    document = {"metadata": {"name": "list-one"}}
    assert admin.put(kube.path("leases"), document).code == 405
    assert admin.post(kube.path("leases", "list-one"), document).code == 405
    assert admin.ask("HEAD", kube.path("leases", "list-one")).code == 405


def test_other_representations(kube, admin):
    assert admin.ask("GET", kube.path("leases"), Accept="text/plain").code == 406
    assert admin.ask("GET", kube.path("leases"), Accept="text/html, */*").code == 200
