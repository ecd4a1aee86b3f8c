# SPDX-License-Identifier: Apache-2.0
"""One listening TLS port: reads requests, lets faults act on them, asks a backend, answers.

A backend has read(request, connection) -> Call and `async answer(call, connection)` -> answers.Answer or a stream
(streams.py).
"""

import asyncio
import socket
import ssl

from . import acts, answers, ports, streams, wire
from .status import ApiError

HELLO_SECONDS = 10
WATCHES_SURVIVE_SECONDS = 60    # an orderly stop of the real server


class Gateway:
    def __init__(self, backend, faults, tls, audit, idle_seconds, port=0):
        self.backend, self.faults, self.tls, self.audit = backend, faults, tls, audit
        self.idle_seconds = idle_seconds
        self.reserved = ports.reserve(port)
        self.port = ports.number(self.reserved)
        self.listener, self.accepting = None, None
        self.running = asyncio.Event()      # cleared: accepts, but answers nobody
        self.running.set()
        self.late, self.draining = False, False
        self.tasks, self.connections = set(), set()
        faults.watchers.add(self._cut_refused)

    # The port

    def start(self):
        if self.listener:
            return
        self.listener = socket.create_server((ports.ADDRESS, self.port), backlog=1024)
        self.listener.setblocking(False)
        self.draining = False
        self.accepting = asyncio.create_task(self._accept(self.listener))

    def stop(self, how="kill"):
        """kill: every connection ends at once; term: requests in flight are answered, watches live on for a while."""
        if not self.listener:
            return
        self.accepting.cancel()
        self.listener.close()
        self.listener = None
        if how == "kill":
            self._end_all()
            return
        self.draining = True
        for connection in [connection for connection in self.connections if connection.idle]:
            connection.end()
        asyncio.get_running_loop().call_later(WATCHES_SURVIVE_SECONDS, self._end_drained)

    def hang(self):
        self.running.clear()
        self.faults.tell()

    def resume(self, late=False):
        """late: requests whose client gave up meanwhile are carried out all the same."""
        self.late = late
        self.running.set()
        self.faults.tell()

    def _end_all(self):
        for connection in list(self.connections):
            connection.end("cut")
        for task in list(self.tasks):
            task.cancel()

    def _end_drained(self):
        if self.draining:
            self._end_all()

    def _cut_refused(self):
        for connection in list(self.connections):
            fault = connection.last_call and self.faults.refusing(connection.last_call)
            if fault:
                connection.end(fault.how)

    # Connections

    async def _accept(self, listener):
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(listener)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so only for its own listeners
            task = asyncio.create_task(self._attend(sock))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _attend(self, sock):
        connection = None
        try:
            await self.running.wait()
            connection = await self._greet(sock)
            self.connections.add(connection)
            await self._serve(connection)
        except acts.Ended as ended:
            if ended.how == "open":
                await connection.protocol.gone.wait()
            connection.end(ended.how)
        except (OSError, ssl.SSLError):     # not TLS, or gone before it began
            pass
        finally:
            self.connections.discard(connection)
            if connection:
                connection.end()
            else:
                sock.close()

    async def _greet(self, sock):
        reader = asyncio.StreamReader(limit=wire.HEAD_MAX)
        transport, protocol = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: wire.Protocol(reader), sock, ssl=self.tls, ssl_handshake_timeout=HELLO_SECONDS)
        return wire.Connection(reader, transport, protocol)

    async def _serve(self, connection):
        while not self.draining:
            try:
                request = await connection.read(self.idle_seconds)
            except wire.BadRequest:
                connection.send(wire.whole(400, b"400 Bad Request", {"Connection": "close"}))
                return
            if not request:
                return
            await self._handle(connection, self.backend.read(request, connection))
            if request.headers.get("connection", "").lower() == "close":
                return

    async def _handle(self, connection, call):
        connection.last_call = call
        record = self.audit.begin(call)
        try:
            await self._while_hung(connection)
            answer = await self._answer(connection, call)
            if isinstance(answer, answers.Answer):
                record.code = answer.code
            else:
                record.code = 200
                self.audit.started(record)
                await streams.Pump(connection, call, answer, self.faults, self.running).run()
        finally:
            self.audit.end(record)
        # Last: who has the answer finds the request in the log.
        if isinstance(answer, answers.Answer):
            connection.send(answers.render(answer))

    async def _while_hung(self, connection):
        if not self.running.is_set():
            await self.running.wait()
            if connection.gone and not self.late:
                raise acts.Ended("close")

    async def _answer(self, connection, call):
        for fault in self.faults.take("request", call):
            answer = await acts.before(fault, connection)
            if answer:
                return answer
        try:
            answer = await self.backend.answer(call, connection)
        except ApiError as error:
            answer = answers.refusal(error)
        for fault in self.faults.take("answer", call):
            answer = await acts.after(fault, connection, answer)
        return answer
