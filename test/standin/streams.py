# SPDX-License-Identifier: Apache-2.0
"""Sends a stream of events over a connection, and lets faults act on them.

A stream has open(poke), where poke is called when there is something to take; take() -> lines that are due;
over; due() -> seconds until it has to be asked without a poke, or None; close().
"""

import asyncio
from collections import deque

from . import wire
from .acts import Ended

SENT_KEPT = 100
HEADERS = {"Cache-Control": "no-cache, private", "Content-Type": "application/json", "Transfer-Encoding": "chunked"}


class Pump:
    def __init__(self, connection, call, stream, faults, running):
        self.connection, self.call, self.stream, self.faults, self.running = connection, call, stream, faults, running
        self.sent = deque(maxlen=SENT_KEPT)
        self.seen, self.holding = set(), []     # faults that acted on this stream, those that keep it silent
        self.poked = asyncio.Event()

    async def run(self):
        """Until the stream is over, the client has gone or a fault ends it."""
        listeners = (self.faults.watchers, self.connection.protocol.listeners)
        for group in listeners:
            group.add(self.poked.set)
        self.stream.open(self.poked.set)
        try:
            self.connection.send(wire.head(200, HEADERS))
            while not self.connection.gone and not self._finished():
                await self._wait()
        finally:
            self.stream.close()
            for group in listeners:
                group.discard(self.poked.set)

    async def _wait(self):
        try:
            async with asyncio.timeout(None if self._held() else self.stream.due()):
                await self.poked.wait()
        except TimeoutError:
            pass

    def _held(self):
        return not self.running.is_set() or any(not fault.cleared.is_set() for fault in self.holding)

    def _finished(self):
        self.poked.clear()
        ending = self._meet_faults()
        if self._held():
            return False
        lines = [] if ending else self.stream.take()
        if lines:
            self._send(lines)
        if ending or self.stream.over:
            self.connection.send(wire.LAST_CHUNK)
            return True
        return False

    def _meet_faults(self):
        """True when one of them ends the watch."""
        ending = False
        for fault in self.faults.take("stream", self.call, self.seen):
            self.seen.add(fault.id)
            if fault.do == "end-watch":
                ending = True
            else:
                self.holding.append(fault)
        return ending

    def _send(self, lines):
        due = []
        for line in lines:
            due += self._altered(line)
        if due:
            self.connection.send(wire.chunk(b"".join(due)))

    def _altered(self, line):
        """What is sent in place of this event."""
        out = [line]
        for fault in self.faults.take("event", self.call):
            out = self._ALTER[fault.do](self, fault, out)
        self.sent.append(line)
        return out

    def _drop(self, fault, out):
        return []

    def _replay(self, fault, out):
        return out + list(self.sent)[-fault.events:]

    def _garbage(self, fault, out):
        return [fault.body.encode() + b"\n"]

    def _truncate(self, fault, out):
        data = b"".join(out)
        self.connection.send(wire.chunk(data)[:fault.bytes])
        raise Ended("close")

    _ALTER = {"drop-event": _drop, "replay-events": _replay, "garbage-event": _garbage, "truncate-event": _truncate}
