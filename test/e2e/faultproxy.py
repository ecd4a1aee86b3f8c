# SPDX-License-Identifier: Apache-2.0
"""A reverse proxy before a real API server that ends TLS and takes the stand-in's faults: same names, same orders.

python3 -m e2e.faultproxy --upstream PORT --ca FILE --certificate FILE --key FILE
"""

import argparse
import asyncio
import ssl
from collections import deque
from dataclasses import dataclass

from standin import acts, audit, calls, wire
from standin.access import bearer, token_subject
from standin.answers import Answer
from standin.control import Control, Doors, fault_routes
from standin.faults import Faults
from standin.gateway import Gateway
from standin.ports import ADDRESS
from standin.process import until_told

IDLE_SECONDS = 90
# What belongs to one connection and is written anew, or would change how the body is read here.
OWN_HEADERS = ("connection", "transfer-encoding", "content-length", "date", "accept-encoding")
BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)


@dataclass
class Relayed(Answer):
    """An answer whose headers are the server's."""

    def all_headers(self):
        return self.headers


class Stream:
    """A watch of the server behind: a stream as streams.py takes it."""

    def __init__(self, reader):
        self.reader, self.lines, self.poke, self.task = reader, deque(), None, None
        self.over, self.broken = False, False

    def open(self, poke):
        self.poke = poke
        self.task = asyncio.create_task(self._read())

    def close(self):
        self.task.cancel()

    def take(self):
        if self.broken and not self.lines:
            raise acts.Ended("cut")
        lines = list(self.lines)
        self.lines.clear()
        return lines

    @staticmethod
    def due():
        return None

    async def _read(self):
        rest = b""
        try:
            while part := await wire.read_chunk(self.reader):
                *lines, rest = (rest + part).split(b"\n")
                self.lines.extend(line + b"\n" for line in lines)
                self.poke()
            self.over = True
        except BROKEN:
            self.broken = True
        self.poke()


class Backend:
    """One connection to the server for each that a client has, so that they live and die alike."""

    def __init__(self, port, ca):
        self.port, self.context = port, ssl.create_default_context(cafile=ca)
        self.context.set_alpn_protocols(["http/1.1"])

    def read(self, request, connection):
        call = calls.read(request)
        call.user = token_subject(bearer(request.headers))
        return call

    async def answer(self, call, connection):
        try:
            reader, writer = await self._upstream(connection)
            writer.write(_forwarded(call.request))
            first, headers = wire.parse_head(await reader.readuntil(b"\r\n\r\n"))
            code = int(first.split(" ")[1])
            if code == 200 and call.watch:
                return Stream(reader)
            return Relayed(code, await _body(reader, headers), _kept(headers))
        except BROKEN:
            raise acts.Ended("cut") from None

    async def _upstream(self, connection):
        pair = getattr(connection, "upstream", None)
        if not pair:
            pair = await asyncio.open_connection(ADDRESS, self.port, ssl=self.context, limit=wire.HEAD_MAX)
            connection.upstream = pair
            connection.protocol.listeners.add(pair[1].close)
        return pair


def _kept(headers):
    return {name.title(): value for name, value in headers.items() if name not in OWN_HEADERS}


def _forwarded(request):
    headers = {**_kept(request.headers), "Content-Length": len(request.body)}
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + request.body


async def _body(reader, headers):
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while part := await wire.read_chunk(reader):
            body += part
        return body
    return await reader.readexactly(int(headers.get("content-length", 0)))


def parse_options():
    parser = argparse.ArgumentParser(prog="faultproxy", description="Faults before a real Kubernetes API server.")
    parser.add_argument("--upstream", type=int, required=True, help="port of the API server on 127.0.0.1")
    parser.add_argument("--ca", required=True, help="that it is verified with")
    parser.add_argument("--certificate", required=True, help="of the proxy")
    parser.add_argument("--key", required=True)
    parser.add_argument("--port", type=int, default=0, help="of the proxy on 127.0.0.1; 0: any free one")
    parser.add_argument("--until-eof", action="store_true", help="end when stdin does")
    return parser.parse_args()


async def main(options):
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(options.certificate, options.key)
    tls.set_alpn_protocols(["http/1.1"])
    faults, backend = Faults(), Backend(options.upstream, options.ca)
    doors = Doors(lambda port: Gateway(backend, faults, tls, audit.NoLog(), IDLE_SECONDS, port), options.port)
    control = Control({**fault_routes(faults), **doors.routes()})
    await control.start()
    await until_told({"port": doors.gateways["main"].port, "control": control.port}, options.until_eof)


if __name__ == "__main__":
    asyncio.run(main(parse_options()))
