# SPDX-License-Identifier: Apache-2.0
"""The rival: three Redis and a Sentinel beside each, quorum 2."""

import random
import threading
import time

import redis

from harness import binary, until
from harness.process import Process
from harness.redisserver import SETTINGS, RedisServer
from standin import ports

from network import Network

MASTER = "mymaster"
FAILOVER_MS = 60000
SETTLED_SECONDS = 60
ASK_SECONDS = 0.01      # between two questions of a client that follows Sentinel's answer
ANSWER_SECONDS = 0.25


class PlainRedis(RedisServer):
    """As anybody configures it who leaves roles to Sentinel."""

    start_words = ()

    def _write_conf(self, settings, password_file):
        lines = [f"port {self.port}", "bind 127.0.0.1", f"dir {self.data}", *settings]
        self.conf.write_text("\n".join(lines) + "\n")


class Sentinel(Process):
    def __init__(self, directory):
        self.held = ports.reserve()
        self.port = ports.number(self.held)
        self.conf = directory / "sentinel.conf"
        super().__init__([binary.REDIS_SERVER, self.conf, "--sentinel"], directory / "sentinel.log")

    def configure(self, down_after_ms, master_port, announced_port):
        """It keeps its state in this file from then on."""
        self.conf.write_text("\n".join([
            f"port {self.port}", "bind 127.0.0.1", f"dir {self.conf.parent}",
            "sentinel announce-ip 127.0.0.1", f"sentinel announce-port {announced_port}",
            f"sentinel monitor {MASTER} 127.0.0.1 {master_port} 2",
            f"sentinel down-after-milliseconds {MASTER} {down_after_ms}",
            f"sentinel failover-timeout {MASTER} {FAILOVER_MS}", f"sentinel parallel-syncs {MASTER} 1"]) + "\n")

    def ask(self, *words):
        """None when it does not answer."""
        try:
            with redis.Redis("127.0.0.1", self.port, socket_timeout=ANSWER_SECONDS, decode_responses=True) as client:
                return client.execute_command("SENTINEL", *words)
        except redis.RedisError:
            return None


class SentinelMember:
    """`agent` is the Sentinel, so that a fault of the product's members fits these."""

    def __init__(self, name, directory, persistence, network):
        directory.mkdir(parents=True)
        self.name, self.directory = name, directory
        self.redis, self.agent = PlainRedis(directory, persistence), Sentinel(directory)
        self.relays = {}
        if network:
            self.relays = {process: network.relay(name) for process in (self.redis, self.agent)}
            for process, relay in self.relays.items():
                relay.aim(process.port)

    def __repr__(self):
        return self.name

    def door(self, process):
        """The port at which the other members reach it."""
        return self.relays[process].port if self.relays else process.port

    def start(self):
        self.redis.start()
        self.agent.start()

    def kill(self):
        self.agent.send(9)
        self.redis.kill()
        self.agent.kill()

    def stop(self):
        for process in (self.agent, self.redis):
            process.resume()
            process.kill()
            process.held.close()


class SentinelSet:
    def __init__(self, directory, down_after_ms, persistence="aof", network=False):
        self.title = f"sentinel-{down_after_ms}"
        self.directory, self.members = directory, []
        self.network = Network(self.members) if network else None
        for ordinal in range(3):
            name = f"redis-{ordinal}"
            self.members.append(SentinelMember(name, directory / name, persistence, self.network))
        self._configure(down_after_ms, persistence)
        self.route = None

    def _configure(self, down_after_ms, persistence):
        first = self.members[0]
        master = first.door(first.redis)
        for member in self.members:
            lines = [*SETTINGS[persistence], "replica-announce-ip 127.0.0.1",
                     f"replica-announce-port {member.door(member.redis)}"]
            if member is not first:
                lines.append(f"replicaof 127.0.0.1 {master}")
            member.redis._write_conf(lines, None)
            member.agent.configure(down_after_ms, master, member.door(member.agent))

    def start(self):
        for member in self.members:
            member.start()
        return self

    def stop(self):
        if self.network:
            self.network.stop()
        if self.route:
            self.route.stop()
        for member in self.members:
            member.stop()

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    def others(self, member):
        return [other for other in self.members if other is not member]

    def member_at(self, port):
        return next((member for member in self.members if port in (member.redis.port, member.door(member.redis))), None)

    def await_settled(self, seconds=SETTLED_SECONDS):
        return until(self.agreed, seconds, lambda: f"settled: {self.table()}")

    def agreed(self):
        """All Sentinels name one master and know of each other, and all others follow it in sync."""
        views = [member.agent.ask("MASTER", MASTER) for member in self.members]
        if not all(views) or any((view["num-slaves"], view["num-other-sentinels"], view["flags"]) != (2, 2, "master")
                                 for view in map(_plain, views)):
            return None
        named = {_plain(view)["port"] for view in views}
        leader = self.member_at(named.pop()) if len(named) == 1 else None
        if not leader or leader.redis.info().get("role") != "master":
            return None
        return leader if all(self._follows(member, leader) for member in self.others(leader)) else None

    def _follows(self, member, leader):
        info = member.redis.info()
        return info.get("role") == "slave" and info.get("master_link_status") == "up" and \
            self.member_at(info.get("master_port")) is leader

    def table(self):
        rows = []
        for member in self.members:
            info, view = member.redis.info(), _plain(member.agent.ask("MASTER", MASTER) or [])
            rows.append(f"{member}: {info.get('role')} link={info.get('master_link_status')}; its Sentinel: master "
                        f"{self.member_at(view.get('port'))} {view.get('flags')} {view.get('num-slaves')} "
                        f"replicas {view.get('num-other-sentinels')} others")
        return "; ".join(rows)

    def client_route(self):
        if not self.route:
            self.route = SentinelRoute(self)
        return self.route

    def begin_trial(self):
        self.route.choose()

    def requests(self, since, until_time=None):
        """It knows no API."""
        return None

    def requests_since(self, since):
        return None

    def cut(self, member):
        self.network.cut(member.name)

    def heal(self):
        self.network.heal()


def _plain(view):
    """What SENTINEL MASTER says, numbers as numbers."""
    return {name: int(value) if value.isdigit() else value for name, value in zip(view[::2], view[1::2])}


class SentinelRoute:
    """Asks one Sentinel over and over, another one when that does not answer."""

    def __init__(self, sentinel_set):
        self.set, self.asked, self.named = sentinel_set, None, None
        self.done, self.client = threading.Event(), None
        self.choose()
        threading.Thread(target=self._run, daemon=True).start()

    def choose(self):
        """Any of them, as clients do that are many."""
        self.asked = random.choice(self.set.members)

    def stop(self):
        self.done.set()

    def current(self):
        member = self.named
        return (member.name, member.redis.port) if member else None

    def still(self, name):
        return self.named is not None and self.named.name == name

    def _run(self):
        asked, client = None, None
        while not self.done.is_set():
            if asked is not self.asked:
                asked = self.asked
                client = redis.Redis("127.0.0.1", asked.agent.port, socket_timeout=ANSWER_SECONDS,
                                     decode_responses=True)
            try:
                answer = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)
                self.named = self.set.member_at(int(answer[1])) if answer else None
            except redis.RedisError:
                self.asked = random.choice(self.set.others(asked))
            time.sleep(ASK_SECONDS)
