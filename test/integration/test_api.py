# SPDX-License-Identifier: Apache-2.0
"""An API server that is away, slow, wrong, or forbids."""

import time

import pytest

from harness.checks import ms, never_two, nothing_lost, undisturbed, wait_fenced
from harness.redisset import QUICK
from harness.timing import steady, until

DURATION = 2.0
FENCE_NOISE = 0.3


@pytest.mark.alone_on_real      # its start takes all the machine has, and must not outlast the lease
@pytest.mark.parametrize("how", ["kill", "term"])
def test_restarted(sets, kube, write, how):
    """The issue's table: API server restarted under a healthy leader: no change of leader, no write refused."""
    # A real one may need five seconds to be back: the lease must be longer than that and a renewal interval.
    redis_set = sets(3, lease_duration="12s", renew_interval="1s")
    redis_set.wait_settled()
    writer = write(redis_set, 200)
    with undisturbed(redis_set, writer):
        kube.api_stop(how)
        kube.api_start()
        time.sleep(3)
    nothing_lost(redis_set, writer)


def test_watches_over_a_restart(sets, kube, write):
    """Watches do not survive silently: after a restart a takeover is as quick as ever."""
    redis_set = sets(3, **{name: None for name in QUICK})
    leader = redis_set.wait_settled()
    writer = write(redis_set)
    kube.api_stop("term")
    kube.api_start()
    time.sleep(2)
    at = time.monotonic()
    leader.kill()
    writer.wait_acks(10, redis=redis_set.wait_leader(other_than=leader).name)
    assert writer.gap(at) <= 6 + 0.3 + 0.5
    nothing_lost(redis_set, writer)


@pytest.mark.parametrize("how", ["kill", "pause"])
def test_away(trio, kube, write, stick, spoken, how):
    """The leader fences in time, nobody else leads, recovery <= 3 s after it is back."""
    trio.wait_settled()
    writer, sticky = write(trio), stick(trio)
    at = time.monotonic()
    kube.api_stop("kill") if how == "kill" else kube.api_pause()
    try:
        wait_fenced(trio, DURATION + FENCE_NOISE + 1)
        last = max(ack.acked for one in sticky for ack in one.acks)
        assert last - at <= DURATION + FENCE_NOISE
        steady(lambda: not trio.leaders() and not any(member.redis.writable for member in trio.members), 4,
               "nobody leads")
    finally:
        kube.api_start() if how == "kill" else kube.api_resume()
    back = time.monotonic()
    writer.wait_acks(1)
    recovery = writer.since(back)[0].acked - back
    spoken(f"API away ({how}): last write after {ms(last - at)}, recovered {ms(recovery)} after it was back")
    assert recovery <= 3
    never_two(sticky)
    nothing_lost(trio, writer)


@pytest.mark.standin_only("carrying out abandoned requests")
def test_away_then_carries_out_what_was_abandoned(trio, kube, write, stick):
    """Writes that clients gave up are committed when the server wakes."""
    writer, sticky = write(trio), stick(trio)
    kube.api_pause()
    time.sleep(DURATION + 2)
    kube.api_resume(late=True)
    writer.wait_acks(5)
    never_two(sticky)
    nothing_lost(trio, writer)


@pytest.mark.parametrize("how", ["hang", "refuse"])
@pytest.mark.parametrize("late", [False, True])
def test_leader_parted_from_the_api(trio, kube, write, stick, how, late):
    """The issue's table: partition with live agents, never two writers."""
    leader = trio.wait_settled()
    writer, sticky = write(trio), stick(trio)
    at = time.monotonic()
    kube.cut(leader.name, how, late)
    new = trio.wait_leader(other_than=leader)
    writer.wait_acks(10, redis=new.name)
    old = sticky[trio.members.index(leader)]
    assert old.since(at)[-1].acked - at <= DURATION + FENCE_NOISE
    assert not leader.redis.writable
    time.sleep(1)
    kube.clear()
    trio.wait_settled()
    assert trio.wait_leader() is new
    never_two(sticky)
    nothing_lost(trio, writer)


def test_followers_parted_from_the_api(trio, kube, write):
    writer = write(trio)
    leader = trio.wait_settled()
    with undisturbed(trio, writer):
        kube.cut([member.name for member in trio.others(leader)], "hang")
        time.sleep(3)
        kube.clear()
        trio.wait_settled()


# Fault, its parameters, and on what it acts at the leader. None of them may cost a write.
ANSWERS = {
    "409": ("status", {"code": 409}, "update"),
    "410": ("status", {"code": 410}, "update"),
    "422": ("status", {"code": 422}, "update"),
    "429": ("status", {"code": 429, "retry_after": 1}, "update"),
    # As a server that ends asks for it; the lease would be over by then.
    "429-for-longer-than-the-lease": ("status", {"code": 429, "retry_after": 5}, "update"),
    "500": ("status", {"code": 500}, "update"),
    "503": ("status", {"code": 503}, "update"),
    "404": ("status", {"code": 404}, "update"),
    "401": ("status", {"code": 401}, "update"),
    "403": ("status", {"code": 403}, "update"),
    "502-html": ("status", {"code": 502, "body": "<html>bad gateway</html>"}, "update"),
    "504-after-commit": ("status-after", {"code": 504}, "update"),
    "409-after-commit": ("status-after", {"code": 409}, "update"),
    "garbage": ("garbage", {}, "update"),
    "not-json": ("garbage", {"body": "{\"kind\": \"Lease\", \"metadata\": {\"resourceVersion\": \"1\"}}"}, "update"),
    "truncated": ("truncate", {"bytes": 100}, "update"),
    "10-MB": ("large", {"bytes": 10_000_000}, "update"),
    "10-MB-read": ("large", {"bytes": 10_000_000}, "get"),
    "lost-answer": ("lose-answer", {}, "update"),
    "lost-answer-open": ("lose-answer", {"how": "open"}, "update"),
    "lost-answer-reset": ("lose-answer", {"how": "reset"}, "update"),
    "reset": ("reset", {}, "update"),
    "slow": ("delay", {"seconds": 0.3}, "update"),
    "late-commit": ("delay", {"seconds": 0.7, "late": True}, "update"),
    "slow-answer": ("delay-answer", {"seconds": 0.7}, "update"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_to_a_renewal(sets, kube, write, name):
    """Once, at a healthy leader: it goes on."""
    do, parameters, verb = ANSWERS[name]
    redis_set = sets(2)
    leader = redis_set.wait_settled()
    writer = write(redis_set, 200)
    with undisturbed(redis_set, writer):
        fault = kube.fault(do, user=leader.name, resource="leases", verb=verb, count=1, **parameters)
        if verb == "get":
            # A conflict makes it read.
            kube.fault("status", user=leader.name, resource="leases", verb="update", count=1, code=409)
        until(lambda: kube.hits(fault) == 1, 4, "the fault has acted")
        time.sleep(DURATION + 0.2)
    nothing_lost(redis_set, writer)


WATCHES = {
    "silent": ("silent", {}),
    "ended": ("end-watch", {"count": 6}),
    "hung": ("hang", {}),
    "garbage": ("garbage-event", {}),
    "truncated": ("truncate-event", {"bytes": 20}),
    "dropped": ("drop-event", {"count": 3}),
    "replayed": ("replay-events", {"events": 3}),
    "410": ("status", {"code": 410, "count": 3}),
    "403": ("status", {"code": 403, "count": 10}),
    "500": ("status", {"code": 500, "count": 10}),
}


@pytest.mark.parametrize("name", WATCHES)
def test_watches(trio, kube, write, name):
    """Whatever watches do, the leader stays; and when it dies somebody takes over, without a loss."""
    do, parameters = WATCHES[name]
    leader = trio.wait_settled()
    writer = write(trio)
    users = [member.name for member in trio.members]
    with undisturbed(trio, writer):
        fault = kube.fault(do, user=users, verb="watch", **parameters)
        if do == "status":
            kube.fault("end-watch", user=users, verb="watch", count=len(users))
        time.sleep(2.5)
    leader.kill()
    new = trio.wait_leader(10, other_than=leader)
    writer.wait_acks(10, redis=new.name)
    assert kube.hits(fault) > 0
    kube.clear()
    leader.start()
    nothing_lost(trio, writer)


def test_versions_too_old(trio, kube, write):
    """410 Expired, as after the server's compaction: relisted, nobody notices."""
    writer = write(trio)
    with undisturbed(trio, writer):
        for _ in range(3):
            kube.compact()
            kube.fault("end-watch", user=[member.name for member in trio.members], verb="watch", count=6)
            time.sleep(0.5)
            kube.clear()
    nothing_lost(trio, writer)


@pytest.mark.parametrize("do, parameters", [("lose-answer", {}), ("delay", {"seconds": 1.2, "late": True}),
                                            ("status-after", {"code": 500})],
                         ids=["lost", "late", "500-after"])
def test_answers_to_a_takeover(trio, kube, write, stick, do, parameters):
    """The survivors do not learn that their takeover was committed: still one leader."""
    leader = trio.wait_settled()
    writer, sticky = write(trio), stick(trio)
    survivors = [member.name for member in trio.others(leader)]
    fault = kube.fault(do, user=survivors, resource="leases", verb="update", count=3, **parameters)
    leader.kill()
    new = trio.wait_leader(12, other_than=leader)
    writer.wait_acks(10, redis=new.name)
    assert kube.hits(fault) > 0
    kube.clear()
    leader.start()
    trio.wait_settled()
    never_two(sticky)
    nothing_lost(trio, writer)


def test_renewals_fail_for_longer_than_the_lease(trio, kube, write, stick):
    """Everything is refused to everybody: fenced in time, nobody leads, back as soon as it may be."""
    leader = trio.wait_settled()
    writer, sticky = write(trio), stick(trio)
    at = time.monotonic()
    kube.fault("status", user=[member.name for member in trio.members], resource="leases", verb="update", code=500)
    wait_fenced(trio, DURATION + 1)
    assert max(ack.acked for ack in sticky[trio.members.index(leader)].acks) - at <= DURATION + FENCE_NOISE
    time.sleep(1)
    kube.clear()
    writer.wait_acks(5)
    never_two(sticky)
    nothing_lost(trio, writer)


def test_rights_revoked_and_restored(trio, kube, write, stick):
    """403 for longer than the lease."""
    trio.wait_settled()
    writer, sticky = write(trio), stick(trio)
    for member in trio.members:
        kube.account(member.name, [])
    wait_fenced(trio, DURATION + 1.5)
    assert all(member.agent.alive for member in trio.members)
    assert any("not allowed" in member.agent.output() for member in trio.members)
    for member in trio.members:
        kube.account(member.name, trio.rights())
    writer.wait_acks(5, 15)
    never_two(sticky)
    nothing_lost(trio, writer)


@pytest.mark.standin_only("the real server revokes no token")
def test_token_rotated(trio, kube, write):
    """401 with the old token; the new one is in the directory."""
    writer = write(trio)
    with undisturbed(trio, writer):
        for member in trio.members:
            kube.new_token(member.name, revoke=True)
        time.sleep(2.5)
    nothing_lost(trio, writer)


def test_token_renewed(trio, kube, write):
    writer = write(trio)
    with undisturbed(trio, writer):
        for member in trio.members:
            kube.new_token(member.name)
        time.sleep(2.5)


def test_labels_that_cannot_be_written(trio, kube):
    """PATCH of pods fails for a while: leadership does not depend on it, and labels are put right."""
    leader = trio.wait_settled()
    fault = kube.fault("status", user=[member.name for member in trio.members], resource="pods", verb="patch", code=500)
    leader.redis.kill()
    new = trio.wait_leader(other_than=leader)
    until(lambda: kube.hits(fault) > 0, 3, "a label write failed")
    time.sleep(0.5)
    kube.clear()
    leader.redis.start()
    trio.wait_settled()
    assert trio.labels()[new.name] == "leader"


def test_stolen_label(trio, kube):
    """Another pod carries the leader label: it is stripped."""
    leader = trio.wait_settled()
    other = trio.others(leader)[0]
    kube.patch("pods", other.name, {"metadata": {"labels": {"redis-election/role": "leader"}}})
    until(lambda: trio.labels()[other.name] != "leader", 5, "stripped")
    kube.patch("pods", leader.name, {"metadata": {"labels": {"redis-election/role": None}}})
    until(lambda: trio.labels()[leader.name] == "leader", 5, "labelled again")
    trio.wait_settled()


def test_brown_out(trio, kube, write, stick):
    """Slow and partly wrong for some seconds: at most changes of leader, never two, nothing lost."""
    writer, sticky = write(trio), stick(trio)
    kube.brown_out(seconds=0.1, jitter=0.3, errors=0.4, user=[member.name for member in trio.members])
    time.sleep(6)
    kube.clear()
    trio.wait_settled()
    writer.wait_acks(5)
    never_two(sticky)
    nothing_lost(trio, writer)


def test_pod_replaced(sets, kube, write):
    """Recreated under its name it is a new member; its predecessor's agent must not lead on."""
    redis_set = sets(3)
    leader = redis_set.wait_settled()
    writer = write(redis_set)
    old = redis_set.others(leader)[0]
    old.stop()
    redis_set.members.remove(old)
    kube.remove_pod(old.name)
    redis_set.directory.joinpath(old.name).rename(redis_set.directory / f"{old.name}.old")
    with undisturbed(redis_set, writer):
        fresh = redis_set.add(int(old.name[-1]))
        fresh.start()
        redis_set.wait_settled()
    assert fresh.uid != old.uid and fresh.uid in redis_set.annotations()["redis-election/members"]
