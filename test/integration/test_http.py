# SPDX-License-Identifier: Apache-2.0
"""The agent's own HTTP server: endpoints, limits, signatures, metrics."""

import re
import socket
import time

import pytest

from harness.timing import until
from harness.web import ask, signed_v1, signed_v2

SECRET = "a shared secret of the set"


@pytest.fixture
def one(sets):
    redis_set = sets(1)
    return redis_set.wait_settled()


@pytest.fixture
def secured(sets, tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    redis_set = sets(1, shared_secret_file=path)
    return redis_set.wait_settled()


def raw(port, data, seconds=8):
    """What comes back until the server ends the connection, and after how long."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), seconds) as connection:
        connection.sendall(data)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts), time.monotonic() - began


LEADER = {"/health": 200, "/livez": 200, "/readyz": 200, "/leader": 200, "/primary": 200, "/replica": 503,
          "/read-only": 200, "/state": 200, "/status": 200, "/metrics": 200, "/": 200, "/nonesuch": 404}
REPLICA = {**LEADER, "/leader": 503, "/primary": 503, "/replica": 200, "/replica?lag=1000": 200}


def test_endpoints(sets):
    redis_set = sets(2)
    leader = redis_set.wait_settled()
    replica = redis_set.others(leader)[0]
    until(lambda: replica.status()["healthy"] and replica.agent.get("/replica").code == 200, 3, "its agent has seen it")
    for member, expected in ((leader, LEADER), (replica, REPLICA)):
        for path, code in expected.items():
            for method in ("GET", "HEAD"):
                answer = member.agent.get(path, method=method)
                assert answer.code == code, (member, method, path, answer.text)
                assert method == "GET" or answer.body == b""
        assert member.agent.get("/leader", method="OPTIONS").code in (200, 204, expected["/leader"])
        assert member.agent.get("/health").text == "OK"


def test_methods(one):
    for method, path, code in (("POST", "/status", 405), ("GET", "/switchover", 405), ("DELETE", "/status", 405),
                               ("PUT", "/pause", 405), ("GET", "/../etc/passwd", 404), ("GET", "/status/", 404)):
        assert one.agent.get(path, method=method).code == code, (method, path)


def test_state_has_both_spellings(one):
    state = one.agent.get("/state").document
    camel = {re.sub(r"_(\w)", lambda found: found.group(1).upper(), name) for name in state if "_" in name}
    assert camel and camel & set(state), sorted(state)


def test_page(one):
    answer = one.agent.get("/")
    assert answer.headers["Content-Type"].startswith("text/html") and one.name in answer.text
    assert "<script" not in answer.text.lower() and "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_status_tells_the_truth(sets):
    redis_set = sets(2)
    leader = redis_set.wait_settled()
    until(lambda: {m["name"]: m["role"] for m in leader.status()["members"]}
          == {each.name: "leader" if each is leader else "replica" for each in redis_set.members}, 3, "both members")
    for member in redis_set.members:
        status = member.status()
        assert status["leader"] == leader.name and status["is_leader"] == (member is leader)
        assert status["leader_address"] == f"127.0.0.1:{leader.redis.port}"
        assert status["epoch"] == redis_set.epoch() and status["healthy"] and not status["paused"]
        assert status["run_id"] == member.redis.info("server")["run_id"]
    other = redis_set.others(leader)[0]
    until(lambda: all({m["name"]: m for m in leader.status()["members"]}[other.name][key]
                      for key in ("redis_up", "link_up")), 3, "the replica's link, at most a survey old")


# What is sent, the code that must come back (None: any refusal or nothing), within how many seconds.
BAD_REQUESTS = {
    "not-http": (b"hello\r\n\r\n", b"400"),
    "resp": (b"*1\r\n$4\r\nPING\r\n", b"400"),
    "ssh": (b"SSH-2.0-OpenSSH_9.2\r\n", b"400"),
    "tls": (bytes([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]) + bytes(200), None),
    "http2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
    "long-line": (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n", b"4"),
    "long-header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20000 + b"\r\n\r\n", b"4"),
    "many-headers": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 5000 + b"\r\n", b"4"),
    "long-body": (b"POST /pause HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", b"4"),
    "chunked": (b"POST /pause HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"4"),
    "two-lengths": (b"POST /pause HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"4"),
    "negative-length": (b"POST /pause HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"4"),
    "smuggled": (b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", b"400"),
    "nul": (b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
}


def test_bad_requests(one):
    wrong = {}
    for each, (data, code) in BAD_REQUESTS.items():
        answer, seconds = raw(one.agent.http_port, data)
        line = answer.partition(b"\r\n")[0]
        good = seconds < 6.5 and (line.startswith(b"HTTP/1.1 " + code) if code else b" 200 " not in line)
        if not good:
            wrong[each] = line, round(seconds, 1)
    assert not wrong
    assert one.agent.get("/health").code == 200


def test_slow_requests_end(one):
    """5 s from the first byte to the end, however the bytes trickle."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", one.agent.http_port), 10) as connection:
        try:
            for byte in b"GET / HTTP/1.1\r\nX: " + b"y" * 100:
                connection.sendall(bytes([byte]))
                time.sleep(0.2)
                assert time.monotonic() - began < 8
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert 4 < time.monotonic() - began < 7


def test_many_connections(one):
    """300 clients that say nothing do not keep a probe out."""
    held = [socket.create_connection(("127.0.0.1", one.agent.http_port), 5) for _ in range(300)]
    try:
        for _ in range(5):
            assert one.agent.get("/livez").code == 200
        assert one.agent.get("/status", admin=True).code == 200
    finally:
        for connection in held:
            connection.close()


def test_kept_alive(one):
    with socket.create_connection(("127.0.0.1", one.agent.http_port), 5) as connection:
        for _ in range(3):
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")


# Commands without a signature

def test_admin_listener_needs_its_header(one):
    path = "/pause"
    for port, headers, code in (
            (one.agent.http_port, {}, 401), (one.agent.http_port, {"X-Redis-Election": "1"}, 401),
            (one.agent.admin_port, {}, 401), (one.agent.admin_port, {"X-Redis-Election": "0"}, 401),
            (one.agent.admin_port, {"X-Redis-Election": "1", "Origin": "http://evil"}, 401),
            (one.agent.admin_port, {"X-Redis-Election": "1"}, 202)):
        assert ask(port, "POST", path, None, headers).code == code, (port == one.agent.admin_port, headers)
    assert ask(one.agent.admin_port, "POST", "/resume", None, {"X-Redis-Election": "1"}).code == 202


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"to": 5}', b'{"too": "redis-1"}', b'{"accept_data_loss": 1}',
                                  b'{"to": "' + b"x" * 300 + b'"}'])
def test_bad_bodies(one, body):
    answer = ask(one.agent.admin_port, "POST", "/switchover", body, {"X-Redis-Election": "1"})
    assert answer.code == 400 and answer.document["message"]


def test_signatures(secured):
    port = secured.agent.http_port

    def code(method, path, headers, body=None):
        return ask(port, method, path, body, headers).code
    assert code("GET", "/status", {}) == 401 and code("GET", "/", {}) == 401
    for path in ("/health", "/livez", "/readyz", "/leader", "/metrics"):
        assert code("GET", path, {}) == 200, path
    assert code("GET", "/status", signed_v1(SECRET, "GET", "/status")) == 200
    assert code("GET", "/status", signed_v2(SECRET, "GET", "/status")) == 200
    assert code("GET", "/status", signed_v1("wrong", "GET", "/status")) == 401
    assert code("GET", "/status", signed_v1(SECRET, "GET", "/state")) == 401
    assert code("GET", "/status", signed_v1(SECRET, "POST", "/status")) == 401
    for shift in (-40, 40):
        assert code("GET", "/status", signed_v1(SECRET, "GET", "/status", int(time.time()) + shift)) == 401
    assert code("POST", "/pause", signed_v1(SECRET, "POST", "/pause")) == 401
    assert code("POST", "/pause", {"X-Redis-Election": "1"}) == 401
    headers = signed_v2(SECRET, "POST", "/pause")
    assert code("POST", "/pause", headers) == 202
    assert code("POST", "/pause", headers) == 401, "the same nonce twice"
    assert code("POST", "/resume", signed_v2(SECRET, "POST", "/resume", b"other"), b"{}") == 401, "another body"
    assert code("POST", "/resume", signed_v2(SECRET, "POST", "/resume", b"{}"), b"{}") == 202
    assert SECRET not in secured.agent.output()


def test_signed_verbs(secured, tmp_path):
    path = tmp_path / "secret"
    server = f"http://127.0.0.1:{secured.agent.http_port}"
    from harness.binary import call
    assert call("status", "--server", server).returncode != 0
    assert call("status", "--server", server, "--shared-secret-file", path).returncode == 0
    assert call("pause", "--server", server, "--shared-secret-file", path).returncode == 0
    assert call("resume", "--server", server, "--shared-secret-file", path).returncode == 0


def test_public_status(sets, tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET)
    member = sets(1, shared_secret_file=path, public_status=True, legacy_signatures=True).wait_settled()
    assert member.agent.get("/status").code == 200 and member.agent.get("/").code == 200
    assert ask(member.agent.http_port, "POST", "/pause", None, {}).code == 401
    assert ask(member.agent.http_port, "POST", "/pause", None, signed_v1(SECRET, "POST", "/pause")).code == 202


@pytest.mark.parametrize("told, seconds", [(True, 1), (False, 7)], ids=["sighup", "by-itself"])
def test_secret_reread(secured, tmp_path, told, seconds):
    (tmp_path / "secret").write_text("another secret\n")
    if told:
        secured.agent.send(1)
    path = "/status"
    until(lambda: ask(secured.agent.http_port, "GET", path, None, signed_v1("another secret", "GET", path)).code == 200,
          seconds, "the new secret counts")
    assert "another secret" not in secured.agent.output()


# Metrics

SAMPLE = re.compile(r'^[a-z_:][a-z0-9_:]*(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? (-?[0-9.e+-]+|\+Inf|NaN)( # .*)?$')


@pytest.mark.parametrize("accept, kind", [
    (None, "text/plain; version=0.0.4"),
    ("text/plain", "text/plain; version=0.0.4"),
    ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text; version=1.0.0"),
])
def test_metrics(one, accept, kind):
    answer = one.agent.get("/metrics", {"Accept": accept} if accept else None)
    assert answer.headers["Content-Type"].startswith(kind)
    lines = answer.text.splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert not [line for line in samples if not SAMPLE.match(line)]
    families = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert len(families) > 25 and all(name.startswith(("redis_election_", "process_")) for name in families)
    assert (lines[-1] == "# EOF") == kind.startswith("application")
    assert one.agent.metrics()["redis_election_is_leader"] == 1
    assert one.agent.metrics()["redis_election_redis_up"] == 1


def test_metrics_move(sets):
    redis_set = sets(2)
    leader = redis_set.wait_settled()
    other = redis_set.others(leader)[0]
    assert leader.agent.verb("switchover").returncode == 0
    redis_set.wait_leader(other_than=leader)
    redis_set.wait_settled()
    old, new = leader.agent.metrics(), other.agent.metrics()
    assert (old["redis_election_is_leader"], new["redis_election_is_leader"]) == (0, 1)
    assert old["redis_election_epoch"] == new["redis_election_epoch"] == redis_set.epoch()
    assert any(name.startswith("redis_election_kube_requests_total") for name in new)
