# SPDX-License-Identifier: Apache-2.0
"""What a request asks for: verb, resource and name, read from its method and path as the real server reads them."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from .selectors import selected_name

VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
TRUE = ("true", "1", "True", "TRUE")


@dataclass
class Request:
    method: str
    target: str
    headers: dict           # names in lower case
    body: bytes = b""


@dataclass
class Call:
    request: Request
    path: str
    query: dict             # name -> the first value
    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""      # empty: not a resource but a path such as /readyz
    subresource: str = ""
    named: bool = False     # the path ends in a name, not in a collection
    namespace: str = ""
    name: str = ""
    user: str = ""
    groups: tuple = ()
    faults: list = field(default_factory=list)      # what was done to it, for the audit log

    def asks(self, option):
        return self.query.get(option) in TRUE

    @property
    def watch(self):
        return self.verb == "watch"


def read(request):
    parts = urlsplit(request.target)
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    call = Call(request, unquote(parts.path), query, request.method.lower())
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if steps[:1] == ["api"] and len(steps) > 2:
        call.version, rest = steps[1], steps[2:]
    elif steps[:1] == ["apis"] and len(steps) > 3:
        call.group, call.version, rest = steps[1], steps[2], steps[3:]
    else:
        return call
    _read_resource(call, rest)
    return call


def _read_resource(call, rest):
    call.verb = VERBS.get(call.request.method, call.verb)
    deprecated_watch = rest[0] == "watch" and len(rest) > 1
    rest = rest[1:] if deprecated_watch else rest
    if rest[0] == "namespaces" and len(rest) > 1:
        call.namespace = rest[1]
        if len(rest) > 2:
            rest = rest[2:]
    call.resource, call.name, call.subresource = (rest + ["", ""])[:3]
    call.named = bool(call.name)
    if deprecated_watch:
        call.verb = "watch"
        call.query.setdefault("fieldSelector", f"metadata.name={call.name}" if call.name else "")
    elif not call.name:
        _read_collection(call)


def _read_collection(call):
    if call.verb == "get":
        call.verb = "watch" if call.asks("watch") else "list"
        call.name = selected_name(call.query.get("fieldSelector", ""))
    elif call.verb == "delete":
        call.verb = "deletecollection"
