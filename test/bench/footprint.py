# SPDX-License-Identifier: Apache-2.0
"""What a set costs while nothing happens."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

CALM_SECONDS = 5
MEMORY = {"rss": "Rss", "pss": "Pss", "private_dirty": "Private_Dirty"}


@dataclass
class Footprint:
    """Of one agent or Sentinel."""
    member: str
    leads: bool
    rss: float              # MiB; pss and private_dirty too
    pss: float
    private_dirty: float
    cpu: float              # ms per s
    threads: int
    requests: float = None  # to the API, per s

    def document(self):
        return asdict(self)


def measure(system, seconds):
    """No client, not even one that follows the leader, runs meanwhile."""
    leader = system.await_settled()
    time.sleep(CALM_SECONDS)
    began, wall = time.monotonic(), time.time()
    before = {member: cpu_ns(member.agent.pid) for member in system.members}
    time.sleep(seconds)
    found = [_of_member(member, member is leader, (cpu_ns(member.agent.pid) - before[member]) / 1e6
                        / (time.monotonic() - began)) for member in system.members]
    counts = system.requests(wall, wall + seconds)
    for footprint in found:
        if counts:
            footprint.requests = counts[footprint.member] / seconds
    return sorted(found, key=lambda footprint: (not footprint.leads, footprint.member))


def _of_member(member, leads, cpu):
    pid = member.agent.pid
    kilobytes = smaps(pid)
    return Footprint(member.name, leads, *(kilobytes[key] / 1024 for key in MEMORY.values()), cpu, len(_tasks(pid)))


def smaps(pid):
    """kB by name."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}


def _tasks(pid):
    return list(Path(f"/proc/{pid}/task").iterdir())


def cpu_ns(pid):
    """Time on a CPU, all threads; finer than the ticks of /proc/PID/stat."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in _tasks(pid))
