# SPDX-License-Identifier: Apache-2.0
"""The product as the bench sees it: a set of members with the agents' own defaults."""

import time

from harness import RedisSet, until

from network import Network

TITLE = "redis-election"
# A pod that was deleted is back after this long, as measured with a StatefulSet.
RECREATED_SECONDS = 2.3
GRACE_SECONDS = 30
SETTLED_SECONDS = 60
# None leaves an option out: these are shorter in the tests' sets.
DEFAULTS = {"lease_duration": None, "renew_interval": None}


class Ours(RedisSet):
    """network: the members talk to each other through relays, so that cut() can part them."""

    title = TITLE

    def __init__(self, kube, directory, count=3, persistence="aof", network=False):
        self.members = []
        self.network = Network([]) if network else None
        super().__init__(kube, count, directory=directory, server={"persistence": persistence}, **DEFAULTS)

    def add(self, ordinal, **options):
        if not self.network:
            return super().add(ordinal, **options)
        name = f"{self.name}-{ordinal}"
        relay = self.network.relay(name)
        member = super().add(ordinal, announce=f"127.0.0.1:{relay.port}", **options)
        relay.aim(member.redis.port)
        member.relay = relay
        self.network.members.append(member)
        return member

    def stop(self):
        self.heal()
        if self.network:
            self.network.stop()
        super().stop()

    def await_settled(self, seconds=SETTLED_SECONDS):
        return until(self.agreed, seconds, lambda: f"settled\n{self.table()}")

    def agreed(self):
        """One leader by its own word, the label and the record, and all others follow it in sync."""
        leaders = self.leaders()
        if len(leaders) != 1 or not all(member.agent.alive and member.redis.alive for member in self.members):
            return None
        leader, labels = leaders[0], self.labels()
        record = self.annotations().get("redis-election/replid")
        agreed = record == leader.redis.info().get("master_replid") and labels.get(leader.name) == "leader"
        return leader if agreed and all(self._follows(member, leader, labels) for member in self.others(leader)) \
            else None

    def _follows(self, member, leader, labels):
        info = member.redis.info()
        door = leader.relay.port if self.network else leader.redis.port
        return (info.get("role"), info.get("master_link_status"), info.get("master_port")) == ("slave", "up", door) \
            and labels.get(member.name) == "replica"

    # What clients ask

    def client_route(self):
        return self.labelled()

    def begin_trial(self):
        pass

    # Faults of more than one process

    def cut(self, member):
        """From the other members and from the API."""
        self.kube.cut(member.name)
        self.network.cut(member.name)

    def cut_api(self, member):
        self.kube.cut(member.name)

    def heal(self):
        self.kube.clear()
        if self.network:
            self.network.heal()

    def delete_pod(self, member, redis_first=False):
        """As kubelet and StatefulSet do it: a mark, SIGTERM, the object is removed and one with a new UID is made.

        redis_first: as a native sidecar, which gets its signal when the other containers have ended.
        """
        self.kube.delete("pods", member.name)
        end = time.monotonic() + GRACE_SECONDS
        for process in (member.redis, member.agent):
            process.term()
            if redis_first:
                self._await_end(process, end)
        for process in (member.redis, member.agent):
            self._await_end(process, end)
        self.kube.remove_pod(member.name)
        time.sleep(RECREATED_SECONDS)
        pod = self.kube.pod(member.name, {"app": self.name}, ip="127.0.0.1")
        member.uid = member.agent.options["pod_uid"] = pod["metadata"]["uid"]
        member.start()

    @staticmethod
    def _await_end(process, end):
        if not process.ended_within(max(0, end - time.monotonic())):
            process.kill()

    # The cost

    def requests(self, since, until_time=float("inf")):
        """Requests of the agents in the API's audit log, by member; times are seconds of the epoch."""
        counts = {member.name: 0 for member in self.members}
        for entry in self.kube.audit(since=since):
            name = entry.user.rpartition(":")[2]
            if name in counts and entry.time < until_time:
                counts[name] += 1
        return counts

    def requests_since(self, since):
        return sum(self.requests(since).values())
