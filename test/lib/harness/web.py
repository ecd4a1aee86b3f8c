# SPDX-License-Identifier: Apache-2.0
"""Requests to an agent's HTTP listeners, signed or not."""

import hashlib
import hmac
import http.client
import json
import secrets
import time
from dataclasses import dataclass

SECONDS = 5


@dataclass(frozen=True)
class Answer:
    code: int
    headers: object
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def document(self):
        return json.loads(self.body)


def ask(port, method, path, body=None, headers=None, seconds=SECONDS):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def _sign(secret, text):
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_v1(secret, method, path, timestamp=None):
    """Headers as redis-orchestrator signs."""
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    return {"X-Orchestrator-Timestamp": stamp,
            "X-Orchestrator-Signature": _sign(secret, f"{method}:{path}:{stamp}")}


def signed_v2(secret, method, path, body=b"", timestamp=None, nonce=None):
    """Headers of the second version, which covers query, body and a nonce; path with its query."""
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    nonce = nonce or secrets.token_hex(16)
    digest = hashlib.sha256(body).hexdigest()
    return {"X-Orchestrator-Timestamp": stamp, "X-Redis-Election-Nonce": nonce,
            "X-Redis-Election-Signature": _sign(secret, f"{method}:{path}:{stamp}:{nonce}:{digest}")}
