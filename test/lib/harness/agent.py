# SPDX-License-Identifier: Apache-2.0
"""One agent process and its HTTP listeners."""

import json

from standin import ports

from . import binary, web
from .process import Process


class Agent(Process):
    """options: those of `run`, with _ for -; True is a flag alone. None leaves one out."""

    def __init__(self, directory, options, variables=None):
        self.held = ports.reserve(), ports.reserve()
        self.http_port, self.admin_port = map(ports.number, self.held)
        self.options = {"http_bind": f"127.0.0.1:{self.http_port}", "admin_bind": f"127.0.0.1:{self.admin_port}",
                        **options}
        super().__init__([], directory / "agent.log", binary.environment(**(variables or {})))

    def start(self, stderr=None):
        self.command = [str(binary.PATH), "run", *words(self.options)]
        return super().start(stderr)

    def release_ports(self):
        for held in self.held:
            held.close()

    # Questions

    @property
    def server(self):
        """What client verbs take as --server."""
        return f"http://127.0.0.1:{self.admin_port}"

    def get(self, path, headers=None, method="GET", admin=False):
        return web.ask(self.admin_port if admin else self.http_port, method, path, None, headers)

    def post(self, path, document=None, seconds=40, **headers):
        """On the admin listener, as an operator does."""
        body = json.dumps(document).encode() if document is not None else None
        return web.ask(self.admin_port, "POST", path, body, {"X-Redis-Election": "1", **headers}, seconds)

    def status(self):
        """/status as a dictionary; {} while it does not answer."""
        if not self.alive:
            return {}
        try:
            answer = web.ask(self.admin_port, "GET", "/status", seconds=1)
        except (OSError, web.http.client.HTTPException):
            return {}
        return answer.document if answer.code == 200 else {}

    def metrics(self):
        """Value by series, as text before the blank of its line."""
        lines = self.get("/metrics").text.splitlines()
        return {series: float(value) for series, _, value in
                (line.rpartition(" ") for line in lines if line and not line.startswith("#"))}

    def verb(self, *words_of_verb, **more):
        """A client verb asked of this agent."""
        return binary.call(*words_of_verb, "--server", self.server, **more)

    def reports(self):
        return binary.reports(self.output())


def words(options):
    """Flags as the command line takes them."""
    return [f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
            for name, value in options.items() if value is not None]
