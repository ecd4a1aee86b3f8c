# SPDX-License-Identifier: Apache-2.0
"""What operators ask for: switchover, pause, resume."""

import threading
import time

import pytest

from harness.checks import ms, never_two, nothing_lost, undisturbed
from harness.timing import steady, until


@pytest.mark.alone
def test_under_load(trio, write, stick, spoken):
    """The issue's table: 2,000 writes/s, 0 acknowledged writes lost; write gap p50 <= 100 ms."""
    several = [write(trio, 1000, 100) for _ in range(2)]
    sticky, gaps = stick(trio), []
    for _ in range(5):
        leader = trio.wait_following()
        at = time.monotonic()
        done = leader.agent.verb("switchover")
        assert done.returncode == 0, done.stderr
        new = trio.wait_leader(other_than=leader)
        several[0].wait_acks(100, redis=new.name)
        gaps.append(max(writer.gap(at) for writer in several))
    rate = sum(len(writer.acks) for writer in several) / (several[0].acks[-1].acked - several[0].acks[0].acked)
    spoken(f"switchover under {rate:.0f} writes/s, gaps: " + ", ".join(map(ms, sorted(gaps))))
    assert sorted(gaps)[2] <= 0.1 + 0.1
    never_two(sticky)
    nothing_lost(trio, *several)


@pytest.mark.parametrize("by", ["leader", "follower"])
@pytest.mark.parametrize("named", [False, True])
def test_asked_of_any_member(trio, write, by, named):
    leader = trio.wait_settled()
    writer = write(trio, 200)
    target = trio.others(leader)[1]
    asked = leader if by == "leader" else trio.others(leader)[0]
    words = ["--to", target.name] if named else []
    done = asked.agent.verb("switchover", *words)
    assert done.returncode == 0, done.stderr
    new = trio.wait_leader(other_than=leader)
    assert not named or new is target
    assert new.name in done.stdout + done.stderr
    history = new.status()["history"][0]
    assert history["from"] == leader.name and history["to"] == new.name
    nothing_lost(trio, writer)


def _killed(redis_set, target):
    target.redis.kill()


def _paused(redis_set, target):
    target.redis.pause()


def _detached(redis_set, target):
    """Its replication link is down: the leader's Redis refuses it."""
    target.agent.pause()
    target.redis.ask("REPLICAOF", "127.0.0.1", "1")


@pytest.mark.parametrize("condition", [_killed, _paused, _detached], ids=lambda condition: condition.__name__[1:])
def test_refused_with_a_reason(trio, write, condition):
    leader = trio.wait_settled()
    target = trio.others(leader)[0]
    writer = write(trio)
    condition(trio, target)
    time.sleep(0.3)
    with undisturbed(trio, writer):
        done = leader.agent.verb("switchover", "--to", target.name)
        assert done.returncode == 5, (done.returncode, done.stdout, done.stderr)
        assert target.name in done.stderr and len(done.stderr.splitlines()) == 1
    target.agent.resume()
    target.redis.resume()


@pytest.mark.parametrize("name", ["nobody", "self"])
def test_refused_names(trio, write, name):
    leader = trio.wait_settled()
    writer = write(trio)
    with undisturbed(trio, writer):
        done = leader.agent.verb("switchover", "--to", leader.name if name == "self" else name)
        assert done.returncode in ((0, 5) if name == "self" else (5,)), done


def test_nobody_to_switch_to(sets, write):
    redis_set = sets(1)
    member = redis_set.wait_settled()
    writer = write(redis_set)
    with undisturbed(redis_set, writer):
        done = member.agent.verb("switchover")
        assert done.returncode == 5 and done.stderr.strip()


def test_two_at_once(trio, write, stick):
    """Asked for by two people in one moment: each gets an answer, one leader, nothing lost."""
    leader = trio.wait_settled()
    writer, sticky = write(trio, 200), stick(trio)
    answers = []

    def ask(member, target):
        answers.append(member.agent.verb("switchover", "--to", target.name))
    first, second = trio.others(leader)
    threads = [threading.Thread(target=ask, args=pair) for pair in ((leader, first), (second, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.returncode for answer in answers} <= {0, 1, 5} and any(a.returncode == 0 for a in answers), answers
    trio.wait_settled()
    never_two(sticky)
    nothing_lost(trio, writer)


def test_back_and_forth(trio, write, stick):
    writer, sticky = write(trio, 200), stick(trio)
    for _ in range(4):
        leader = trio.wait_following()
        assert leader.agent.verb("switchover").returncode == 0
        trio.wait_leader(other_than=leader)
    never_two(sticky)
    nothing_lost(trio, writer)


def test_answer_of_the_hand_over_is_lost(trio, kube, write, stick):
    """The CAS that names the successor is committed, nobody says so: no two writers, nothing lost."""
    leader = trio.wait_settled()
    writer, sticky = write(trio, 200), stick(trio)
    fault = kube.fault("lose-answer", user=leader.name, resource="leases", verb="update", count=2)
    leader.agent.verb("switchover")
    trio.wait_leader()
    kube.clear()
    assert kube.hits(fault) > 0
    trio.wait_settled()
    writer.wait_acks(5)
    never_two(sticky)
    nothing_lost(trio, writer)


def test_switchover_while_the_api_is_away(trio, kube, write):
    """Refused or given up; the leader leads on while its claim lasts, and after."""
    leader = trio.wait_settled()
    writer = write(trio)
    kube.fault("status", user=[member.name for member in trio.members], resource="leases", verb="update", code=503,
               count=3)
    leader.agent.verb("switchover")
    kube.clear()
    trio.wait_settled()
    writer.wait_acks(5)
    nothing_lost(trio, writer)


def test_paused(sets):
    """Nobody is promoted or demoted; resumed, somebody takes over."""
    redis_set = sets(3, server={"persistence": "aof"})
    leader = redis_set.wait_settled()
    follower = redis_set.others(leader)[0]
    done = follower.agent.verb("pause")
    assert done.returncode == 0, done.stderr
    until(lambda: all(member.status().get("paused") for member in redis_set.members), 3, "all know")
    leader.redis.kill()
    until(lambda: not redis_set.leaders(), 1, "it has noticed")
    steady(lambda: not redis_set.leaders(), 3.5, "nobody leads")
    assert redis_set.holder() is leader
    done = follower.agent.verb("resume")
    assert done.returncode == 0, done.stderr
    redis_set.wait_leader(other_than=leader)
    leader.redis.start()
    redis_set.wait_settled()


def test_paused_leader_goes_on(trio, write):
    writer = write(trio)
    with undisturbed(trio, writer) as leader:
        assert leader.agent.verb("pause").returncode == 0
        time.sleep(3)
        assert leader.agent.verb("resume").returncode == 0
    trio.wait_settled()


def test_paused_still_fences(trio, kube):
    """A claim that truly ends, ends inside Redis too."""
    leader = trio.wait_settled()
    assert leader.agent.verb("pause").returncode == 0
    kube.cut(leader.name)
    until(lambda: not leader.redis.writable, 3.5, "fenced")
    steady(lambda: not redis_leads_other(trio, leader), 2, "nobody takes over")
    kube.clear()
    until(lambda: leader.leads, 5, "leads again: the record still names it")
    assert leader.agent.verb("resume").returncode == 0


def redis_leads_other(redis_set, leader):
    return any(member.leads for member in redis_set.others(leader))
