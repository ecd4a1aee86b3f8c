# SPDX-License-Identifier: Apache-2.0
"""TCP between members that share the loopback, through relays that can be cut. Needs no rights.

A relay knows which member a connection comes from by the process that owns it. A cut is silent, as when packets are
dropped: nothing is closed, no byte arrives, not even the end of a connection; healed, all of it arrives late.
"""

import os
import socket
import threading
from pathlib import Path

from standin import ports

LOCAL, REMOTE, INODE = 1, 2, 9      # columns of /proc/net/tcp


class Network:
    """members: a list of what has `name`, `redis` and `agent`; it may grow."""

    def __init__(self, members):
        self.members, self.cut_off = members, set()
        self.changed, self.listeners = threading.Condition(), []

    def relay(self, owner):
        """A door of the member named owner, for the others: aim() it before anybody connects."""
        relay = Relay(self, owner)
        self.listeners.append(relay)
        return relay

    def cut(self, name):
        """Between this member and the others; clients, which are no members, reach everybody."""
        self.cut_off.add(name)

    def heal(self):
        with self.changed:
            self.cut_off.clear()
            self.changed.notify_all()

    def stop(self):
        self.heal()
        for relay in self.listeners:
            relay.close()

    def wait_open(self, one, other):
        with self.changed:
            while self._severed(one, other):
                self.changed.wait()

    def _severed(self, one, other):
        return None not in (one, other) and one != other and (one in self.cut_off) != (other in self.cut_off)

    def name_of(self, connection):
        """The member whose process holds the other end; None for a client."""
        mark = f"socket:[{_inode(connection.getpeername()[1], connection.getsockname()[1])}]"
        for member in list(self.members):
            if any(process.alive and _holds(process.pid, mark) for process in (member.redis, member.agent)):
                return member.name
        return None


class Relay:
    def __init__(self, network, owner):
        self.network, self.owner, self.target = network, owner, None
        self.listener = socket.create_server((ports.ADDRESS, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def aim(self, port):
        self.target = port

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)    # wakes the thread that accepts
        except OSError:
            pass
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, near):
        source = self.network.name_of(near)
        self.network.wait_open(source, self.owner)
        try:
            far = socket.create_connection((ports.ADDRESS, self.target))
        except OSError:
            near.close()
            return
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=self._pump, args=(far, near, source), daemon=True)
        back.start()
        self._pump(near, far, source)
        back.join()
        near.close()
        far.close()

    def _pump(self, reading, writing, source):
        try:
            while data := reading.recv(65536):
                self.network.wait_open(source, self.owner)
                writing.sendall(data)
        except OSError:
            pass
        self.network.wait_open(source, self.owner)
        for end in (reading, writing):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def _inode(local, remote):
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if [int(fields[column].partition(":")[2], 16) for column in (LOCAL, REMOTE)] == [local, remote]:
            return fields[INODE]
    return "gone"


def _holds(pid, mark):
    folder = f"/proc/{pid}/fd"
    try:
        return any(_link(f"{folder}/{number}") == mark for number in os.listdir(folder))
    except OSError:
        return False


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""
