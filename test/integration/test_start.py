# SPDX-License-Identifier: Apache-2.0
"""From nothing to a set that works."""

import json
import time

import pytest

from harness.redisset import QUICK
from harness.timing import steady, until


@pytest.fixture
def trio(sets):
    made = sets(3, new=True)
    made.wait_settled()
    return made


def test_first_leader(trio):
    leader = trio.wait_leader()
    lease = trio.lease()
    assert lease["spec"]["holderIdentity"] == f"{leader.name}_{leader.uid}"
    assert lease["spec"]["leaseDurationSeconds"] == 2
    assert trio.holder() is leader
    annotations = trio.annotations()
    assert annotations["redis-election/address"] == f"127.0.0.1:{leader.redis.port}"
    assert annotations["redis-election/run-id"] == leader.redis.info("server")["run_id"]
    assert set(annotations["redis-election/members"].split(",")) == {f"{each.name}_{each.uid}" for each in trio.members}
    roles = {name: "leader" if name == leader.name else "replica" for name in trio.labels()}
    assert trio.labels() == roles
    assert leader.redis.info()["connected_slaves"] == 2


def test_events(trio):
    leader = trio.wait_leader()
    events = until(lambda: [event for event in trio.events() if event["reason"] == "LeaderElection"], 3, "Events")
    assert {event["involvedObject"]["kind"] for event in events} == {"Lease", "Pod"}
    assert all(leader.name in event["message"] for event in events)


def test_redis_starts_latched(sets):
    redis_set = sets(1, new=True, start=False)
    member = redis_set.members[0]
    member.redis.start()
    info = member.redis.wait_up()
    assert info["role"] == "slave" and not member.redis.writable
    member.agent.start()
    assert redis_set.wait_leader() is member and member.redis.writable


def test_readiness_follows_the_first_leader(sets):
    redis_set = sets(1, new=True, start=False)
    member = redis_set.members[0]
    member.agent.start()
    until(lambda: member.status(), 3, "the agent answers")
    assert member.agent.get("/livez").code == 200 and member.agent.get("/health").text == "OK"
    assert member.agent.get("/readyz").code == 503
    member.redis.start()
    redis_set.wait_leader()
    until(lambda: member.agent.get("/readyz").code == 200, 2, "ready")


def test_an_empty_set_waits_for_expected_members(sets):
    """A cold start waits for members that may have newer data, as long as the grace."""
    redis_set = sets(2, new=True, start=False, expected_members=2, bootstrap_grace="4s")
    first, second = redis_set.members
    first.start()
    steady(lambda: not first.leads, 3, "nobody leads")
    second.start()
    redis_set.wait_settled()


def test_the_grace_ends(sets):
    redis_set = sets(2, new=True, start=False, expected_members=2, bootstrap_grace="3s")
    redis_set.members[0].start()
    assert redis_set.wait_leader(8) is redis_set.members[0]


def test_cold_start_prefers_data(sets):
    """Everything was stopped; the one that knows most leads, whoever is named in the record."""
    redis_set = sets(3, new=True, server={"persistence": "aof"})
    leader = redis_set.wait_settled()
    with leader.redis.client() as client:
        client.set("common", 1)
    redis_set.wait_replicated()
    behind, best = redis_set.others(leader)
    behind.kill()
    with leader.redis.client() as client:
        client.set("late", 1)
    until(lambda: best.redis.ask("GET", "late"), 2, "replicated")
    # Its mark is rewritten at most once a second.
    until(lambda: _marked(redis_set, best), 4, "the data mark is saved")
    leader.kill()
    best.kill()
    behind.start()
    best.start()
    assert redis_set.wait_leader(15) is best
    assert best.redis.ask("GET", "late") == "1"
    leader.start()
    redis_set.wait_settled()


def _marked(redis_set, member):
    offset = member.redis.info()["slave_repl_offset"]
    mark = member.redis.data / "data-mark"
    return mark.exists() and int(mark.read_text().split()[5]) >= offset


def test_members_that_come_later(sets):
    redis_set = sets(1, new=True)
    redis_set.wait_settled()
    added = redis_set.add(1)
    added.start()
    redis_set.wait_settled()
    members = redis_set.annotations()["redis-election/members"]
    assert added.uid in members
    # A pod that is gone for good is no member any more.
    added.stop()
    redis_set.kube.remove_pod(added.name)
    redis_set.members.remove(added)
    until(lambda: added.uid not in redis_set.annotations()["redis-election/members"], 5, "taken off the list")


def test_not_created_without_leave(sets):
    redis_set = sets(1, new=True, lease_create="false")
    member = redis_set.members[0]
    until(lambda: member.status().get("reason"), 3, "it says why there is no leader")
    steady(lambda: redis_set.lease() is None and not member.leads, 2, "no Lease")
    redis_set.kube.create("leases", {"metadata": {"name": redis_set.lease_name}})
    redis_set.wait_leader()


def test_no_promote(sets):
    redis_set = sets(2, new=True, start=False)
    redis_set.members[0].agent.options["no_promote"] = True
    redis_set.start()
    assert redis_set.wait_leader() is redis_set.members[1]
    redis_set.wait_settled()
    redis_set.members[1].kill()
    steady(lambda: not redis_set.leaders(), 4, "nobody leads")


def test_priority(sets):
    redis_set = sets(2, new=True, start=False)
    redis_set.members[1].agent.options["priority"] = 500
    redis_set.start()
    assert redis_set.wait_settled() is redis_set.members[1]


def test_compat_labels(sets):
    redis_set = sets(2, new=True, compat_labels="redis-role,isMaster,redisfailovers-role")
    leader = redis_set.wait_settled()
    labels = redis_set.kube.get("pods", leader.name)["metadata"]["labels"]
    assert (labels["redis-role"], labels["isMaster"], labels["redisfailovers-role"]) == ("master", "true", "master")
    labels = redis_set.kube.get("pods", redis_set.others(leader)[0].name)["metadata"]["labels"]
    assert (labels["redis-role"], labels["isMaster"], labels["redisfailovers-role"]) == ("replica", "false", "slave")


def test_what_others_wrote_stays(trio):
    """Unknown labels and annotations of the Lease survive our writes."""
    trio.kube.patch("leases", trio.lease_name, {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}})
    version = trio.lease()["metadata"]["resourceVersion"]
    until(lambda: trio.lease()["metadata"]["resourceVersion"] != version, 3, "a renewal")
    metadata = trio.lease()["metadata"]
    assert metadata["labels"]["a"] == "b" and metadata["annotations"]["c"] == "d"


def test_requests_at_rest(sets, kube, spoken):
    """The issue's table: at most 0.6 requests a second for the set, followers none."""
    redis_set = sets(3, **{name: None for name in QUICK})
    leader = redis_set.wait_settled()
    time.sleep(2)       # what each has to say about itself after its start
    before = {member.name: len(kube.audit(member.name)) for member in redis_set.members}
    steady(lambda: leader.leads, 6, "leads")
    counts = {member.name: len(kube.audit(member.name)) - before[member.name] for member in redis_set.members}
    spoken(f"requests in 6 s at rest: {json.dumps(counts)}")
    assert counts.pop(leader.name) <= 4 and set(counts.values()) == {0}
