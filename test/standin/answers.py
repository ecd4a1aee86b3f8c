# SPDX-License-Identifier: Apache-2.0
"""Answers on their way to the client, and the ones that faults give in place of the true one."""

import json
from dataclasses import dataclass, field

from . import wire
from .status import ApiError

OVERLOADED = b"Too many requests, please try again later.\n"

# What the real server says with each code when it is not about the request itself: reason and message.
TROUBLE = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", "forbidden: not allowed"),
    404: ("NotFound", "the server could not find the requested resource"),
    409: ("Conflict", "Operation cannot be fulfilled: the object has been modified; please apply your changes to the "
                      "latest version and try again"),
    410: ("Expired", "The resourceVersion for the provided list is too old."),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    500: ("InternalError", "Internal error occurred: etcdserver: leader changed"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "Timeout: request did not complete within requested timeout - context deadline exceeded"),
}


@dataclass
class Answer:
    code: int
    document: object            # a dict, or bytes
    headers: dict = field(default_factory=dict)
    content_type: str = ""      # by default what suits the document

    def all_headers(self):
        plain = isinstance(self.document, bytes)
        content = self.content_type or ("text/plain; charset=utf-8" if plain else "application/json")
        return {"Cache-Control": "no-cache, private", "Content-Type": content,
                **({"X-Content-Type-Options": "nosniff"} if plain or self.code == 403 else {}), **self.headers}


def refusal(error):
    seconds = (error.details or {}).get("retryAfterSeconds")
    return Answer(error.code, error.status(), {"Retry-After": seconds} if seconds else {})


def trouble(code, body=None, retry_after=None):
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    if body is not None:
        return Answer(code, body.encode() if isinstance(body, str) else body, headers)
    if code == 429:
        return Answer(429, OVERLOADED, {"Retry-After": 1, **headers})
    reason, message = TROUBLE.get(code, ("", f"status {code}"))
    return Answer(code, ApiError(code, reason, message).status(), headers)


def body(answer):
    if isinstance(answer.document, bytes):
        return answer.document
    return json.dumps(answer.document, separators=(",", ":")).encode() + b"\n"


def render(answer):
    return wire.whole(answer.code, body(answer), answer.all_headers())


def inflated(answer, size):
    """The same document, as long as asked for."""
    have = body(answer).rstrip()
    if not have.endswith(b"}"):
        return have.ljust(size)
    padding = b"x" * max(0, size - len(have))
    return have[:-1] + b',"padding":"' + padding + b'"}\n'
