# SPDX-License-Identifier: Apache-2.0
"""The program as people and scripts call it: outputs, exit codes, bad options."""

import json
import os

import pytest

from harness import binary
from harness.binary import call
from harness.timing import until
from standin import ports

OK, ERROR, USAGE, NO_LEADER, UNREACHABLE, REFUSED = range(6)


def test_outputs(sets):
    redis_set = sets(2)
    leader = redis_set.wait_settled()
    other = redis_set.others(leader)[0]
    for member in redis_set.members:
        verb = member.agent.verb
        assert verb("leader").stdout == leader.name + "\n"
        table = verb("status")
        assert table.returncode == OK and all(each.name in table.stdout for each in redis_set.members)
        assert "\x1b[" not in table.stdout and leader.name in verb("members").stdout
        assert json.loads(verb("status", "-o", "json").stdout)["leader"] == leader.name
        assert f"leader: {leader.name}" in verb("status", "-o", "yaml").stdout.replace('"', "")
        assert sorted(verb("status", "-o", "name").stdout.split()) == sorted(m.name for m in redis_set.members)
        assert "UID" in verb("status", "-o", "wide").stdout
    assert other.agent.verb("switchover").returncode == OK
    redis_set.wait_leader(other_than=leader)
    history = other.agent.verb("history")
    assert history.returncode == OK and other.name in history.stdout.splitlines()[1]
    assert len(json.loads(other.agent.verb("history", "-o", "json").stdout)) >= 2


def test_exit_codes(sets):
    redis_set = sets(1, start=False)
    member = redis_set.members[0]
    member.agent.start()
    until(lambda: member.status(), 3, "the agent answers")
    for verb in ("leader", "status"):
        assert member.agent.verb(verb).returncode == NO_LEADER, verb
    held = ports.reserve()
    nobody = f"http://127.0.0.1:{ports.number(held)}"
    for verb in ("leader", "status", "history", "pause", "switchover"):
        done = call(verb, "--server", nobody)
        assert done.returncode == UNREACHABLE and len(done.stderr.splitlines()) == 1, (verb, done)
    held.close()
    done = member.agent.verb("switchover")
    assert done.returncode in (NO_LEADER, REFUSED) and done.stderr.strip()


def test_version_and_help():
    assert call("version").stdout.startswith("redis-election ")
    assert call("--version").stdout == call("version").stdout
    for verb in ("run", "init", "status", "history", "leader", "switchover", "pause", "resume", "version"):
        done = call(verb, "--help")
        assert done.returncode == OK and done.stdout, verb
    assert all(verb in call("--help").stdout for verb in ("run", "init", "switchover"))
    # What the agents refuse in this version is not offered.
    assert "\n  failover " not in call("--help").stdout and "Not available" in call("failover", "--help").stdout


BASE = ["run", "--pod-name=a", "--pod-uid=u", "--namespace=n", "--announce=127.0.0.1:6379",
        "--kube-api=https://127.0.0.1:1", "--service-account-dir=/nonexistent", "--http-bind=127.0.0.1:0",
        "--admin-bind=127.0.0.1:0"]
# Words after BASE, and what the one line must name.
BAD_OPTIONS = [
    (["--lease-duraton=5s"], ["lease-duraton", "lease-duration"]),
    (["--lease-duration=abc"], ["lease-duration", "abc"]),
    (["--lease-duration=10ms"], ["lease-duration", "10ms"]),
    (["--lease-duration=2s", "--renew-interval=1s"], ["renew-interval", "lease-duration"]),
    (["--redis-port=0"], ["redis-port", "65535"]),
    (["--redis-port=99999"], ["redis-port"]),
    (["--priority=-1"], ["priority"]),
    (["--log-level=loud"], ["log-level", "loud", "debug"]),
    (["--log-format=xml"], ["log-format", "json"]),
    (["--election-mode=paxos"], ["election-mode", "lease"]),
    (["--election-mode=raft"], ["election-mode", "raft"]),
    (["--site=north"], ["site", "not available"]),
    (["--admin-bind=0.0.0.0:8081"], ["admin-bind", "0.0.0.0:8081"]),
    (["--http-bind=nowhere"], ["http-bind"]),
    (["--kube-api=http://plain"], ["kube-api"]),
    (["--redis-tls", "--redis-tls-cert=/nonexistent/cert"], ["redis-tls"]),
    (["--redis-password=x", "--redis-password-file=y"], ["redis-password"]),
    (["--redis-password-file=/nonexistent/password"], ["redis-password-file", "/nonexistent/password"]),
    (["--config=/nonexistent/config"], ["config", "/nonexistent/config"]),
    (["--max-lag=-5"], ["max-lag"]),
    (["--lease-create=maybe"], ["lease-create", "maybe"]),
    (["--compat-labels=other"], ["compat-labels", "redis-role"]),
    (["--pod-name=Not_A_Label"], ["pod-name", "Not_A_Label"]),
    (["stray"], ["argument"]),
    (["--redis-host"], ["redis-host"]),
]


@pytest.mark.parametrize("words, named", BAD_OPTIONS, ids=lambda value: " ".join(value) if value[0][:1] == "-" else "")
def test_bad_options(words, named):
    done = call(*BASE, *words, seconds=10)
    assert done.returncode == USAGE, done
    assert len(done.stderr.splitlines()) == 1 and all(name in done.stderr for name in named), done.stderr


def test_bad_verbs():
    done = call("swichover")
    assert done.returncode == USAGE and "switchover" in done.stderr
    assert call().returncode == USAGE
    for words in (["status", "--servr", "x"], ["status", "-o", "xml"], ["switchover", "--to"], ["leader", "more"]):
        done = call(*words)
        assert done.returncode == USAGE and len(done.stderr.splitlines()) == 1, done


def test_bad_config_file(tmp_path):
    path = tmp_path / "config"
    for text, named in (("lease-duration = x\n", "lease-duration"), ("nonsense\n", "1"), ("unknown = 1\n", "unknown")):
        path.write_text(text)
        done = call(*BASE, f"--config={path}", seconds=10)
        assert done.returncode == USAGE and named in done.stderr and str(path) in done.stderr, done


@pytest.mark.parametrize("words, named", [
    (["--port", "0"], "port"), (["--set", "replicaof x 1"], "replicaof"), (["--set", "single"], "single"),
    (["--password-file", "/nonexistent"], "/nonexistent"), (["--unknown"], "unknown")])
def test_init_refuses(tmp_path, words, named):
    done = call("init", "--output", tmp_path / "redis.conf", *words)
    assert done.returncode == USAGE and named in done.stderr
    assert not (tmp_path / "redis.conf").exists()


def test_init(tmp_path):
    password = tmp_path / "password"
    password.write_text('pa"ss \\ word\n')
    path = tmp_path / "redis.conf"
    assert call("init", "--output", path, "--password-file", password, "--dir", tmp_path).returncode == OK
    text = path.read_text()
    assert "min-replicas-to-write 1000000" in text and "replicaof " in text
    assert os.stat(path).st_mode & 0o007 == 0
    assert call("init", "--output", tmp_path / "none" / "redis.conf").returncode == ERROR


@pytest.mark.parametrize("missing", ["token", "ca.crt", "all"])
def test_unreadable_account(sets, tmp_path, missing):
    """Said clearly; when the file comes, the member takes part."""
    redis_set = sets(1, start=False)
    member = redis_set.members[0]
    good = member.agent.options["service_account_dir"]
    partial = tmp_path / "account"
    partial.mkdir()
    files = [name for name in ("token", "ca.crt", "namespace") if missing not in (name, "all")]
    for name in files:
        (partial / name).write_text((good / name).read_text())
    member.agent.options["service_account_dir"] = partial
    redis_set.start()
    until(lambda: str(partial) in member.agent.output(), 5, "it says what is missing")
    if member.agent.ended_within(0.5):      # the kubelet will start it again
        assert member.agent.code in (ERROR, USAGE)
        return
    for name in ("token", "ca.crt", "namespace"):
        (partial / name).write_text((good / name).read_text())
    redis_set.wait_leader()


def test_address_in_use(sets):
    redis_set = sets(1)
    member = redis_set.wait_settled()
    options = {**member.agent.options, "admin_bind": "127.0.0.1:0"}
    from harness.agent import words
    done = call("run", *words(options), seconds=10)
    assert done.returncode == ERROR and str(member.agent.http_port) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_binary_is_what_it_says():
    assert binary.PATH.exists()
