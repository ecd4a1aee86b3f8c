# SPDX-License-Identifier: Apache-2.0
"""What a watch of Leases shows, and how it begins and ends."""

import socket
import time

import pytest

SPEC = {"holderIdentity": "a", "leaseDurationSeconds": 15}


@pytest.fixture
def lease(kube, admin, name):
    return admin.post(kube.path("leases"), {"metadata": {"name": name, "labels": {"set": name}}, "spec": SPEC}).document


@pytest.fixture
def watch(kube, admin, name):
    def begin(**options):
        query = "&".join(f"{key}={value}" for key, value in
                         {"watch": "true", "fieldSelector": f"metadata.name={name}", **options}.items() if value)
        return admin.watch(f"{kube.path('leases')}?{query}")
    return begin


def change(kube, admin, name, **spec):
    path = kube.path("leases", name)
    document = admin.get(path).document
    document["spec"].update(spec)
    reply = admin.put(path, document)
    assert reply.code == 200
    return reply.document


def test_head(watch, lease):
    seen = watch(timeoutSeconds=1)
    assert seen.code == 200
    assert seen.answer.headers["Content-Type"] == "application/json"
    assert seen.answer.headers["Transfer-Encoding"] == "chunked"


@pytest.mark.parametrize("version", [None, "0"])
def test_begins_with_what_is_there(watch, lease, version):
    first, = watch(resourceVersion=version, timeoutSeconds=1).end()
    assert first == {"type": "ADDED", "object": lease}


def test_from_a_version_only_later_changes(kube, admin, watch, lease):
    seen = watch(resourceVersion=lease["metadata"]["resourceVersion"], timeoutSeconds=1)
    admin.post(kube.path("leases"), {"metadata": {"name": lease["metadata"]["name"] + "-other"}, "spec": SPEC})
    changed = change(kube, admin, lease["metadata"]["name"], holderIdentity="b")
    assert seen.end() == [{"type": "MODIFIED", "object": changed}]


def test_from_a_version_replays_what_was_missed(kube, admin, watch, lease):
    changes = [change(kube, admin, lease["metadata"]["name"], leaseTransitions=number) for number in range(3)]
    seen = watch(resourceVersion=changes[0]["metadata"]["resourceVersion"], timeoutSeconds=1)
    assert seen.end() == [{"type": "MODIFIED", "object": changed} for changed in changes[1:]]


def test_put_that_changes_nothing_is_not_seen(kube, admin, watch, lease):
    seen = watch(resourceVersion=lease["metadata"]["resourceVersion"], timeoutSeconds=1)
    change(kube, admin, lease["metadata"]["name"])
    assert seen.end() == []


def test_delete_and_recreate(kube, admin, watch, lease, name):
    seen = watch(resourceVersion=lease["metadata"]["resourceVersion"], timeoutSeconds=1)
    admin.delete(kube.path("leases", name))
    again = admin.post(kube.path("leases"), {"metadata": {"name": name}, "spec": SPEC}).document
    gone, added = seen.end()
    assert gone["type"] == "DELETED" and gone["object"]["metadata"]["uid"] == lease["metadata"]["uid"]
    versions = [int(document["metadata"]["resourceVersion"]) for document in (lease, gone["object"], again)]
    assert versions == sorted(set(versions)), "the deletion has a version of its own"
    assert added == {"type": "ADDED", "object": again}


def test_ends_in_time(watch, lease):
    seen = watch(timeoutSeconds=2)
    seen.end()
    assert seen.ended == "in good order" and 1.9 < seen.lasted < 2.6


def test_last_bookmark(kube, watch, lease, name):
    """There is one a minute and one two to three seconds before the end. The real server leaves them out while no
    Lease at all has changed since the watch began."""
    version = lease["metadata"]["resourceVersion"]
    seen = watch(resourceVersion=version, timeoutSeconds=4, allowWatchBookmarks="true")
    unasked = watch(resourceVersion=version, timeoutSeconds=4)
    kube.create("leases", {"metadata": {"name": name + "-other"}, "spec": SPEC})
    *_, last = seen.end()
    assert last["type"] == "BOOKMARK" and set(last["object"]["metadata"]) == {"resourceVersion"}
    assert last["object"]["kind"] == "Lease"
    assert all(at > 0.9 for at, _ in seen.events)
    assert unasked.end() == []


def test_initial_events(watch, lease):
    seen = watch(sendInitialEvents="true", resourceVersionMatch="NotOlderThan", allowWatchBookmarks="true",
                 timeoutSeconds=1)
    added, mark = seen.end()[:2]
    assert added == {"type": "ADDED", "object": lease}
    assert mark["type"] == "BOOKMARK"
    assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert int(mark["object"]["metadata"]["resourceVersion"]) >= int(lease["metadata"]["resourceVersion"])


@pytest.mark.parametrize("query, code", [
    ("sendInitialEvents=true", 422), ("resourceVersionMatch=NotOlderThan", 422), ("resourceVersion=abc", 500),
    ("fieldSelector=spec.holderIdentity=a", 400), ("labelSelector=a%20b", 400)])
def test_refused(kube, admin, query, code):
    assert admin.get(f"{kube.path('leases')}?watch=true&timeoutSeconds=1&{query}").code == code


def test_version_from_the_future_is_silence(watch, lease):
    seen = watch(resourceVersion="99999999", timeoutSeconds=1)
    assert seen.code == 200 and seen.end() == []


def test_labels_that_begin_and_cease_to_match(kube, admin, watch, lease, name):
    seen = watch(fieldSelector=None, labelSelector=f"set={name}", timeoutSeconds=1,
                 resourceVersion=lease["metadata"]["resourceVersion"])
    path = kube.path("leases", name)
    without = admin.patch(path, {"metadata": {"labels": {"set": "none"}}}).document
    change(kube, admin, name, holderIdentity="unseen")
    back = admin.patch(path, {"metadata": {"labels": {"set": name}}}).document
    gone, added = seen.end()
    assert gone["type"] == "DELETED" and gone["object"]["metadata"]["labels"] == {"set": name}
    assert gone["object"]["metadata"]["resourceVersion"] == without["metadata"]["resourceVersion"]
    assert added == {"type": "ADDED", "object": back}


def test_object_with_watch_is_a_plain_get(kube, admin, lease, name):
    reply = admin.get(kube.path("leases", name) + "?watch=true&timeoutSeconds=1")
    assert reply.document == lease


def test_deprecated_path(kube, admin, lease, name):
    path = kube.path("leases", name).replace("/v1/namespaces", "/v1/watch/namespaces")
    seen = admin.watch(path + "?timeoutSeconds=1")
    assert seen.end() == [{"type": "ADDED", "object": lease}]


def test_several_events_may_share_a_chunk(kube, admin, lease, name):
    """They are lines; a client that takes chunks for events is wrong."""
    admin.post(kube.path("leases"), {"metadata": {"name": name + "-too", "labels": {"set": name}}, "spec": SPEC})
    raw = socket.create_connection((kube.host, kube.port))
    with admin.context.wrap_socket(raw, server_hostname=kube.host) as connection:
        path = f"{kube.path('leases')}?watch=1&labelSelector=set={name}&timeoutSeconds=1"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        data = b""
        while part := connection.recv(65536):
            data += part
    chunks = data.split(b"\r\n\r\n", 1)[1]
    assert chunks.endswith(b"0\r\n\r\n")
    assert chunks.count(b'"type":"ADDED"') == 2


def test_too_old_version(kube, admin, watch, lease):
    """As after a restart of the server: 200, one line, the end."""
    change(kube, admin, lease["metadata"]["name"], holderIdentity="b")
    kube.api_stop()
    kube.api_start()
    admin.close()
    seen = watch(resourceVersion=lease["metadata"]["resourceVersion"], timeoutSeconds=5)
    error, = seen.end()
    assert seen.code == 200 and error["type"] == "ERROR"
    assert error["object"]["kind"] == "Status" and error["object"]["code"] == 410
    assert error["object"]["reason"] == "Expired" and "too old resource version" in error["object"]["message"]


def test_list_of_a_compacted_version(kube, admin, lease, name):
    change(kube, admin, name, holderIdentity="b")
    kube.compact()
    kube.api_stop()     # the real server keeps older states in memory for a while
    kube.api_start()
    admin.close()
    version = lease["metadata"]["resourceVersion"]
    reply = admin.get(f"{kube.path('leases')}?resourceVersion={version}&resourceVersionMatch=Exact")
    assert (reply.code, reply.reason) == (410, "Expired")


def test_watch_survives_an_orderly_stop(kube, admin, watch, lease):
    seen = watch(resourceVersion=lease["metadata"]["resourceVersion"])
    kube.api_stop("term")
    time.sleep(0.5)
    with pytest.raises(OSError):
        admin.connect().connect()
    assert seen.ended is None
    kube.api_start()
    admin.close()
