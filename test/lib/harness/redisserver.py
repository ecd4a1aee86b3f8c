# SPDX-License-Identifier: Apache-2.0
"""One redis-server process with the configuration that `redis-election init` writes."""

import shutil

import redis

from standin import ports

from . import binary
from .process import Process
from .timing import until

SETTINGS = {
    "default": [],
    "none": ["save \"\"", "appendonly no"],
    "rdb": ["save 3600 1", "appendonly no"],
    "aof": ["save \"\"", "appendonly yes"],
    "both": ["save 3600 1", "appendonly yes"],
}
# As docs/operations.md has it: wins over what CONFIG REWRITE may have put into the file.
LATCHED = ["--replicaof", "127.0.0.1", "1", "--min-replicas-to-write", "1000000"]


class RedisServer(Process):
    """persistence: a key of SETTINGS. settings: further lines of redis.conf."""

    start_words = LATCHED

    def __init__(self, directory, persistence="none", settings=(), password_file=None):
        self.held = ports.reserve()
        self.port = ports.number(self.held)
        self.data, self.conf = directory / "data", directory / "redis.conf"
        self.password = password_file.read_text().strip() if password_file else None
        self.data.mkdir()
        self._write_conf([*SETTINGS[persistence], *settings], password_file)
        super().__init__([binary.REDIS_SERVER, self.conf, *self.start_words], directory / "redis.log")

    def _write_conf(self, settings, password_file):
        options = ["--output", self.conf, "--port", self.port, "--bind", "127.0.0.1", "--dir", self.data]
        if password_file:
            options += ["--password-file", password_file]
        for setting in settings:
            options += ["--set", setting]
        made = binary.call("init", *options)
        assert made.returncode == 0, f"init: {made.stderr}"

    def release_ports(self):
        self.held.close()

    def wipe(self):
        """As a volume that was lost."""
        shutil.rmtree(self.data)
        self.data.mkdir()

    # Questions, each on a connection of its own

    def client(self, seconds=2):
        return redis.Redis("127.0.0.1", self.port, password=self.password, socket_timeout=seconds,
                           socket_connect_timeout=seconds, decode_responses=True)

    def ask(self, *command, seconds=2):
        with self.client(seconds) as client:
            return client.execute_command(*command)

    def info(self, section="replication"):
        """{} while it does not answer."""
        try:
            with self.client() as client:
                return client.info(section)
        except redis.RedisError:
            return {}

    def wait_up(self, seconds=5):
        return until(self.info, seconds, f"Redis {self.port} answers")

    def save(self):
        self.ask("SAVE", seconds=10)

    @property
    def writable(self):
        """Would it take a write from a client? Asked without writing anything."""
        try:
            with self.client() as client:
                latched = client.config_get("min-replicas-to-write")["min-replicas-to-write"] != "0"
                return client.info("replication")["role"] == "master" and not latched
        except (redis.RedisError, KeyError):
            return False
