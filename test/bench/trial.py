# SPDX-License-Identifier: Apache-2.0
"""One fault, once: clients that write all the while, and what they saw."""

import time
from collections import Counter
from dataclasses import asdict, dataclass, field

from harness import StickyWriter, Writer, two_writers

STICKY_RATE = 20
ANSWER_SECONDS = 0.25
WARM_ACKS = 20
TAKEN_ACKS = 20
BEFORE_SECONDS, AFTER_SECONDS = 1.0, 0.5
OPEN_SECONDS = 0.3
# Acknowledged so shortly before its Redis was killed, a write may not have reached any replica.
IN_FLIGHT_SECONDS = 0.05


@dataclass
class Outcome:
    gap: float = None           # seconds; the longest without an acknowledged write
    open: bool = False          # it had not ended when the trial did
    two_writers: float = None   # seconds
    lost: int = None            # acknowledged to the clients that follow, not there in the end; None: nobody to ask
    sticky_lost: int = None     # the same of those that stick to one Redis
    broken: int = 0             # of both, those that a promise covers
    refused: dict = field(default_factory=dict)     # to clients that follow: reason -> how often
    written: int = 0
    requests: int = None        # of the agents to the API, from the fault to the end
    notes: dict = field(default_factory=dict)
    failed: str = None

    def document(self):
        return asdict(self)


class Clients:
    """truth: follow the system's own answer. sticky, by member: know one Redis only, whoever leads."""

    def __init__(self, system, scenario):
        rate = scenario.rate / scenario.clients
        self.truth = [Writer(system.client_route(), rate, ANSWER_SECONDS) for _ in range(scenario.clients)]
        self.sticky = {member.name: [StickyWriter(member, STICKY_RATE) for _ in range(scenario.sticky)]
                       for member in system.members}
        self.all = [*self.truth, *(writer for writers in self.sticky.values() for writer in writers)]

    def __enter__(self):
        for writer in self.all:
            writer.start()
        return self

    def __exit__(self, *error):
        for writer in self.all:
            writer.done.set()
        for writer in self.all:
            writer.stop()

    def wait_acks(self, count, seconds, redis=None):
        """False when they did not come."""
        try:
            for writer in self.truth:
                writer.wait_acks(count, seconds, redis)
        except AssertionError:
            return False
        return True

    def acks_since(self, instant):
        return [ack for writer in self.truth for ack in writer.since(instant)]

    def rate(self):
        """Acknowledged writes per second in the last second."""
        return len(self.acks_since(time.monotonic() - 1))

    def refusals_since(self, instant):
        return dict(Counter(refusal.why for writer in self.truth for refusal in writer.refused_since(instant)))


class Scene:
    """What a scenario acts upon. It calls strike() when the fault begins."""

    def __init__(self, system, leader, clients, settings):
        self.system, self.leader, self.clients, self.settings = system, leader, clients, settings
        self.struck = self.struck_wall = None
        self.notes = {}         # name -> seconds or a count, for the remarks

    def strike(self):
        self.struck, self.struck_wall = time.monotonic(), time.time()

    def wait_until(self, seconds):
        """So long after the strike."""
        time.sleep(max(0, self.struck + seconds - time.monotonic()))

    def others(self):
        return self.system.others(self.leader)

    def wait_taken_over(self, seconds=None):
        """Until clients write elsewhere: when they began to; or None, and the gap says so."""
        end = time.monotonic() + (seconds or self.settings.patience)
        while time.monotonic() < end:
            elsewhere = [ack for ack in self.clients.acks_since(self.struck) if ack.redis != self.leader.name]
            if len(elsewhere) >= TAKEN_ACKS:
                return elsewhere[0].acked
            time.sleep(0.005)
        return None

    def wait_writes(self, seconds=None):
        self.clients.wait_acks(TAKEN_ACKS, seconds or self.settings.patience)

    def sticky_since(self, member, instant):
        return [ack for writer in self.clients.sticky[member.name] for ack in writer.since(instant)]


def run(system, scenario, settings):
    """An Outcome; an AssertionError when the set was not well before."""
    leader = system.await_settled()
    clients = Clients(system, scenario)
    system.begin_trial()
    with clients:
        assert clients.wait_acks(WARM_ACKS, settings.patience), "clients cannot write to a healthy set"
        time.sleep(BEFORE_SECONDS + settings.chance.uniform(0, settings.phase))
        scene = Scene(system, leader, clients, settings)
        scenario.act(scene)
        failed = _settle(system)
        time.sleep(AFTER_SECONDS)
        ended = time.monotonic()
    return _judge(scene, scenario, ended, failed)


def _settle(system):
    try:
        system.await_settled()
    except AssertionError as error:
        return str(error)
    return None


def _judge(scene, scenario, ended, failed):
    clients, struck = scene.clients, scene.struck
    outcome = Outcome(failed=failed, notes=scene.notes)
    outcome.gap = max(writer.gap(struck, ended) for writer in clients.truth)
    outcome.open = any(not writer.since(ended - OPEN_SECONDS) for writer in clients.truth)
    outcome.two_writers = two_writers(clients.all)
    outcome.refused = clients.refusals_since(struck)
    outcome.written = sum(len(writer.acks) for writer in clients.truth)
    outcome.requests = scene.system.requests_since(scene.struck_wall)
    if not failed:
        _count_lost(scene, scenario, outcome)
    return outcome


def _count_lost(scene, scenario, outcome):
    clients = scene.clients
    acks = {ack.key: ack for writer in clients.all for ack in writer.acks}
    lost = {ack.key for ack in map(acks.get, _missing(scene.system, list(acks)))}
    followed = {key for writer in clients.truth for key in writer.keys()}
    outcome.lost, outcome.sticky_lost = len(lost & followed), len(lost - followed)
    if scenario.promised:
        excused = (key for key in lost if scenario.kills and _in_flight(acks[key], scene))
        outcome.broken = len(lost) - sum(1 for _ in excused)


def _in_flight(ack, scene):
    return ack.redis == scene.leader.name and abs(ack.acked - scene.struck) < IN_FLIGHT_SECONDS


def _missing(system, keys):
    """Those of the keys that the leader does not have."""
    with system.await_settled().redis.client(10) as client:
        missing = []
        for first in range(0, len(keys), 1000):
            part = keys[first:first + 1000]
            missing += [key for key, value in zip(part, client.mget(part)) if value is None]
    return missing
