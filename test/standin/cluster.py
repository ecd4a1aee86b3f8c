# SPDX-License-Identifier: Apache-2.0
"""What a test needs of a cluster, whoever plays it: objects, accounts, pods, the audit log.

Standin (client.py) and the real control plane (test/e2e/controlplane.py) are both a Cluster: tests take either.
"""

import json
from datetime import datetime, timezone

from . import audit
from .status import ApiError

GROUPS = {
    "leases": "/apis/coordination.k8s.io/v1",
    "pods": "/api/v1",
    "events": "/api/v1",
    "services": "/api/v1",
    "serviceaccounts": "/api/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
    "roles": "/apis/rbac.authorization.k8s.io/v1",
    "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
}
MERGE, STRATEGIC, JSON_PATCH = (f"application/{kind}+json" for kind in
                                ("merge-patch", "strategic-merge-patch", "json-patch"))


def exchange(connection, method, path, document=None, headers=None):
    """(code, headers, document, or bytes when it is not JSON)"""
    body = json.dumps(document) if isinstance(document, (dict, list)) else document
    connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
    response = connection.getresponse()
    data = response.read()
    try:
        return response.status, response.headers, json.loads(data)
    except ValueError:
        return response.status, response.headers, data


class Cluster:
    """Subclasses set namespace, port, ca, admin (certificate and key) and audit_path."""

    host = "127.0.0.1"

    def connect(self):
        """A connection on which requests are those of an administrator."""
        raise NotImplementedError

    def account(self, name, rules):
        """A service account with these RBAC rules; the directory with its token, ca.crt and namespace."""
        raise NotImplementedError

    @property
    def url(self):
        return f"https://{self.host}:{self.port}"

    def environment(self):
        """What a pod finds in its environment."""
        return {"KUBERNETES_SERVICE_HOST": self.host, "KUBERNETES_SERVICE_PORT": str(self.port)}

    # Objects, as an administrator. A refusal is an ApiError; what is missing is None.

    def path(self, resource, name="", subresource=""):
        base = f"{GROUPS[resource]}/namespaces/{self.namespace}/{resource}"
        return "/".join(filter(None, (base, name, subresource)))

    def request(self, method, path, document=None, content_type="application/json"):
        connection = self.connect()
        try:
            code, _, answer = exchange(connection, method, path, document, {"Content-Type": content_type})
        finally:
            connection.close()
        if code >= 400:
            known = answer if isinstance(answer, dict) else {"message": str(answer)}
            raise ApiError(code, known.get("reason"), known.get("message", ""), known.get("details"))
        return answer

    def get(self, resource, name):
        try:
            return self.request("GET", self.path(resource, name))
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def list(self, resource, selector=""):
        return self.request("GET", self.path(resource) + (f"?labelSelector={selector}" if selector else ""))["items"]

    def create(self, resource, document):
        return self.request("POST", self.path(resource), document)

    def put(self, resource, document, subresource=""):
        return self.request("PUT", self.path(resource, document["metadata"]["name"], subresource), document)

    def patch(self, resource, name, document, subresource="", kind=MERGE):
        return self.request("PATCH", self.path(resource, name, subresource), document, kind)

    def delete(self, resource, name, **options):
        return self.request("DELETE", self.path(resource, name), options or None)

    # Pods that nobody runs

    def pod(self, name, labels=None, ip="127.0.0.1", ready=True, node="node", account="default"):
        """A pod object that looks as if it ran; without a kubelet it stays what it is told to be."""
        self.create("pods", {
            "metadata": {"name": name, "labels": labels or {}},
            "spec": {"nodeName": node, "serviceAccountName": account, "automountServiceAccountToken": False,
                     "containers": [{"name": "redis", "image": "redis"}]}})
        return self.pod_status(name, ip, ready)

    def pod_status(self, name, ip="127.0.0.1", ready=True):
        moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = [{"type": kind, "status": str(ready), "lastTransitionTime": moment}
                      for kind in ("Ready", "ContainersReady")]
        return self.patch("pods", name, {"status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}],
                                                    "startTime": moment, "conditions": conditions}}, "status")

    def remove_pod(self, name):
        """At once, as its kubelet ends a deletion; delete() alone only marks a pod that has a node."""
        return self.delete("pods", name, gracePeriodSeconds=0)

    # What was asked

    def audit(self, user=None, since=0.0):
        """audit.Entry of each request; user: the full name, or the last part of a service account's."""
        return [entry for entry in audit.entries(self.audit_path)
                if entry.time >= since and user in (None, entry.user, entry.user.rpartition(":")[2])]
