# SPDX-License-Identifier: Apache-2.0
"""The control API: plain HTTP on a loopback port. Tests give orders here, and reach objects when the API is down.

    /api/..., /apis/...     the API as an administrator, never faulted, not in the audit log
    everything else         rows of a table, see ROUTES of the server at hand
"""

import asyncio
import json
import re

from . import answers, calls, wire
from .faults import BadFault
from .ports import ADDRESS
from .status import ApiError

IDLE_SECONDS = 600


class Control:
    """routes: (method, pattern of the path) -> function(document, *groups of the pattern) -> document"""

    def __init__(self, routes, api=None):
        self.routes = [(method, re.compile(pattern), function) for (method, pattern), function in routes.items()]
        self.api = api      # call -> answer
        self.port = 0

    async def start(self):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._protocol, ADDRESS, 0)
        self.port = server.sockets[0].getsockname()[1]

    def _protocol(self):
        def connected(reader, writer):
            return self._serve(wire.Connection(reader, writer.transport, protocol, writer))
        protocol = wire.Protocol(asyncio.StreamReader(limit=wire.HEAD_MAX), connected)
        return protocol

    async def _serve(self, connection):
        while request := await connection.read(IDLE_SECONDS):
            connection.send(answers.render(self._answer(request)))
        connection.end()

    def _answer(self, request):
        try:
            if self.api and request.target.startswith("/api"):
                return self._as_admin(calls.read(request))
            return self._order(request)
        except ApiError as error:
            return answers.refusal(error)
        except (BadFault, KeyError, TypeError, ValueError) as error:
            return answers.Answer(400, {"error": f"{type(error).__name__}: {error}"})

    def _as_admin(self, call):
        if call.watch:
            raise ValueError("no watches here")
        return self.api(call)

    def _order(self, request):
        document = json.loads(request.body) if request.body else {}
        for method, pattern, function in self.routes:
            found = pattern.fullmatch(request.target)
            if found and method == request.method:
                return answers.Answer(200, function(document, *found.groups()) or {})
        return answers.Answer(404, {"error": f"no such order: {request.method} {request.target}"})


def fault_routes(faults):
    return {
        ("POST", "/faults"): lambda document: faults.add(document).shown(),
        ("GET", "/faults"): lambda document: {"faults": faults.shown()},
        ("DELETE", "/faults"): lambda document: faults.clear(),
        ("DELETE", r"/faults/(\d+)"): lambda document, number: faults.clear(int(number)),
    }


class Doors:
    """The ports of one server. Each can be stopped, started, hung and resumed apart; "main" is always there."""

    def __init__(self, make_gateway, port=0):
        self.make_gateway, self.gateways = make_gateway, {}
        self.add({"name": "main"}, port)

    def add(self, document, port=0):
        gateway = self.make_gateway(port)
        gateway.start()
        self.gateways[document["name"]] = gateway
        return {"port": gateway.port}

    def order(self, document, name):
        gateway, order = self.gateways[name], document["do"]
        orders = {"stop": gateway.stop, "start": gateway.start, "hang": gateway.hang, "resume": gateway.resume}
        orders[order](**{key: value for key, value in document.items() if key != "do"})

    def connections(self, document):
        return {"connections": [
            {"door": name, "user": connection.last_call.user if connection.last_call else "", "idle": connection.idle,
             "watch": bool(connection.last_call and connection.last_call.watch and not connection.idle)}
            for name, gateway in self.gateways.items() for connection in gateway.connections]}

    def routes(self):
        return {
            ("POST", "/doors"): self.add,
            ("POST", r"/doors/([^/]+)"): self.order,
            ("GET", "/connections"): self.connections,
        }
