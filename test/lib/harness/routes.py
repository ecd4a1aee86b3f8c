# SPDX-License-Identifier: Apache-2.0
"""How a client that knows no Redis finds the leader: by the system's own answer."""

import http.client
import json
import random
import ssl
import threading
import time
from urllib.parse import quote

from standin import rights

AGAIN_SECONDS = 0.05
SILENT_SECONDS = 300
_READER = [rights.rule("", ["pods"], ["get", "list", "watch"])]


class LabelRoute:
    """Follows a watch of pods, as a Service whose selector has the leader label would.

    While the API is away it stays with what it saw last; of several labelled pods it takes any.
    """

    def __init__(self, kube, selector, label, ports):
        self.kube, self.selector, self.label, self.ports = kube, selector, label, ports
        self.token = (kube.account("client", _READER) / "token").read_text()
        self.context = ssl.create_default_context(cafile=kube.ca)
        self.leaders, self.changed = frozenset(), threading.Condition()
        self.labelled, self.done, self.connection = {}, False, None
        self.changes = []       # (monotonic time, names of the labelled pods)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.done = True

    def current(self):
        """(name, port) of the leader, or None."""
        leaders = self.leaders
        if not leaders:
            return None
        name = next(iter(leaders)) if len(leaders) == 1 else random.choice(sorted(leaders))
        return name, self.ports[name]

    def still(self, name):
        return name in self.leaders

    def _run(self):
        while not self.done:
            try:
                self._watch(self._list())
            except (OSError, ValueError, KeyError, http.client.HTTPException):
                time.sleep(AGAIN_SECONDS)

    def _open(self, query):
        # A new connection for each: after an outage no old one can be trusted.
        self.connection = http.client.HTTPSConnection(self.kube.host, self.kube.port, context=self.context,
                                                      timeout=SILENT_SECONDS)
        path = f"/api/v1/namespaces/{self.kube.namespace}/pods?labelSelector={quote(self.selector)}{query}"
        self.connection.request("GET", path, None, {"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        if answer.status != 200:
            raise ValueError(answer.status)
        return answer

    def _list(self):
        document = json.loads(self._open("").read())
        self.labelled = {}
        for pod in document["items"]:
            self._note(pod)
        self._publish()
        return document["metadata"]["resourceVersion"]

    def _watch(self, version):
        for line in self._open(f"&watch=1&resourceVersion={version}"):
            event = json.loads(line)
            if event["type"] == "ERROR" or self.done:
                return
            if event["type"] == "DELETED":
                self.labelled.pop(event["object"]["metadata"]["name"], None)
            elif event["type"] != "BOOKMARK":
                self._note(event["object"])
            self._publish()

    def _note(self, pod):
        metadata = pod["metadata"]
        self.labelled[metadata["name"]] = metadata.get("labels", {}).get(self.label) == "leader"

    def _publish(self):
        leaders = frozenset(name for name, leads in self.labelled.items() if leads and name in self.ports)
        if leaders != self.leaders:
            self.changes.append((time.monotonic(), sorted(leaders)))
            self.leaders = leaders


class FixedRoute:
    """One Redis, whoever leads."""

    def __init__(self, name, port):
        self.target = name, port

    def current(self):
        return self.target

    def still(self, name):
        return True
