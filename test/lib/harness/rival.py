# SPDX-License-Identifier: Apache-2.0
"""Another elector on the same Lease, as client-go's leaderelection does it."""

import threading
import time
from datetime import datetime, timezone

from standin.status import ApiError


def micro_time():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Rival:
    """Acquires the Lease when it saw no change for the duration that the record names, renews it until release()."""

    def __init__(self, kube, lease_name, identity="rival", duration=2, retry=0.4):
        self.kube, self.lease_name, self.identity = kube, lease_name, identity
        self.duration, self.retry = duration, retry
        self.leading, self.done = threading.Event(), threading.Event()
        self.seen, self.seen_at = None, 0.0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def release(self):
        """As ReleaseOnCancel."""
        self.stop()
        if self.leading.is_set():
            self._write(self.kube.get("leases", self.lease_name), holderIdentity="", leaseDurationSeconds=1,
                        renewTime=micro_time())

    def stop(self):
        """Without a release, as if killed."""
        self.done.set()
        self.thread.join()

    def seize(self):
        """What no elector does, but an operator with kubectl edit."""
        lease = self.kube.get("leases", self.lease_name)
        self._write(lease, holderIdentity=self.identity, leaseDurationSeconds=self.duration, acquireTime=micro_time(),
                    renewTime=micro_time())

    def _run(self):
        while not self.done.is_set():
            try:
                self._step()
            except (ApiError, OSError):
                self.leading.clear()
            self.done.wait(self.retry)

    def _step(self):
        lease = self.kube.get("leases", self.lease_name)
        spec = lease.get("spec", {})
        if spec != self.seen:
            self.seen, self.seen_at = spec, time.monotonic()
        held = bool(spec.get("holderIdentity"))
        ours = spec.get("holderIdentity") == self.identity
        if held and not ours and time.monotonic() < self.seen_at + spec.get("leaseDurationSeconds", self.duration):
            self.leading.clear()
            return
        changes = {"holderIdentity": self.identity, "leaseDurationSeconds": self.duration, "renewTime": micro_time()}
        if not ours:
            changes |= {"acquireTime": micro_time(), "leaseTransitions": spec.get("leaseTransitions", 0) + 1}
        self._write(lease, **changes)
        self.leading.set()

    def _write(self, lease, **spec):
        lease["spec"] = {**lease.get("spec", {}), **spec}
        self.kube.put("leases", lease)
