# SPDX-License-Identifier: Apache-2.0
"""What happens to a set, one row each. What died comes back before a scenario ends, as a kubelet would do it."""

import time
from dataclasses import dataclass

RESTART_SECONDS = 1.0       # a container that ended
EMPTY_SECONDS = 0.4         # at most, until a Redis is back with nothing
KEPT_SECONDS = 4.0          # watched after what should change nothing


# Redis

def redis_kill_restart(scene):
    scene.strike()
    scene.leader.redis.kill()
    time.sleep(RESTART_SECONDS)
    scene.leader.redis.start()
    scene.wait_writes()


def redis_kill_forever(scene):
    scene.strike()
    scene.leader.redis.kill()
    scene.wait_taken_over()
    scene.leader.redis.start()


def redis_stop(scene):
    scene.strike()
    scene.leader.redis.pause()
    scene.wait_taken_over(scene.settings.stop_seconds)
    scene.wait_until(scene.settings.stop_seconds)
    woken = time.monotonic()
    scene.leader.redis.resume()
    time.sleep(1)
    late = scene.sticky_since(scene.leader, woken)
    scene.notes["writes it acknowledged when it woke"] = len(late)
    scene.notes["the last after"] = max((ack.acked - woken for ack in late), default=0.0)


def master_empty(scene, whole=False):
    victim, delay = scene.leader, scene.settings.chance.uniform(0, EMPTY_SECONDS)
    scene.strike()
    if whole:
        victim.kill()
    else:
        victim.redis.kill()
    victim.redis.wipe()
    scene.wait_until(delay)
    victim.redis.start()
    if whole:
        victim.agent.start()
    scene.wait_writes()


def master_empty_whole(scene):
    master_empty(scene, whole=True)


def replica_restart(scene, wipe=False):
    replica = scene.settings.chance.choice(scene.others())
    scene.strike()
    replica.redis.kill()
    if wipe:
        replica.redis.wipe()
    time.sleep(RESTART_SECONDS)
    replica.redis.start()
    scene.wait_writes()


def replica_empty(scene):
    replica_restart(scene, wipe=True)


def one_pod_restart(scene):
    scene.strike()
    scene.leader.kill()
    time.sleep(RESTART_SECONDS)
    scene.leader.start()
    scene.wait_writes()


# The agent

def sidecar_kill(scene):
    before = scene.system.epoch()
    scene.strike()
    scene.leader.agent.kill()
    time.sleep(RESTART_SECONDS)
    scene.leader.agent.start()
    time.sleep(KEPT_SECONDS)
    scene.notes["new epochs"] = scene.system.epoch() - before


def sidecar_gone(scene, end, back):
    scene.strike()
    end()
    taken = scene.wait_taken_over(scene.settings.gone_seconds)
    if taken:
        scene.notes["taken over after"] = taken - scene.struck
    scene.wait_until(scene.settings.gone_seconds)
    back()


def sidecar_kill_forever(scene):
    sidecar_gone(scene, scene.leader.agent.kill, scene.leader.agent.start)


def sidecar_stop(scene):
    sidecar_gone(scene, scene.leader.agent.pause, scene.leader.agent.resume)


# The pod and its node

def node_loss(scene):
    scene.strike()
    scene.leader.kill()
    scene.wait_taken_over()
    scene.leader.start()


def node_loss_deaf(scene):
    """The survivors' watches stay open and say nothing."""
    kube = scene.system.kube
    fault = kube.fault("silent", user=[member.name for member in scene.others()], verb="watch")
    node_loss(scene)
    assert kube.hits(fault), "the watches were not silenced"
    scene.system.heal()


def pod_delete(scene):
    scene.strike()
    scene.system.delete_pod(scene.leader)


def pod_delete_sidecar(scene):
    scene.strike()
    scene.system.delete_pod(scene.leader, redis_first=True)


def rolling(scene):
    scene.strike()
    for member in reversed(scene.system.members):
        scene.system.delete_pod(member)
        scene.system.await_settled()
        scene.notes["seconds"] = time.monotonic() - scene.struck


def switchover(scene):
    scene.notes["writes/s"] = scene.clients.rate()
    scene.strike()
    done = scene.leader.agent.verb("switchover")
    assert done.returncode == 0, f"switchover: exit code {done.returncode}: {done.stderr.strip()}"
    scene.wait_taken_over(5)


# The network and the API

def partition(scene, cut=None):
    (cut or scene.system.cut)(scene.leader)
    scene.strike()
    scene.wait_until(scene.settings.cut_seconds)
    scene.system.heal()
    scene.wait_writes()


def api_cut(scene):
    partition(scene, scene.system.cut_api)


def api_stop(scene, seconds):
    kube = scene.system.kube
    scene.strike()
    kube.api_stop("kill")
    scene.wait_until(seconds)
    kube.api_start()
    back = time.monotonic()
    acked = [ack.acked for ack in scene.clients.acks_since(scene.struck) if ack.acked < back]
    scene.notes["last write after"] = acked[-1] - scene.struck if acked else 0.0
    scene.wait_writes()
    again = [ack.acked for ack in scene.clients.acks_since(back)]
    scene.notes["writes again after"] = again[0] - back if again else float("inf")


def api_stopped(seconds):
    return lambda scene: api_stop(scene, seconds)


# The table

@dataclass(frozen=True)
class Scenario:
    name: str
    act: object
    text: str
    n: int = 5
    rivals: bool = False        # Sentinel can be put through it too
    promised: bool = False      # that no acknowledged write is lost, not even of a client that sticks to one Redis ...
    kills: bool = False         # ... but for those in flight to replicas when the leader's Redis is killed
    count: int = 3
    network: bool = False       # the members' connections can be cut
    clients: int = 1
    rate: int = 125             # writes per second of all clients
    sticky: int = 1             # clients that know one Redis only, for each
    calm: bool = False          # clients should see nothing of it


SCENARIOS = (
    Scenario("redis_kill_restart", redis_kill_restart, "leader's Redis killed, back after 1 s", rivals=True),
    Scenario("redis_kill_forever", redis_kill_forever, "leader's Redis killed, not restarted", n=10, rivals=True),
    Scenario("redis_stop", redis_stop, "leader's Redis stopped for {stop_seconds:g} s, then it goes on", n=1,
             rivals=True, sticky=5),
    Scenario("master_empty", master_empty, "leader's Redis back empty within 0.4 s", rivals=True, promised=True,
             kills=True),
    Scenario("master_empty_whole", master_empty_whole, "the same, its agent killed too", rivals=True, promised=True,
             kills=True),
    Scenario("replica_restart", replica_restart, "a replica's Redis killed, back after 1 s", n=3, promised=True,
             calm=True),
    Scenario("replica_empty", replica_empty, "a replica's Redis killed, back empty after 1 s", n=3, promised=True,
             calm=True),
    Scenario("one_pod_restart", one_pod_restart, "set of one: all killed, back after 1 s", n=3, promised=True,
             count=1),
    Scenario("sidecar_kill", sidecar_kill, "leader's agent killed, back after 1 s", promised=True, calm=True),
    Scenario("sidecar_kill_forever", sidecar_kill_forever, "leader's agent killed, back after {gone_seconds:g} s", n=2),
    Scenario("sidecar_stop", sidecar_stop, "leader's agent stopped for {gone_seconds:g} s", n=2),
    Scenario("node_loss", node_loss, "leader's Redis and agent killed", rivals=True),
    Scenario("node_loss_deaf", node_loss_deaf, "the same, the survivors' watches silent", n=3),
    Scenario("pod_delete", pod_delete, "leader's pod deleted, SIGTERM to both at once", promised=True),
    Scenario("pod_delete_sidecar", pod_delete_sidecar, "the same, the agent's SIGTERM when Redis has ended", n=3,
             promised=True),
    Scenario("rolling", rolling, "all pods deleted, one after the other", n=2, promised=True),
    Scenario("switchover", switchover, "switchover at 2,000 writes/s", n=10, promised=True, clients=4, rate=2000),
    Scenario("partition", partition, "leader's Redis and agent cut off from members and API for {cut_seconds:g} s",
             n=2, rivals=True, network=True),
    Scenario("api_cut", api_cut, "leader's agent cut off from the API for {cut_seconds:g} s", n=2, promised=True),
    Scenario("api_stop30", api_stopped(30), "API away for 30 s", n=1, promised=True),
    Scenario("api_stop90", api_stopped(90), "API away for 90 s", n=1, promised=True),
    Scenario("api_stop300", api_stopped(300), "API away for 300 s", n=1, promised=True),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
# What a run without --scenario leaves out: minutes in which nothing new is seen.
LONG = ("api_stop90", "api_stop300")
SHORT_OUT = (*LONG, "rolling", "node_loss_deaf", "pod_delete_sidecar", "replica_restart")
