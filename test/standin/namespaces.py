# SPDX-License-Identifier: Apache-2.0
"""Namespace, core v1: enough to exist."""

from .schema import ANY, resource

NAMESPACE = resource(spec=ANY, status=ANY)


def prepare(namespace, old):
    name = namespace["metadata"].get("name", "")
    labels = {**namespace["metadata"].get("labels", {}), "kubernetes.io/metadata.name": name}
    return {**namespace, "metadata": {**namespace["metadata"], "labels": labels},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
