# SPDX-License-Identifier: Apache-2.0
"""Faults on demand: which requests they hit, and when in the life of a request they act.

A fault is a document: {"do": NAME, "match": {...}, "count": N, "probability": P, "seed": S, parameters...}.
It acts on matching requests until it has acted `count` times, or until it is cleared.
"""

import asyncio
import itertools
import random
import re
from dataclasses import dataclass, field

REQUEST, ANSWER, STREAM, EVENT = "request", "answer", "stream", "event"


@dataclass(frozen=True)
class Kind:
    stages: tuple
    parameters: dict        # name -> default
    text: str
    on_watches: bool = True


KINDS = {
    "delay": Kind((REQUEST,), {"seconds": 1.0, "jitter": 0.0, "late": False},
                  "waits before processing; late: carried out even if the client has gone meanwhile"),
    "hang": Kind((REQUEST, STREAM), {"late": False},
                 "not processed until cleared, open watches fall silent; late: as above"),
    "reset": Kind((REQUEST,), {"how": "reset"}, "the connection ends before processing"),
    "refuse": Kind((REQUEST,), {"how": "reset"}, "as reset, and open connections end at once"),
    "status": Kind((REQUEST,), {"code": 503, "body": None, "retry_after": None},
                   "answered with this code, not processed"),
    "delay-answer": Kind((ANSWER,), {"seconds": 1.0, "jitter": 0.0}, "processed, then the answer waits"),
    "lose-answer": Kind((ANSWER,), {"how": "close"},
                        "processed, then the connection ends without an answer; how: close, reset, open"),
    "status-after": Kind((ANSWER,), {"code": 504, "body": None, "retry_after": None},
                         "processed, then answered with this code"),
    "garbage": Kind((ANSWER,), {"body": "<html>not the API</html>"}, "processed, the body is something else"),
    "truncate": Kind((ANSWER,), {"bytes": 20}, "processed, the answer breaks off after so many bytes of its body",
                     on_watches=False),
    "large": Kind((ANSWER,), {"bytes": 10_000_000}, "processed, the answer is a valid document of this size",
                  on_watches=False),
    "silent": Kind((STREAM,), {}, "the watch is accepted and says nothing until cleared"),
    "end-watch": Kind((STREAM,), {}, "watches end, in good order"),
    "drop-event": Kind((EVENT,), {}, "the watch leaves out an event"),
    "replay-events": Kind((EVENT,), {"events": 3}, "the watch sends its last events again after the next one"),
    "garbage-event": Kind((EVENT,), {"body": "{\"type\":"}, "the watch sends a line that is not JSON"),
    "truncate-event": Kind((EVENT,), {"bytes": 20}, "the watch breaks off within a chunk"),
}

MATCHED = ("user", "verb", "resource", "name", "path")
COMMON = ("do", "match", "count", "probability", "seed")


class BadFault(ValueError):
    pass


@dataclass
class Fault:
    id: int
    do: str
    match: dict
    count: int = None       # how often it acts; None: until cleared
    probability: float = 1.0
    seed: int = 0
    parameters: dict = field(default_factory=dict)
    hits: int = 0

    def __post_init__(self):
        self.random = random.Random(self.seed)
        self.cleared = asyncio.Event()

    def __getattr__(self, name):
        try:
            return self.__dict__["parameters"][name]
        except KeyError:
            raise AttributeError(name) from None

    def matches(self, call):
        return all(_MATCH[key](wanted, call) for key, wanted in self.match.items())

    def spent(self):
        return self.count is not None and self.hits >= self.count

    def seconds_now(self):
        return self.seconds + self.random.uniform(0, self.jitter)

    def shown(self):
        return {"id": self.id, "do": self.do, "match": self.match, "count": self.count, "hits": self.hits,
                "probability": self.probability, **self.parameters}


def _one_of(wanted):
    return wanted if isinstance(wanted, list) else [wanted]


def _user(wanted, call):
    """The full name, or the last part of a service account's."""
    return any(name in (call.user, call.user.rpartition(":")[2]) for name in _one_of(wanted))


def _attribute(name):
    return lambda wanted, call: getattr(call, name) in _one_of(wanted)


_MATCH = {"user": _user, "path": lambda wanted, call: re.search(wanted, call.request.target) is not None,
          **{name: _attribute(name) for name in ("verb", "resource", "name")}}


def read(number, document):
    do = document.get("do")
    if do not in KINDS:
        raise BadFault(f"do: {do!r} is none of {', '.join(KINDS)}")
    known = KINDS[do].parameters
    for name in document:
        if name not in COMMON and name not in known:
            raise BadFault(f"{do}: {name!r} is none of {', '.join([*COMMON, *known])}")
    for name in document.get("match", {}):
        if name not in MATCHED:
            raise BadFault(f"match: {name!r} is none of {', '.join(MATCHED)}")
    given = {name: document.get(name, default) for name, default in known.items()}
    return Fault(number, do, document.get("match", {}), document.get("count"), document.get("probability", 1.0),
                 document.get("seed", number), given)


class Faults:
    def __init__(self):
        self.active, self.done = {}, []
        self.numbers, self.watchers = itertools.count(1), set()

    def add(self, document):
        fault = read(next(self.numbers), document)
        self.active[fault.id] = fault
        self.tell()
        return fault

    def clear(self, number=None):
        for fault in [fault for fault in self.active.values() if number in (None, fault.id)]:
            self.done.append(self.active.pop(fault.id))
            fault.cleared.set()
        self.tell()

    def shown(self):
        """Every fault that there ever was, with its hits: a test asserts that what it provoked has happened."""
        return [fault.shown() for fault in (*self.done, *self.active.values())]

    def take(self, stage, call, seen=()):
        """The faults that act on this call now; each counts as a hit. Those seen have acted on it before."""
        return [fault for fault in list(self.active.values())
                if stage in KINDS[fault.do].stages and fault.id not in seen and self._fires(fault, call)]

    def refusing(self, call):
        """The fault that ends open connections like the one of this call."""
        fault = next((fault for fault in self.active.values() if fault.do == "refuse" and fault.matches(call)), None)
        if fault:
            fault.hits += 1
        return fault

    def tell(self):
        """Something changed that open watches have to look at."""
        for watcher in list(self.watchers):
            watcher()

    @staticmethod
    def _fires(fault, call):
        if fault.spent() or not fault.matches(call) or (call.watch and not KINDS[fault.do].on_watches):
            return False
        if fault.random.random() >= fault.probability:
            return False
        fault.hits += 1
        call.faults.append(fault.do)
        return True
