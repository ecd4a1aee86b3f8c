# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 as the real server speaks it, over one accepted connection."""

import asyncio
import socket
import struct
from email.utils import formatdate
from http import HTTPStatus

from .calls import Request

HEAD_MAX = 64 * 1024
BODY_MAX = 3 * 1024 * 1024
WHOLE_MAX = 2048        # longer bodies go out chunked, as Go's server sends them
LAST_CHUNK = b"0\r\n\r\n"
GO_NAMES = {422: "Unprocessable Entity", 413: "Request Entity Too Large"}


class BadRequest(Exception):
    """Not HTTP, or more of it than is taken."""


class Protocol(asyncio.StreamReaderProtocol):
    """Tells at once when the client is gone. connected(reader, writer): as with asyncio.start_server."""

    def __init__(self, reader, connected=None):
        super().__init__(reader, connected)
        self.gone = asyncio.Event()
        self.listeners = set()

    def eof_received(self):
        self._tell()
        return super().eof_received()

    def connection_lost(self, error):
        super().connection_lost(error)
        self._tell()

    def _tell(self):
        self.gone.set()
        for listener in list(self.listeners):
            listener()


class Connection:
    def __init__(self, reader, transport, protocol, writer=None):
        self.reader, self.transport, self.protocol = reader, transport, protocol
        self.writer = writer        # kept: from Python 3.13 on a forgotten writer closes its connection
        self.idle = True            # between two requests
        self.last_call = None
        self.certificate = self.transport.get_extra_info("peercert")

    @property
    def gone(self):
        return self.protocol.gone.is_set() or self.transport.is_closing()

    async def read(self, seconds):
        """The next request; None when the client left or stayed silent for so long."""
        self.idle = True
        try:
            async with asyncio.timeout(seconds):
                head = await self.reader.readuntil(b"\r\n\r\n")
            self.idle = False
            method, target, headers = _parse_request(head)
            return Request(method, target, headers, await self._body(headers))
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            return None
        except (asyncio.LimitOverrunError, ValueError) as error:
            raise BadRequest(str(error)) from None

    async def _body(self, headers):
        if headers.get("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await read_chunked(self.reader)
        length = int(headers.get("content-length", 0))
        if length > BODY_MAX:
            raise ValueError("body too large")
        return await self.reader.readexactly(length) if length else b""

    def send(self, data):
        if not self.transport.is_closing():
            self.transport.write(data)

    def end(self, how="close"):
        """close: in good order; cut: without a word of TLS; reset: RST."""
        if self.transport.is_closing():
            return
        if how == "close":
            self.transport.close()
            return
        if how == "reset":
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def _parse_request(head):
    first, headers = parse_head(head)
    method, target, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(f"not HTTP/1: {first!r}")
    return method, target, headers


def parse_head(data):
    """(first line, headers: name in lower case -> value)"""
    first, *lines = data.decode("latin-1").split("\r\n")
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return first, headers


async def read_chunked(reader):
    body = b""
    while part := await read_chunk(reader):
        body += part
        if len(body) > BODY_MAX:
            raise ValueError("body too large")
    return body


async def read_chunk(reader):
    """Empty for the last one."""
    size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
    return (await reader.readexactly(size + 2))[:-2]


def head(code, headers):
    """headers: name -> value, or values."""
    try:
        name = GO_NAMES.get(code) or HTTPStatus(code).phrase
    except ValueError:
        name = f"status code {code}"
    lines = [f"HTTP/1.1 {code} {name}"]
    for key, values in {**headers, "Date": formatdate(usegmt=True)}.items():
        lines += [f"{key}: {value}" for value in (values if isinstance(values, list) else [values])]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def whole(code, body, headers):
    """An answer and its body, ready to send."""
    if len(body) > WHOLE_MAX:
        return head(code, {**headers, "Transfer-Encoding": "chunked"}) + chunk(body) + LAST_CHUNK
    return head(code, {**headers, "Content-Length": len(body)}) + body
