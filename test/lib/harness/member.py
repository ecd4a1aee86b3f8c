# SPDX-License-Identifier: Apache-2.0
"""A pod of the set as two processes with a directory of their own: Redis and its agent."""

import time

from .agent import Agent
from .redisserver import RedisServer

# To end in order, and then, asked again, at once: a sanitizer speaks only at an end that is no SIGKILL.
ORDER_SECONDS, AT_ONCE_SECONDS = 0.5, 4


class Member:
    """`redis` and `agent` are started, killed, paused ... apart; the verbs here act on both."""

    def __init__(self, name, uid, directory, server, options):
        """server: arguments of RedisServer. options: those of the agent that do not follow from the member."""
        directory.mkdir(parents=True)
        self.name, self.uid, self.directory = name, uid, directory
        self.redis = RedisServer(directory, **server)
        variables = {"REDIS_PASSWORD": self.redis.password} if self.redis.password else {}
        self.agent = Agent(directory, {
            "pod_name": name, "pod_uid": uid, "pod_ip": "127.0.0.1",
            "redis_host": "127.0.0.1", "redis_port": self.redis.port, "announce": f"127.0.0.1:{self.redis.port}",
            "data_dir": self.redis.data, **options}, variables)

    def __repr__(self):
        return self.name

    def start(self):
        self.redis.start()
        self.agent.start()
        return self

    def kill(self):
        """As a node that is lost: both at once."""
        self.agent.send(9)
        self.redis.kill()
        self.agent.kill()

    def pause(self):
        self.agent.pause()
        self.redis.pause()

    def resume(self):
        self.redis.resume()
        self.agent.resume()

    def stop(self):
        stop_all([self])

    def status(self):
        return self.agent.status()

    @property
    def leads(self):
        """It says so itself: claim valid and Redis writable."""
        return bool(self.status().get("is_leader"))

    @property
    def attached(self):
        """Its Redis is a replica in sync."""
        info = self.redis.info()
        return info.get("role") == "slave" and info.get("master_link_status") == "up"


def stop_all(members):
    """The end of a test."""
    for member in members:
        member.resume()
    for seconds in (ORDER_SECONDS, AT_ONCE_SECONDS):
        end = time.monotonic() + seconds
        for member in members:
            member.agent.term()
        for member in members:
            member.agent.ended_within(max(0.0, end - time.monotonic()))
    for member in members:
        member.agent.kill()
        member.redis.kill()
        member.agent.release_ports()
        member.redis.release_ports()
