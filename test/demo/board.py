# SPDX-License-Identifier: Apache-2.0
"""The table of the demo: members as they are right now, and the client that writes."""

import time
from bisect import bisect_left

from screen import pad

COLUMNS = (("MEMBER", 10), ("ROLE", 10), ("REDIS", 25), ("AGENT", 14), ("OFFSET", 10), ("LAG", 7))
SILENT_SECONDS = 0.2
ROLE_STYLES = {"leader": "green", "replica": "cyan", "fenced": "yellow"}


class Board:
    def __init__(self, redis_set):
        self.set, self.writer, self.screen = redis_set, None, None

    def lines(self):
        shown = [member.redis.info() if member.redis.alive else {} for member in self.set.members]
        statuses = [member.status() for member in self.set.members]
        most = max((info.get("master_repl_offset", 0) for info in shown), default=0)
        paint = self.screen.paint
        lines = ["", "  " + paint("dim", "".join(pad(name, width) for name, width in COLUMNS).rstrip())]
        for member, info, status in zip(self.set.members, shown, statuses):
            lines.append("  " + self._row(member, info, status, most))
        return [*lines, "", "  " + self._client()]

    def _row(self, member, info, status, most):
        paint = self.screen.paint
        role = self._role(info, status)
        offset = info.get("slave_repl_offset", info.get("master_repl_offset")) if info else None
        lag = "" if offset is None or role == "leader" else str(max(0, most - offset))
        cells = (paint("bold", member.name) if role == "leader" else member.name,
                 paint(ROLE_STYLES.get(role, "red"), role),
                 self._process(member.redis, f"port {member.redis.port}, "), self._process(member.agent, ""),
                 "" if offset is None else str(offset), lag)
        return "".join(pad(cell, width) for cell, (_, width) in zip(cells, COLUMNS)).rstrip()

    @staticmethod
    def _role(info, status):
        if not info:
            return "down"
        if info["role"] == "master":
            return "leader" if status.get("is_leader") else "fenced"
        return "replica" if info.get("master_link_status") == "up" else "waiting"

    def _process(self, process, prefix):
        return f"{prefix}pid {process.pid}" if process.alive else self.screen.paint("red", f"{prefix}dead")

    def _client(self):
        if not self.writer or not self.writer.acks:
            return "no client yet"
        now, acks = time.monotonic(), self.writer.acks
        silent = now - acks[-1].acked
        where = f"writes to {acks[-1].redis}" if silent < SILENT_SECONDS else \
            self.screen.paint("red", f"no write for {silent:.1f} s")
        # The writer keeps its answers in the order of time.
        rate = len(acks) - bisect_left(acks, now - 1, key=lambda ack: ack.acked)
        return f"client: {where}, {rate} in the last second, {len(acks)} acknowledged"
