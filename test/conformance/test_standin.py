# SPDX-License-Identifier: Apache-2.0
"""What only the stand-in has, or what would take too long with the real server."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from conformance.asking import Asker
from standin import rights
from standin.client import PACKAGES, Standin

BROKEN = (OSError, http.client.HTTPException)
SPEC = {"holderIdentity": "a"}


@pytest.fixture(scope="module")
def kube():
    with Standin(namespace="own", bookmark_seconds=0.2, idle_seconds=0.5) as cluster:
        yield cluster


@pytest.fixture
def admin(kube):
    with Asker(kube, certificate=kube.admin, timeout=5) as asker:
        yield asker


def token(directory):
    return (directory / "token").read_text()


def test_account_directory(kube):
    directory = kube.account("dir", rights.agent("x", []))
    assert (directory / "namespace").read_text() == "own"
    assert (directory / "ca.crt").read_text() == kube.ca.read_text()
    first = token(directory)
    with Asker(kube, token=first) as agent:
        assert agent.get(kube.path("pods")).code == 200
        kube.new_token("dir")
        assert token(directory) != first and agent.get(kube.path("pods")).code == 200
        kube.new_token("dir", revoke=True)
        assert agent.get(kube.path("pods")).code == 401
    with Asker(kube, token=token(directory)) as agent:
        assert agent.get(kube.path("pods")).code == 200
    assert len([entry for entry in directory.iterdir() if entry.name.startswith("..")]) == 2, "one state and its link"


def test_accounts_and_port_from_the_command_line(tmp_path):
    accounts = tmp_path / "accounts.json"
    accounts.write_text(json.dumps([{"namespace": "default", "name": "a", "rules": rights.agent("x", [])}]))
    with Standin(namespace="own", directory=tmp_path / "state", accounts=accounts) as cluster:
        assert token(tmp_path / "state/accounts/default/a")
        with Asker(cluster, token=token(tmp_path / "state/accounts/default/a")) as agent:
            assert agent.get(cluster.path("leases", "x")).code == 404


def test_bookmarks_come_periodically(kube, admin):
    seen = admin.watch(kube.path("leases") + "?watch=1&allowWatchBookmarks=1&resourceVersion=0")
    assert len([event for event in seen.wait(3) if event["type"] == "BOOKMARK"]) >= 2


def test_idle_connection_is_closed(kube, admin):
    """After 90 s by default, as the real server."""
    assert admin.get("/readyz").code == 200
    time.sleep(0.8)
    with pytest.raises(BROKEN):
        admin.get("/readyz")
    admin.close()
    assert admin.get("/readyz").code == 200


def test_client_certificate_names_the_user(kube, admin):
    admin.get(kube.path("leases", "nobody"))
    assert kube.audit("admin")[-1].name == "nobody"


def test_objects_while_the_api_is_down(kube, admin):
    kube.api_stop()
    kube.create("leases", {"metadata": {"name": "foreign"}, "spec": SPEC})
    kube.put("leases", {**kube.get("leases", "foreign"), "spec": {"holderIdentity": "foreign"}})
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((kube.host, kube.port))
    kube.api_start()
    assert admin.get(kube.path("leases", "foreign")).document["spec"] == {"holderIdentity": "foreign"}
    kube.delete("leases", "foreign")
    assert kube.get("leases", "foreign") is None


def test_orderly_stop(kube, admin):
    """Idle connections end; a request in flight is answered first."""
    admin.get("/readyz")
    kube.fault("delay", path="livez", seconds=0.4, count=1)
    with Asker(kube, certificate=kube.admin, timeout=5) as busy:
        busy.connection.request("GET", "/livez", headers=busy.headers)
        time.sleep(0.1)
        kube.api_stop("term")
        with pytest.raises(BROKEN):
            admin.get("/readyz")
        assert busy.connection.getresponse().read() == b"ok"
    kube.api_start()
    kube.clear()


@pytest.mark.parametrize("late, expected", [(False, "a"), (True, "b")])
def test_pause_and_a_client_that_gave_up(kube, late, expected):
    document = kube.create("leases", {"metadata": {"name": f"late-{late}".lower()}, "spec": SPEC})
    path = kube.path("leases", document["metadata"]["name"])
    with Asker(kube, certificate=kube.admin, timeout=0.3) as hasty:
        assert hasty.get(path).code == 200
        kube.api_pause()
        with pytest.raises(TimeoutError):
            hasty.put(path, {**document, "spec": {"holderIdentity": "b"}})
    kube.api_resume(late=late)
    time.sleep(0.2)
    assert kube.get("leases", document["metadata"]["name"])["spec"]["holderIdentity"] == expected


def test_faults_that_were_done_are_in_the_audit_log(kube, admin):
    kube.fault("status", path="nowhere", code=503, count=1)
    assert admin.get(kube.path("leases", "nowhere")).code == 503
    kube.fault("reset", path="nowhere", count=1)
    with pytest.raises(BROKEN):
        admin.get(kube.path("leases", "nowhere"))
    lines = [json.loads(line) for line in kube.audit_path.read_text().splitlines()][-2:]
    assert [line.get("annotations") for line in lines] == [{"standin/faults": "status"}, {"standin/faults": "reset"}]
    assert lines[0]["responseStatus"]["code"] == 503 and "responseStatus" not in lines[1]


def test_many_watches(kube, admin):
    """Dozens of them see each change once, in order."""
    kube.create("leases", {"metadata": {"name": "busy"}, "spec": SPEC})
    watches = [admin.watch(kube.path("leases") + "?watch=1&fieldSelector=metadata.name=busy") for _ in range(40)]
    for number in range(20):
        kube.patch("leases", "busy", {"spec": {"leaseTransitions": number}})
    for seen in watches:
        assert [event["object"]["spec"].get("leaseTransitions") for event in seen.wait(21)] == [None, *range(20)]
        versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen.documents()]
        assert versions == sorted(set(versions))


def test_history_has_an_end():
    from standin.status import ApiError
    from standin.store import Store
    store = Store()
    store.HISTORY = 3
    for number in range(5):
        store.put("things", {"metadata": {"name": "a"}, "number": number})
    assert [change.version for change in store.since(store.version - 3, "things")] == [103, 104, 105]
    assert [change.new["number"] for change in store.since(store.version - 1, "things")] == [4]
    with pytest.raises(ApiError) as error:
        store.since(store.version - 4, "things")
    assert error.value.code == 410
    assert store.list("things", None, store.version - 2)[0]["number"] == 2
    with pytest.raises(ApiError):
        store.list("things", None, store.version - 4)


@pytest.mark.parametrize("data", [b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET / SPDY/9\r\n\r\n", b"x" * 70000,
                                  b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_what_is_not_http_ends_the_connection(kube, admin, data):
    with admin.context.wrap_socket(socket.create_connection((kube.host, kube.port)),
                                   server_hostname=kube.host) as connection:
        connection.sendall(data)
        answer = b""
        try:
            while part := connection.recv(4096):
                answer += part
        except ssl.SSLError:
            pass
    assert answer.startswith(b"HTTP/1.1 400")
    assert admin.get("/readyz").code == 200


def test_it_ends_with_its_starter(tmp_path):
    """Also when that is killed: its stdin closes."""
    code = ("import sys, time; from standin.client import Standin; kube = Standin().start(); "
            "print(kube.process.pid, kube.port, flush=True); time.sleep(60)")
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=PACKAGES, stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "TMPDIR": str(tmp_path)})
    _, port = map(int, starter.stdout.readline().split())
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            time.sleep(0.02)
        except ConnectionRefusedError:
            return
    pytest.fail("it goes on without its starter")


def test_control_api_by_hand(kube):
    base = f"http://127.0.0.1:{kube.control_port}"
    info = json.load(urllib.request.urlopen(f"{base}/info"))
    assert info["port"] == kube.port
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{base}/nothing")
    assert error.value.code == 404
