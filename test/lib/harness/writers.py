# SPDX-License-Identifier: Apache-2.0
"""Clients that write all the time and remember every answer.

Each write is a script that sets a key of its own and returns Redis' time: what was executed when is stamped inside
Redis, because an answer may come long after.
"""

import itertools
import socket
import threading
import time
from dataclasses import dataclass

from .process import sleep_until
from .routes import FixedRoute

SCRIPT = b"redis.call('SET',KEYS[1],ARGV[1]);local t=redis.call('TIME');return t[1]..' '..t[2]"
AGAIN_SECONDS = 0.004
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Ack:
    key: str
    redis: str          # name of the member
    sent: float         # monotonic
    acked: float        # monotonic
    executed: float     # wall seconds, by Redis itself


@dataclass(frozen=True)
class Refusal:
    at: float           # monotonic
    redis: str          # "" = nobody to ask
    why: str


class Refused(Exception):
    pass


class Link:
    """One connection; commands one after the other."""

    def __init__(self, name, port, seconds, password=None):
        self.name = name
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        if password:
            self.call(b"AUTH", password.encode())

    def call(self, *words):
        """The answer; a Refused for an error, an OSError when the connection is of no more use."""
        parts = [b"*%d\r\n" % len(words)] + [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
        self.socket.sendall(b"".join(parts))
        line = self._line()
        if line[:1] == b"-":
            raise Refused(line[1:].decode())
        return self._line() if line[:1] == b"$" else line[1:]

    def _line(self):
        while b"\r\n" not in self.buffer:
            data = self.socket.recv(4096)
            if not data:
                raise ConnectionResetError("closed")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def close(self):
        self.socket.close()


class Writer:
    """Writes to whoever the route names; with a StickyWriter's route, to one Redis for ever."""

    def __init__(self, route, rate=100, seconds=0.25, password=None):
        """rate: writes per second; seconds: the longest wait for an answer."""
        self.route, self.period, self.seconds, self.password = route, 1 / rate, seconds, password
        self.prefix = f"w{next(_NUMBERS)}"
        self.acks, self.refusals = [], []
        self.link, self.done = None, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.done.set()
        self.thread.join()
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    # What came of it

    def keys(self):
        return [ack.key for ack in list(self.acks)]

    def since(self, instant):
        return [ack for ack in list(self.acks) if ack.acked >= instant]

    def refused_since(self, instant):
        return [refusal for refusal in list(self.refusals) if refusal.at >= instant]

    def gap(self, since, to=None):
        """The longest time without an acknowledgement, in seconds, from the last one before `since`."""
        to = time.monotonic() if to is None else to
        times = [ack.acked for ack in list(self.acks)]
        before = [at for at in times if at < since][-1:] or [since]
        points = before + [at for at in times if since <= at <= to] + [to]
        return max(later - earlier for earlier, later in zip(points, points[1:]))

    def wait_acks(self, count=1, seconds=10, redis=None):
        """Until so many more writes were acknowledged (by this member)."""
        start, end = len(self.acks), time.monotonic() + seconds
        while sum(1 for ack in self.acks[start:] if redis in (None, ack.redis)) < count:
            assert time.monotonic() < end, f"no {count} acknowledged writes in {seconds} s: {self.refusals[-3:]}"
            time.sleep(0.005)

    # The thread

    def _run(self):
        due = time.monotonic()
        for number in itertools.count():
            if self.done.is_set():
                break
            wait = self.period if self._write(f"{self.prefix}:{number}") else max(self.period, AGAIN_SECONDS)
            due = max(due + wait, time.monotonic() - 10 * self.period)
            sleep_until(due)
        self._hang_up()

    def _write(self, key):
        try:
            link = self._linked()
            if link is None:
                self.refusals.append(Refusal(time.monotonic(), "", "no leader is named"))
                return False
            sent = time.monotonic()
            text = link.call(b"EVAL", SCRIPT, b"1", key.encode(), b"1")
            seconds, micros = text.split()
            self.acks.append(Ack(key, link.name, sent, time.monotonic(), int(seconds) + int(micros) / 1e6))
            return True
        except Refused as refused:
            self._refused(str(refused))
        except OSError as error:
            self._refused(f"{type(error).__name__}: {error}")
            self._hang_up()
        return False

    def _refused(self, why):
        target = self.link.name if self.link else (self.route.current() or ("",))[0]
        self.refusals.append(Refusal(time.monotonic(), target, why))

    def _linked(self):
        if self.link and not self.route.still(self.link.name):
            self._hang_up()
        if not self.link:
            target = self.route.current()
            if target:
                self.link = Link(*target, self.seconds, self.password)
        return self.link

    def _hang_up(self):
        if self.link:
            self.link.close()
        self.link = None


class StickyWriter(Writer):
    """Knows one Redis only, as a client with a connection pool that nobody tells anything."""

    def __init__(self, member, rate=50, seconds=30):
        """seconds: long, so that an answer of a Redis that was stopped is seen."""
        super().__init__(FixedRoute(member.name, member.redis.port), rate, seconds, member.redis.password)

    def stop(self):
        link = self.link
        self.done.set()
        if link:
            try:
                link.socket.shutdown(socket.SHUT_RDWR)      # wakes it from a wait for an answer
            except OSError:
                pass
        self.thread.join()
        return self


def two_writers(writers, longest_pause=0.1):
    """Seconds in which more than one Redis executed writes that were acknowledged.

    A Redis counts as writing from one of its writes to the next if they are not further apart than longest_pause,
    which is several periods of a StickyWriter, and less than two hand-overs take.
    """
    stamps = {}
    for writer in writers:
        for ack in list(writer.acks):
            stamps.setdefault(ack.redis, []).append(ack.executed)
    runs = [run for times in stamps.values() for run in _runs(sorted(times), longest_pause)]
    return _overlap(sorted(runs))


def interleaved(writers, shortest_lead=0.04):
    """Seconds in which one Redis executed an acknowledged write between two of another that are closer than any two
    hand-overs can be. Finds what two_writers() measures even if leaders change many times a second; needs clients
    that write to each Redis more often than once in shortest_lead."""
    order = sorted((ack.executed, ack.redis) for writer in writers for ack in list(writer.acks))
    changes = [at for (_, before), (at, after) in zip(order, order[1:]) if before != after]
    gaps = (later - earlier for earlier, later in zip(changes, changes[1:]))
    return sum(gap for gap in gaps if gap < shortest_lead)


def _runs(times, longest_pause):
    first = last = times[0]
    for at in times[1:]:
        if at - last > longest_pause:
            yield first, last
            first = at
        last = at
    yield first, last


def _overlap(runs):
    total, reached = 0.0, float("-inf")
    for first, last in runs:
        total += max(0.0, min(reached, last) - first)
        reached = max(reached, last)
    return total
