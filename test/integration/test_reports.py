# SPDX-License-Identifier: Apache-2.0
"""What an operator is told when something is wrong: reasons in the status, Events, log lines."""

import time

import pytest

from harness.rival import Rival
from harness.timing import steady, until

NO_LEADER = 3


def _reason(member):
    status = member.status()
    return "" if status.get("leader") else status.get("reason", "")


def _events(redis_set, reason):
    """Those on the pods: each is on the Lease as well."""
    return [event for event in redis_set.events()
            if event["reason"] == reason and event["involvedObject"]["kind"] == "Pod"]


def _without(rules, resource, *verbs):
    return [{**rule, "verbs": [verb for verb in rule["verbs"] if verb not in verbs]}
            if resource in rule["resources"] else rule for rule in rules]


def test_reason_of_a_foreign_holder(trio):
    Rival(trio.kube, trio.lease_name, identity="somebody-else", duration=20).seize()
    for member in trio.members:
        until(lambda: '"somebody-else"' in _reason(member) and " s if" in _reason(member), 3, lambda: member.status())
        shown = member.agent.verb("status")
        assert shown.returncode == NO_LEADER and "NO LEADER: the lease is held by" in shown.stdout
        assert "somebody-else" in member.agent.verb("leader").stderr


def test_reason_when_pods_cannot_be_listed(sets, kube):
    redis_set = sets(2, start=False)
    for member in redis_set.members:
        kube.account(member.name, _without(redis_set.rights(), "pods", "list", "watch"))
    redis_set.start()
    for member in redis_set.members:
        until(lambda: "pods could not be listed" in _reason(member), 5, lambda: member.status())
    for member in redis_set.members:
        kube.account(member.name, redis_set.rights())
    redis_set.wait_settled()
    assert all(member.status()["reason"] == "" for member in redis_set.members)


def test_reason_when_the_api_is_away(trio, kube):
    kube.api_stop("kill")
    try:
        for member in trio.members:
            until(lambda: "does not tell who leads: connection refused" in member.status()["reason"], 8, lambda: member.status())
    finally:
        kube.api_start()
    trio.wait_settled()


def test_reason_beside_a_leader_that_is_gone(sets):
    """The record names it still, but nobody can take over."""
    redis_set = sets(2, no_promote=None)
    leader = redis_set.wait_settled()
    other = redis_set.others(leader)[0]
    other.agent.kill()
    other.agent.options["no_promote"] = True
    other.agent.start()
    until(lambda: other.status().get("leader") == leader.name, 3, "it knows the leader")
    assert other.status()["reason"] == ""
    leader.kill()
    until(lambda: f"its lease has run out: {other.name} may not lead: may not be promoted" == other.status()["reason"],
          6, lambda: other.status())
    assert "Note: its lease has run out" in other.agent.verb("status").stdout


def test_create_forbidden_is_not_logged_every_second(sets, kube):
    redis_set = sets(1, start=False, new=True)
    member = redis_set.members[0]
    kube.account(member.name, _without(redis_set.rights(), "leases", "create"))
    redis_set.start()
    until(lambda: "register write failed" in member.agent.output(), 5, "it is said")
    assert _reason(member).startswith("there is no record")
    time.sleep(5)
    assert member.agent.output().count("register write failed") == 1
    kube.account(member.name, redis_set.rights())
    redis_set.wait_leader()
    until(lambda: "register writes succeed again" in member.agent.output(), 3, "the end is said")


@pytest.mark.alone
def test_no_candidate(sets):
    """One Event for each member, after ten seconds, and no more."""
    redis_set = sets(2, priority=0)
    until(lambda: all(_events(redis_set, "NoCandidate") for _ in redis_set.members), 20, "NoCandidate")
    until(lambda: len(_events(redis_set, "NoCandidate")) == 2, 3, "of both")
    steady(lambda: len(_events(redis_set, "NoCandidate")) == 2, 3, "once each")
    for event in _events(redis_set, "NoCandidate"):
        assert event["type"] == "Warning"
        assert all(f"{member.name} (priority 0)" in event["message"] for member in redis_set.members), event


def test_split_view(trio):
    """The agent of the old leader is gone for good, its Redis goes on taking writes: the new leader tells."""
    old = trio.wait_settled()
    old.agent.kill()
    new = trio.wait_leader(other_than=old)
    until(lambda: _events(trio, "SplitView"), 8, "SplitView")
    steady(lambda: len(_events(trio, "SplitView")) == 1, 3, "told once")
    event = _events(trio, "SplitView")[0]
    assert event["involvedObject"]["name"] == new.name and event["type"] == "Warning"
    assert f"{old.name} takes writes too, though {new.name} leads" in event["message"]
    old.agent.start()
    trio.wait_settled()


def test_failovers_are_counted_where_they_end(trio):
    def failovers(member):
        return {series: value for series, value in member.agent.metrics().items()
                if series.startswith("redis_election_failovers_total")}

    old = trio.wait_settled()
    old.redis.ask("SET", "key", "value")
    trio.wait_replicated()
    time.sleep(0.7)     # a renewal publishes the line
    old.kill()
    new = trio.wait_leader(other_than=old)
    until(lambda: failovers(new), 3, "counted")
    assert list(failovers(new).items()) == [('redis_election_failovers_total{reason="takeover",result="ok"}', 1)]
    third = trio.others(old)[0] if trio.others(old)[0] is not new else trio.others(old)[1]
    until(lambda: third.agent.metrics()["redis_election_transitions_total"] == 1, 3, "seen")
    assert not failovers(third)
    took = new.agent.metrics()["redis_election_failover_duration_seconds_sum"]
    assert 1.0 < took < 5, f"from the last renewal, two seconds before the lease ran out: {took}"
    old.start()
    trio.wait_settled()
    assert old.agent.metrics()["redis_election_fenced"] == 0


def test_lag_is_of_one_moment(trio, write):
    """What is written between two looks at the others is no lag."""
    write(trio, 500)
    leader = trio.wait_leader()

    def lags():
        return [member["lag"] for member in leader.status()["members"] if member["lag"] is not None]

    until(lambda: len(lags()) == 2, 3, "both were asked")
    for _ in range(10):
        time.sleep(0.15)
        assert max(lags(), default=0) < 5000
