# SPDX-License-Identifier: Apache-2.0
"""Faults do what they say: by the stand-in itself or, before the real server, by the proxy."""

import http.client
import json
import os
import select
import socket
import threading
import time

import pytest

from conformance.asking import Asker
from standin import rights
from standin.answers import OVERLOADED

SPEC = {"holderIdentity": "a"}
BROKEN = (OSError, http.client.HTTPException)


@pytest.fixture
def lease(kube, name):
    return kube.create("leases", {"metadata": {"name": name}, "spec": SPEC})


@pytest.fixture(scope="module")
def tokens(faulty):
    """Two members with all rights on Leases."""
    rules = [rights.rule("coordination.k8s.io", ["leases"], ["*"])]
    return {name: (faulty.account(name, rules) / "token").read_text() for name in ("member-a", "member-b")}


@pytest.fixture
def kube(faulty):
    yield faulty
    faulty.clear()


@pytest.fixture
def member(kube, tokens):
    with Asker(kube, token=tokens["member-a"], timeout=5) as asker:
        yield asker


@pytest.fixture
def other(kube, tokens):
    with Asker(kube, token=tokens["member-b"], timeout=5) as asker:
        yield asker


@pytest.fixture
def path(kube, lease, name):
    return kube.path("leases", name)


def later(function, *arguments):
    """Runs beside the test; what it returned or raised."""
    outcome = []

    def run():
        try:
            outcome.append(function(*arguments))
        except BROKEN as error:
            outcome.append(error)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result(seconds=5):
        thread.join(seconds)
        assert outcome, "still running"
        return outcome[0]
    return result


def holder(kube, name):
    return kube.get("leases", name)["spec"]["holderIdentity"]


def renew(kube, asker, name, value):
    document = kube.get("leases", name)
    document["spec"]["holderIdentity"] = value
    return asker.put(kube.path("leases", name), document)


def timed(function, *arguments):
    begun = time.monotonic()
    reply = function(*arguments)
    return reply, time.monotonic() - begun


def test_delay(kube, member, path):
    number = kube.fault("delay", user="member-a", verb="get", seconds=0.3, count=1)
    reply, took = timed(member.get, path)
    assert reply.code == 200 and 0.3 <= took < 1
    assert timed(member.get, path)[1] < 0.2
    assert kube.hits(number) == 1


def test_delay_ends_with_its_client_unless_late(kube, tokens, name, path):
    for late, expected in ((False, "a"), (True, "b")):
        kube.clear()
        kube.fault("delay", verb="update", seconds=0.5, late=late)
        with Asker(kube, token=tokens["member-a"], timeout=0.2) as hasty, pytest.raises(TimeoutError):
            renew(kube, hasty, name, "b")
        assert holder(kube, name) == "a"
        time.sleep(0.6)
        assert holder(kube, name) == expected


@pytest.mark.parametrize("how", ["close", "cut", "reset"])
def test_lost_answer(kube, member, name, path, how):
    kube.fault("lose-answer", verb="update", count=1, how=how)
    with pytest.raises(BROKEN):
        renew(kube, member, name, "b")
    assert holder(kube, name) == "b"


@pytest.mark.parametrize("how, seen", [("close", "data"), ("cut", "end"), ("reset", "reset")])
def test_ways_to_end(kube, member, path, how, seen):
    """Below TLS, which hides a reset: a last word of TLS, none, or RST."""
    assert member.get(path).code == 200
    kube.fault("lose-answer", verb="get", count=1, how=how)
    member.connection.request("GET", path, headers=member.headers)
    descriptor = member.connection.sock.fileno()
    select.select([descriptor], [], [], 5)
    try:
        outcome = "data" if os.read(descriptor, 1) else "end"
    except ConnectionResetError:
        outcome = "reset"
    assert outcome == seen


def test_lost_answer_on_an_open_connection(kube, tokens, name, path):
    kube.fault("lose-answer", verb="update", count=1, how="open")
    with Asker(kube, token=tokens["member-a"], timeout=0.3) as hasty, pytest.raises(TimeoutError):
        renew(kube, hasty, name, "b")
    assert holder(kube, name) == "b"


@pytest.mark.parametrize("how", ["close", "reset"])
def test_reset(kube, member, name, path, how):
    kube.fault("reset", verb="update", count=1, how=how)
    with pytest.raises(BROKEN):
        renew(kube, member, name, "b")
    assert holder(kube, name) == "a"
    member.close()
    assert renew(kube, member, name, "b").code == 200


@pytest.mark.parametrize("code, reason", [(401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound"),
                                          (409, "Conflict"), (410, "Expired"), (422, "Invalid"),
                                          (500, "InternalError"), (503, "ServiceUnavailable"), (504, "Timeout")])
def test_status(kube, member, name, path, code, reason):
    kube.fault("status", verb="update", code=code, count=1)
    reply = renew(kube, member, name, "b")
    assert (reply.code, reply.reason) == (code, reason)
    assert holder(kube, name) == "a"


def test_status_429_is_plain_text(kube, member, path):
    kube.fault("status", code=429, count=1)
    reply = member.get(path)
    assert (reply.code, reply.body) == (429, OVERLOADED)
    assert reply.headers["Retry-After"] == "1" and reply.headers["Content-Type"].startswith("text/plain")


def test_status_after(kube, member, name, path):
    kube.fault("status-after", verb="update", code=504, count=1)
    assert renew(kube, member, name, "b").code == 504
    assert holder(kube, name) == "b"


def test_garbage(kube, member, path):
    kube.fault("garbage", count=1)
    reply = member.get(path)
    assert reply.code == 200
    with pytest.raises(ValueError):
        json.loads(reply.body)


def test_truncate(kube, member, path):
    kube.fault("truncate", count=1, bytes=30)
    with pytest.raises(http.client.IncompleteRead) as error:
        member.get(path)
    assert len(error.value.partial) == 30


def test_large(kube, member, path):
    kube.fault("large", count=1)
    reply = member.get(path)
    assert len(reply.body) >= 10_000_000 and reply.document["kind"] == "Lease"


def test_hang_until_cleared(kube, member, name, path):
    number = kube.fault("hang", user="member-a")
    reply = later(renew, kube, member, name, "b")
    time.sleep(0.3)
    assert holder(kube, name) == "a" and kube.hits(number) == 1
    kube.clear(number)
    assert reply().code == 200


@pytest.mark.parametrize("late, expected", [(False, "a"), (True, "b")])
def test_hang_and_a_client_that_gave_up(kube, tokens, name, path, late, expected):
    kube.fault("hang", user="member-a", late=late)
    with Asker(kube, token=tokens["member-a"], timeout=0.2) as hasty, pytest.raises(TimeoutError):
        renew(kube, hasty, name, "b")
    time.sleep(0.1)
    kube.clear()
    time.sleep(0.2)
    assert holder(kube, name) == expected


def test_cut_parts_one_user_only(kube, member, other, name, path):
    query = f"{kube.path('leases')}?watch=1&fieldSelector=metadata.name={name}"
    mine, theirs = member.watch(query), other.watch(query)
    assert mine.wait(1) and theirs.wait(1)
    kube.cut("member-a")
    mine_late = later(member.get, path)
    assert renew(kube, other, name, "b").code == 200
    assert len(theirs.wait(2)) == 2
    time.sleep(0.2)
    assert len(mine.events) == 1, "silent"
    kube.clear()
    assert mine_late().code == 200
    assert len(mine.wait(2)) == 2, "and nothing was lost"


def test_cut_by_refusal(kube, member, other, name, path):
    seen = member.watch(f"{kube.path('leases')}?watch=1&fieldSelector=metadata.name={name}")
    assert member.get(path).code == 200 and other.get(path).code == 200
    number = kube.cut("member-a", how="refuse")
    seen.thread.join(2)
    assert seen.ended and seen.ended != "in good order"
    for _ in range(2):
        with pytest.raises(BROKEN):
            member.get(path)
        member.close()
    assert other.get(path).code == 200
    kube.clear(number)
    assert member.get(path).code == 200


def watch_of(kube, asker, name):
    seen = asker.watch(f"{kube.path('leases')}?watch=1&fieldSelector=metadata.name={name}")
    assert len(seen.wait(1)) == 1
    return seen


def test_silent(kube, member, name, path):
    seen = watch_of(kube, member, name)
    number = kube.fault("silent", verb="watch")
    fresh = member.watch(f"{kube.path('leases')}?watch=1&fieldSelector=metadata.name={name}")
    assert fresh.code == 200
    kube.patch("leases", name, {"spec": {"holderIdentity": "b"}})
    time.sleep(0.3)
    assert len(seen.events) == 1 and not fresh.events and member.get(path).code == 200
    kube.clear(number)
    assert len(seen.wait(2)) == 2 and fresh.wait(1)


def test_silent_once(kube, member, name, path):
    kube.fault("silent", verb="watch", count=1)
    query = f"{kube.path('leases')}?watch=1&fieldSelector=metadata.name={name}"
    first = member.watch(query)
    time.sleep(0.2)
    assert member.watch(query).wait(1) and not first.events


def test_end_watch(kube, member, name, path):
    seen = watch_of(kube, member, name)
    kube.fault("end-watch", count=1)
    seen.end(2)
    assert seen.ended == "in good order"
    watch_of(kube, member, name)


def write(kube, name, *holders):
    for value in holders:
        kube.patch("leases", name, {"spec": {"holderIdentity": value}})
        time.sleep(0.05)


def holders(seen):
    return [event["object"]["spec"]["holderIdentity"] for event in seen.documents()]


def test_drop_event(kube, member, name, path):
    seen = watch_of(kube, member, name)
    kube.fault("drop-event", count=1)
    write(kube, name, "b", "c")
    seen.wait(2)
    assert holders(seen) == ["a", "c"]


def test_replay_events(kube, member, name, path):
    seen = watch_of(kube, member, name)
    write(kube, name, "b")
    kube.fault("replay-events", count=1, events=2)
    write(kube, name, "c")
    seen.wait(5)
    assert holders(seen) == ["a", "b", "c", "a", "b"]


@pytest.mark.parametrize("do", ["garbage-event", "truncate-event"])
def test_broken_event(kube, member, name, path, do):
    seen = watch_of(kube, member, name)
    kube.fault(do, count=1)
    write(kube, name, "b")
    seen.thread.join(2)
    assert seen.ended and seen.ended != "in good order" and len(seen.events) == 1


def test_probability_is_seeded(kube, member, path):
    def failures(seed):
        number = kube.fault("status", verb="get", user="member-a", code=503, probability=0.5, seed=seed)
        outcome = [member.get(path).code for _ in range(20)]
        kube.clear(number)
        return outcome
    first = failures(7)
    assert first == failures(7) and first != failures(8) and set(first) == {200, 503}


def test_brown_out(kube, member, path):
    kube.brown_out(seconds=0.01, jitter=0.02, errors=0.9)
    codes = {member.get(path).code for _ in range(40)}
    assert codes == {200, 429, 503, 504}


MATCHES = [({"user": "member-b"}, False), ({"verb": "update"}, False), ({"verb": ["get", "list"]}, True),
           ({"resource": "pods"}, False), ({"name": "none"}, False), ({"path": "leases/"}, True),
           ({"path": "/pods/"}, False), ({"user": ["member-a", "member-b"], "resource": "leases"}, True)]


@pytest.mark.parametrize("match, hit", MATCHES)
def test_match(kube, member, path, match, hit):
    kube.fault("status", code=503, **match)
    assert (member.get(path).code == 503) == hit


@pytest.mark.parametrize("document", [{"do": "nothing"}, {"do": "delay", "minutes": 1},
                                      {"do": "delay", "match": {"colour": "red"}}])
def test_bad_orders_are_refused(kube, document):
    with pytest.raises(ValueError):
        kube.order("POST", "/faults", document)


def test_outage(kube, member, name, path):
    seen = watch_of(kube, member, name)
    assert member.get(path).code == 200
    kube.api_stop()
    seen.thread.join(2)
    assert seen.ended != "in good order"
    with pytest.raises(BROKEN):
        member.get(path)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((kube.host, kube.port))
    kube.api_start()
    member.close()
    assert member.get(path).code == 200


def test_pause(kube, member, path):
    assert member.get(path).code == 200
    kube.api_pause()
    reply = later(member.get, path)
    time.sleep(0.3)
    socket.create_connection((kube.host, kube.port)).close()
    kube.api_resume()
    assert reply().code == 200


def test_a_door_of_ones_own(kube, tokens, member, path):
    port = kube.door("mine")
    with Asker(kube, token=tokens["member-b"], timeout=5) as mine:
        mine.kube = type("Door", (), {"host": kube.host, "port": port})
        mine.connection = mine.connect()
        assert mine.get(path).code == 200
        kube.door_order("mine", "stop")
        with pytest.raises(BROKEN):
            mine.get(path)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((kube.host, port))
        assert member.get(path).code == 200
        kube.door_order("mine", "start")
        kube.door_order("mine", "hang")
        mine.close()
        reply = later(mine.get, path)
        time.sleep(0.2)
        assert member.get(path).code == 200
        kube.door_order("mine", "resume")
        assert reply().code == 200


def test_idle_connections_are_listed(kube, member, path):
    member.get(path)
    users = [connection["user"] for connection in kube.connections()]
    assert any(user.endswith(":member-a") for user in users)
