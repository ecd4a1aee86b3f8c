# SPDX-License-Identifier: Apache-2.0
"""Requests over one kept-alive TLS connection, and watches."""

import http.client
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass


@dataclass
class Reply:
    code: int
    headers: object
    body: bytes

    @property
    def document(self):
        return json.loads(self.body)

    @property
    def reason(self):
        return self.document.get("reason")

    @property
    def message(self):
        return self.document.get("message", "")

    @property
    def meta(self):
        return self.document["metadata"]


class Asker:
    def __init__(self, kube, token=None, certificate=None, timeout=20):
        self.kube = kube
        self.headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        self.context = ssl.create_default_context(cafile=kube.ca)
        self.context.set_alpn_protocols(["http/1.1"])
        if certificate:
            self.context.load_cert_chain(*certificate)
        self.timeout, self.watches = timeout, []
        self.connection = self.connect()

    def connect(self):
        return http.client.HTTPSConnection(self.kube.host, self.kube.port, context=self.context, timeout=self.timeout)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """The next request opens a new connection."""
        self.connection.close()
        for watch in self.watches:
            watch.close()
        self.watches.clear()

    def ask(self, method, path, document=None, content_type="application/json", **headers):
        body = document if document is None or isinstance(document, (str, bytes)) else json.dumps(document)
        self.connection.request(method, path, body, {**self.headers, "Content-Type": content_type, **headers})
        answer = self.connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, document):
        return self.ask("POST", path, document)

    def put(self, path, document):
        return self.ask("PUT", path, document)

    def patch(self, path, document, kind="merge-patch"):
        return self.ask("PATCH", path, document, f"application/{kind}+json")

    def delete(self, path, document=None):
        return self.ask("DELETE", path, document)

    def watch(self, path):
        self.watches.append(Watch(self, path))
        return self.watches[-1]


class Watch:
    """Reads a watch in the background; events are (seconds since the start, document)."""

    def __init__(self, asker, path):
        self.connection = asker.connect()
        self.begun = time.monotonic()
        self.connection.request("GET", path, None, asker.headers)
        self.socket = self.connection.sock
        self.answer = self.connection.getresponse()
        self.code, self.events, self.ended = self.answer.status, [], None
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def close(self):
        """The reading thread is waited for: it holds the connection open."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:     # the server was first
            pass
        self.thread.join()
        self.answer.close()
        self.connection.close()

    def _read(self):
        try:
            self._read_chunks(self.answer.fp)
            self.ended = "in good order"
        except (OSError, ValueError) as error:
            self.ended = repr(error)
        self.lasted = time.monotonic() - self.begun

    def _read_chunks(self, file):
        """http.client would take a connection that breaks off for the end."""
        rest = b""
        while size := int(file.readline(), 16):
            *lines, rest = (rest + file.read(size)).split(b"\n")
            self.events += [(time.monotonic() - self.begun, json.loads(line)) for line in lines]
            file.readline()

    def wait(self, count, seconds=5):
        """The documents, once there are so many."""
        until = time.monotonic() + seconds
        while len(self.events) < count and self.thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        return self.documents()

    def end(self, seconds=10):
        """The documents, once it is over."""
        self.thread.join(seconds)
        assert not self.thread.is_alive(), "the watch goes on"
        return self.documents()

    def documents(self):
        return [document for _, document in self.events]

    def types(self):
        return [document["type"] for document in self.documents()]
