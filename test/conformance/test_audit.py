# SPDX-License-Identifier: Apache-2.0
"""The audit log of either server, read by the same script."""

import subprocess
import sys
import time
from pathlib import Path

from standin import rights

SCRIPT = Path(__file__).resolve().parent.parent / "e2e" / "count_requests.py"
SPEC = {"holderIdentity": "a"}


def test_entries_and_counts(kube, user, name):
    agent = user(f"user-{name}", rights.agent(name, ["pod-a"]))
    path, begun = kube.path("leases", name), time.time()
    agent.get(path)
    made = agent.put(path, {"metadata": {"name": name}, "spec": SPEC}).document
    agent.put(path, made)
    agent.post(kube.path("leases"), {"metadata": {"name": name}, "spec": SPEC})
    agent.watch(f"{kube.path('leases')}?watch=1&fieldSelector=metadata.name={name}&timeoutSeconds=1").end()
    agent.patch(kube.path("pods", "pod-a"), {"metadata": {"labels": {"a": "b"}}})
    agent.get("/readyz")

    until = time.monotonic() + 5    # the real server writes its log beside the answer
    while len(entries := kube.audit(f"user-{name}", since=begun)) < 7 and time.monotonic() < until:
        time.sleep(0.02)
    found = [(entry.verb, entry.resource, entry.name, entry.code, entry.watch) for entry in entries]
    assert found == [
        ("get", "leases", name, 404, False), ("update", "leases", name, 201, False),
        ("update", "leases", name, 200, False), ("create", "leases", found[3][2], 403, False),
        ("watch", "leases", name, 200, True), ("patch", "pods", "pod-a", 404, False),
        ("get", "/readyz", "", 200, False)]
    assert all(0 <= entry.latency < 1 for entry in entries)
    _check_counts(kube, f"user-{name}")


def _check_counts(kube, name):
    shown = subprocess.run([sys.executable, SCRIPT, kube.audit_path, "--user", name], check=True,
                           capture_output=True, text=True).stdout
    rows = {tuple(line.split()[1:3]): line.split() for line in shown.splitlines()[2:]}
    assert rows["update", "leases"][3] == "2" and rows["update", "leases"][5:] == ["200:1", "201:1"]
    assert rows["watch", "leases"][3] == "1"
    assert shown.splitlines()[-1].split()[:2] == ["all", "7"]
