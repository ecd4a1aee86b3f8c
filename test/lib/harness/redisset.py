# SPDX-License-Identifier: Apache-2.0
"""A set of members on an API: pods, accounts, processes; and what the set as a whole says."""

import itertools
import shutil
import tempfile
import time
from pathlib import Path

from standin import rights

from .member import Member, stop_all
from .routes import LabelRoute
from .timing import until

ROLE = "redis-election/role"
# Short, so that tests are quick; those that are about the defaults say so.
QUICK = {"lease_duration": "2s", "renew_interval": "600ms"}
_NUMBERS = itertools.count(1)


class RedisSet:
    """with RedisSet(kube, 3) as redis: ... - kube: a standin.cluster.Cluster.

    server: arguments of RedisServer. options: those of `run` for every agent; the defaults are QUICK's.
    """

    def __init__(self, kube, count=3, name=None, server=None, directory=None, **options):
        self.kube, self.count = kube, count
        self.name = name or f"redis-{next(_NUMBERS)}"
        self.lease_name = self.name
        self.temporary = directory is None
        self.directory = Path(directory or tempfile.mkdtemp(prefix=f"{self.name}."))
        self.server, self.options = server or {}, {**QUICK, **options}
        self.members, self.route = [], None
        for ordinal in range(count):
            self.add(ordinal)

    def add(self, ordinal, **options):
        """A pod, its account and its (not yet started) member."""
        name = f"{self.name}-{ordinal}"
        # An address of its own: until its agent has announced where its Redis is, the others ask there.
        pod = self.kube.pod(name, {"app": self.name}, ip=f"127.0.1.{ordinal + 1}")
        account = self.kube.account(name, self.rights())
        member = Member(name, pod["metadata"]["uid"], self.directory / name, self.server, {
            "namespace": self.kube.namespace, "lease_name": self.lease_name,
            "label_selector": f"app={self.name}", "kube_api": self.kube.url, "service_account_dir": account,
            "lease_create": True, **self.options, **options})
        self.members.append(member)
        return member

    def rights(self):
        pods = [f"{self.name}-{ordinal}" for ordinal in range(self.count + 2)]
        return rights.agent(self.lease_name, pods)

    def start(self):
        for member in self.members:
            member.redis.start()
        for member in self.members:
            member.agent.start()
        return self

    def seed(self):
        """The Lease as a leader that released it leaves it behind: taken at once, where a new one is waited for."""
        epoch = int(time.time())
        ours = {"stamp": f"/{epoch}", "epoch": epoch, "duration-ms": 2000, "mark": 1,
                "members": ",".join(f"{member.name}_{member.uid}" for member in self.members)}
        self.kube.create("leases", {
            "metadata": {"name": self.lease_name,
                         "annotations": {f"redis-election/{name}": str(value) for name, value in ours.items()}},
            "spec": {"holderIdentity": "", "leaseDurationSeconds": 2, "leaseTransitions": 1}})

    def stop(self):
        self.end_processes()
        self.remove()

    def end_processes(self):
        if self.route:
            self.route.stop()
        stop_all(self.members)

    def remove(self):
        """Pods and files."""
        for member in self.members:
            if self.kube.get("pods", member.name):
                self.kube.remove_pod(member.name)
        if self.lease():
            self.kube.delete("leases", self.lease_name)
        if self.temporary:
            shutil.rmtree(self.directory)

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    # Members

    def __getitem__(self, name):
        return next(member for member in self.members if member.name == name)

    def others(self, member):
        return [other for other in self.members if other is not member]

    def leaders(self):
        return [member for member in self.members if member.leads]

    def wait_leader(self, seconds=15, other_than=None):
        """The member that says that it leads, when just one says so."""
        def found():
            leaders = self.leaders()
            return leaders[0] if len(leaders) == 1 and leaders[0] is not other_than else None
        return until(found, seconds, lambda: f"a leader\n{self.table()}")

    def wait_settled(self, seconds=15):
        """One leader, all that live follow it, labels and answers agree, the record names the leader's data."""
        return until(self.settled, seconds, lambda: f"settled\n{self.table()}")

    def wait_following(self, seconds=15):
        """One leader, all that live follow it. A former leader gets its label some seconds later."""
        return until(lambda: self.settled(labels=False), seconds, lambda: f"all follow\n{self.table()}")

    def settled(self, labels=True):
        leaders = self.leaders()
        if len(leaders) != 1:
            return None
        leader = leaders[0]
        living = [member for member in self.others(leader) if member.agent.alive and member.redis.alive]
        follow = all(member.attached and member.redis.info().get("master_port") == leader.redis.port
                     for member in living)
        follow = follow and self.annotations().get("redis-election/replid") == leader.redis.info().get("master_replid")
        wanted = {leader.name: "leader", **{member.name: "replica" for member in living}}
        shown = self.labels() if labels else wanted
        return leader if follow and all(shown.get(name) == role for name, role in wanted.items()) else None

    def table(self):
        """What each says, for the text of a failed assertion."""
        rows = []
        for member in self.members:
            status = member.status()
            info = member.redis.info() if member.redis.alive else {}
            rows.append(f"{member.name}: agent {'up' if member.agent.alive else 'down'} goal={status.get('goal')} "
                        f"rule={status.get('rule')} leader={status.get('leader')!r} epoch={status.get('epoch')} "
                        f"is_leader={status.get('is_leader')} reason={status.get('reason')!r}; redis "
                        f"{'up' if member.redis.alive else 'down'} {info.get('role')} "
                        f"link={info.get('master_link_status')} port={member.redis.port}")
        return "\n".join(rows)

    # What the API shows

    def lease(self):
        return self.kube.get("leases", self.lease_name)

    def annotations(self):
        """Of the Lease."""
        return ((self.lease() or {}).get("metadata", {})).get("annotations", {})

    def epoch(self):
        return int(self.annotations().get("redis-election/epoch", 0))

    def holder(self):
        """The member named by the record."""
        lease = self.lease()
        holder = (lease or {}).get("spec", {}).get("holderIdentity") or ""
        return next((member for member in self.members if holder == f"{member.name}_{member.uid}"), None)

    def labels(self):
        """Role label by pod name."""
        pods = self.kube.list("pods", f"app={self.name}")
        return {pod["metadata"]["name"]: pod["metadata"].get("labels", {}).get(ROLE) for pod in pods}

    def events(self):
        """Reasons and messages of the Events on the Lease and the pods."""
        names = {self.lease_name, *(member.name for member in self.members)}
        return [event for event in self.kube.list("events") if event["involvedObject"].get("name") in names]

    def labelled(self):
        """The route of clients that follow the leader label, shared by those of this set."""
        if not self.route:
            ports = {member.name: member.redis.port for member in self.members}
            self.route = LabelRoute(self.kube, f"app={self.name}", ROLE, ports)
        return self.route

    # Data

    def verify(self, keys):
        """Those of the keys that the leader does not have."""
        leader = self.wait_leader()
        keys = list(keys)
        with leader.redis.client(10) as client:
            lost = []
            for first in range(0, len(keys), 1000):
                part = keys[first:first + 1000]
                lost += [key for key, value in zip(part, client.mget(part)) if value is None]
        return lost

    def wait_replicated(self, seconds=5):
        """Every living replica has what the leader has now."""
        leader = self.wait_leader()
        offset = leader.redis.info()["master_repl_offset"]
        replicas = [member for member in self.others(leader) if member.redis.alive]
        until(lambda: all(member.redis.info().get("slave_repl_offset", -1) >= offset for member in replicas), seconds,
              "replicas have every byte")

    # The end

    def reports(self):
        """What sanitizers and assertions of any agent said."""
        return [f"{member.name}: {line}" for member in self.members for line in member.agent.reports()]

    def logs(self, lines=60):
        """The ends of all agents' logs."""
        parts = []
        for member in self.members:
            parts.append(f"--- {member.name} ({member.agent.log})")
            parts += member.agent.output().splitlines()[-lines:]
        return "\n".join(parts)
